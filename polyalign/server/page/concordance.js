// Concordance: a text or pattern in both sides of all projects; a hit leads to its row.

import { Refused, download, get } from "./api.js";
import { fill, onOneLine } from "./bidi.js";
import { bitextName, desk, tell } from "./desk.js";
import { bdi, button, el, option, quiet, title } from "./dom.js";
import { quality, unitSpans } from "./row.js";
import { decimal, number as told, ours, t } from "./strings.js";

const PAGE = 50;

export function concordance({ close }) {
  const search = new Search(close);
  return [title(t("concordance"), close), search.bar(), search.error, search.list, search.more];
}

class Search {
  constructor(close) {
    this.close = close;
    this.text = el("input", {
      type: "search",
      placeholder: t("concordance.search"),
      "aria-label": t("search.label"),
      dir: "auto",
      autofocus: true,
      value: desk.filters.text ?? "",
    });
    this.regex = el("input", { type: "checkbox" });
    this.side = el(
      "select",
      { "aria-label": t("search.side") },
      option("", t("search.side.both")),
      option("source", t("side.source")),
      option("target", t("side.target")),
    );
    this.format = el(
      "select",
      { "aria-label": t("export.format") },
      (desk.session.formats ?? []).map((name) => option(name, name.toUpperCase(), "tsv")),
    );
    this.count = el("output", { "aria-live": "polite" });
    this.error = el("p", { class: "error", role: "alert", hidden: true });
    this.list = el("div", { class: "hits scroll", role: "list" });
    this.more = button(t("concordance.more"), () => this.load(), { hidden: true });
    if (this.text.value) this.begin();
  }

  bar() {
    const begin = quiet(250, () => this.begin());
    for (const node of [this.text, this.regex, this.side]) node.addEventListener("input", begin);
    const save = button(t("concordance.export"), () =>
      this.told(download("api/concordance/export", { ...this.query(), format: this.format.value })),
    );
    return el(
      "div",
      { class: "line" },
      this.text,
      el("label", { class: "toggle" }, this.regex, t("search.regex")),
      this.side,
      this.count,
      el("span", { class: "push" }),
      this.format,
      save,
    );
  }

  query() {
    return { text: this.text.value, regex: this.regex.checked ? "true" : "", side: this.side.value };
  }

  begin() {
    this.stop?.abort();
    this.stop = new AbortController();
    this.list.replaceChildren();
    this.count.textContent = "";
    this.more.hidden = true;
    this.error.hidden = true;
    if (this.text.value) this.load();
  }

  load() {
    return this.told(this.loaded(this.stop.signal));
  }

  async loaded(signal) {
    const offset = this.list.childElementCount;
    const { total, hits } = await get("api/concordance", { ...this.query(), offset, limit: PAGE }, signal);
    this.count.textContent = t("rows", { count: total });
    this.list.append(...hits.map((hit) => this.hit(hit)));
    this.more.hidden = this.list.childElementCount >= total;
  }

  async told(promise) {
    try {
      await promise;
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Refused)) throw error;
      this.error.textContent = error.message;
      this.error.hidden = false;
    }
  }

  hit({ project, bitext, row, source_spans: source, target_spans: target }) {
    const held = desk.projects.find((one) => one.id === project);
    const sides = held?.bitexts.find((one) => one.id === bitext);
    const open = button(
      "",
      () => {
        this.close();
        tell("show", project, bitext, row.id);
      },
      { class: "hit", title: t("concordance.go") },
    );
    open.append(cell(row, "source", source, sides), cell(row, "target", target, sides), where(held, sides, row));
    return el("div", { role: "listitem" }, open);
  }
}

/** The joined text of a side, as the server counts its spans: segments with one space between. */
function cell(row, side, spans, sides) {
  const text = row[side].map((segment) => onOneLine(segment.text)).join(" ");
  return fill(
    el("span", { class: "text", lang: sides?.[side].language, dir: sides?.[side].direction ?? "auto" }),
    text,
    { spans: unitSpans(text, spans) },
  );
}

/** The numbers of its sentences, as the rows show them: "3 – 5 6". */
const numbered = (row) =>
  [row.source, row.target].map((side) => side.map(({ number }) => told(number)).join(" ") || "·").join(" – ");

function where(project, bitext, row) {
  const names = [project?.name, bitext && bitextName(bitext)].filter(Boolean).map((name) => bdi(name));
  const score =
    row.score === null ? null : el("span", { class: "score", "data-quality": quality(row) }, bdi(decimal(row.score)));
  return el("span", { class: "where", ...ours }, score, names, bdi(numbered(row)));
}
