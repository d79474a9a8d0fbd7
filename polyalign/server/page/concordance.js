// Concordance: a text or pattern in both sides of all projects; a hit leads to its row.

import { Refused, download, get } from "./api.js";
import { fill, onOneLine } from "./bidi.js";
import { bitextName } from "./labels.js";
import { store, other, projectPath, emit } from "./store.js";
import { bdi, button, el, option, debounce, title } from "./dom.js";
import { quality, unitSpans } from "./row.js";
import { decimal, language, number as told, ours, t } from "./strings.js";
import { showError } from "./words.js";

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
      value: store.filters.text ?? "",
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
      (store.session.formats ?? []).map((name) => option(name, name.toUpperCase(), "tsv")),
    );
    this.lines = el("input", { type: "checkbox", checked: localStorage.getItem("polyalign.lines") === "true" });
    this.lines.addEventListener("change", () => {
      localStorage.setItem("polyalign.lines", this.lines.checked);
      if (this.text.value) this.begin();
    });
    this.count = el("output", { "aria-live": "polite" });
    this.error = el("p", { class: "error", role: "alert", hidden: true });
    this.list = el("div", { class: "hits scroll", role: "list" });
    this.more = button(t("concordance.more"), () => this.load(), { hidden: true });
    if (this.text.value) this.begin();
  }

  bar() {
    const begin = debounce(250, () => this.begin());
    for (const node of [this.text, this.regex, this.side]) node.addEventListener("input", begin);
    this.format.prepend(option("lines", t("concordance.lines.format"), "lines"));
    const save = button(t("concordance.export"), () => {
      const format = this.format.value;
      const [path, more] = format === "lines" ? ["lines", {}] : ["export", { format }];
      return this.told(download(`api/concordance/${path}`, { ...this.query(), ...more }));
    });
    return el(
      "div",
      { class: "line" },
      this.text,
      el("label", { class: "toggle" }, this.regex, t("search.regex")),
      this.side,
      el("label", { class: "toggle" }, this.lines, t("concordance.lines")),
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
    this.loadedRows = 0;
    this.count.textContent = "";
    this.more.hidden = true;
    this.error.hidden = true;
    if (this.text.value) this.load();
  }

  load() {
    return this.told(this.loaded(this.stop.signal));
  }

  async loaded(signal) {
    const offset = this.loadedRows ?? 0;
    const { total, hits } = await get("api/concordance", { ...this.query(), offset, limit: PAGE }, signal);
    this.count.textContent = t("rows", { count: total });
    this.loadedRows = offset + hits.length;
    const shown = hits.map((hit) => (this.lines.checked ? this.keywords(hit) : [this.hit(hit)]));
    this.list.append(...shown.flat());
    this.more.hidden = this.loadedRows >= total;
    if (this.lines.checked) await this.lit(hits, shown, signal);
  }

  async told(promise) {
    try {
      await promise;
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Refused)) throw error;
      showError(this.error, error);
    }
  }

  /** A line for each time that it was found in a row. */
  keywords({ project, bitext, row, source_spans: source, target_spans: target }) {
    const sides = store.projects.find((one) => one.id === project)?.bitexts.find((one) => one.id === bitext);
    const go = () => {
      this.close();
      emit("show", project, bitext, row.id);
    };
    const open = (...content) => {
      const node = button("", go, { class: "hit line-hit", title: t("concordance.go") });
      node.append(...content);
      return node;
    };
    return Object.entries({ source, target }).flatMap(([side, spans]) => spans.map((span) => line(row, side, span, sides, open)));
  }

  /** Lights the counterparts in lines, row after row, as long as nothing else is looked for. */
  async lit(hits, shown, signal) {
    for (const [k, { project, bitext, row }] of hits.entries()) {
      if (signal.aborted || !this.list.isConnected) return;
      if (!row.source.length || !row.target.length || !shown[k].length) continue;
      const path = `${projectPath(project)}/bitexts/${bitext}/rows/${row.id}/words`;
      const words = await get(path, { language }, signal).catch(() => null);
      if (!words) continue;
      for (const { place } of shown[k]) {
        const text = joinedText(row, other(place.side));
        place.counterpart.replaceChildren();
        fill(place.counterpart, text, { spans: unitSpans(text, counterparts(row, place, words.links)) });
      }
    }
  }

  hit({ project, bitext, row, source_spans: source, target_spans: target }) {
    const held = store.projects.find((one) => one.id === project);
    const sides = held?.bitexts.find((one) => one.id === bitext);
    const open = button(
      "",
      () => {
        this.close();
        emit("show", project, bitext, row.id);
      },
      { class: "hit", title: t("concordance.go") },
    );
    open.append(cell(row, "source", source, sides), cell(row, "target", target, sides), where(held, sides, row));
    return el("div", { role: "listitem" }, open);
  }
}

/** What stands around a hit: so much that the line is full, the rest is cut off by the page. */
const AROUND = 200;

function line(row, side, [start, end], sides, open) {
  const points = [...row[side].map((segment) => onOneLine(segment.text)).join(" ")];
  const { language: tag, direction } = sides?.[side] ?? {};
  const part = (name, from, to) => el("span", { class: name }, el("bdi", { dir: direction }, points.slice(Math.max(0, from), to).join("")));
  const words = el(
    "span",
    { class: "kwic", lang: tag, dir: direction ?? "auto" },
    part("left", start - AROUND, start),
    el("mark", {}, points.slice(start, end).join("")),
    part("right", end, end + AROUND),
  );
  const theirs = other(side);
  const counterpart = el("span", { class: "text counterpart", lang: sides?.[theirs].language, dir: sides?.[theirs].direction ?? "auto" });
  fill(counterpart, joinedText(row, theirs));
  const node = el("div", { role: "listitem" }, open(words, counterpart));
  node.place = { side, start, end, counterpart };
  return node;
}

const joinedText = (row, side) => row[side].map((segment) => onOneLine(segment.text)).join(" ");

/** Where each segment begins in the joined text of a side, in code points. */
function startsOf(row, side) {
  const starts = new Map();
  let at = 0;
  for (const { id, text } of row[side]) {
    starts.set(id, at);
    at += [...onOneLine(text)].length + 1;
  }
  return starts;
}

/** The spans of the other side's joined text that are linked with a span of this one. */
function counterparts(row, { side, start, end }, links) {
  const [ours, theirs] = [startsOf(row, side), startsOf(row, other(side))];
  const ends = links.map((link) => [link.slice(0, 3), link.slice(3, 6)]).map((pair) => (side === "source" ? pair : pair.reverse()));
  const held = ends.filter(([[id, from, to]]) => ours.has(id) && ours.get(id) + from < end && ours.get(id) + to > start);
  const spans = held.map(([, [id, from, to]]) => [theirs.get(id) + from, theirs.get(id) + to]);
  return [...new Map(spans.map((span) => [span.join(), span])).values()].sort(([one], [two]) => one - two);
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
