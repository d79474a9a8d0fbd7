// Concordance: a text or pattern in both sides of all projects; a hit leads to its row.
// @ts-check

import { Refused, download, get } from "./api.js";
import { fill, onOneLine } from "./bidi.js";
import { bitextName } from "./labels.js";
import { SIDES, emit, other, projectPath, store } from "./store.js";
import { bdi, button, checkbox, debounce, el, errorLine, option, title } from "./dom.js";
import { ends } from "./lights.js";
import { quality, unitSpans } from "./row.js";
import { decimal, language, number as told, ours, t } from "./strings.js";
import { showError } from "./words.js";

const PAGE = 50;

/** @param {Closing} _ */
export function concordance({ close }) {
  const search = new Search(close);
  return [title(t("concordance"), close), search.bar(), search.error, search.list, search.more];
}

class Search {
  stop = new AbortController();
  loadedRows = 0;

  /** @param {() => void} close */
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
    this.regex = checkbox();
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
    this.lines = checkbox({ checked: localStorage.getItem("polyalign.lines") === "true" });
    this.lines.addEventListener("change", () => {
      localStorage.setItem("polyalign.lines", String(this.lines.checked));
      if (this.text.value) this.begin();
    });
    this.count = el("output", { "aria-live": "polite" });
    this.error = errorLine();
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
    this.stop.abort();
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

  /** @param {AbortSignal} signal */
  async loaded(signal) {
    const offset = this.loadedRows;
    /** @type {Hits} */
    const { total, hits } = await get("api/concordance", { ...this.query(), offset, limit: PAGE }, signal);
    this.count.textContent = t("rows", { count: total });
    this.loadedRows = offset + hits.length;
    this.more.hidden = this.loadedRows >= total;
    if (!this.lines.checked) return this.list.append(...hits.map((hit) => this.hit(hit)));
    const lines = hits.map((hit) => this.keywords(hit));
    this.list.append(...lines.flat().map(({ node }) => node));
    return this.lit(hits, lines, signal);
  }

  /** @param {Promise<unknown>} promise */
  async told(promise) {
    try {
      await promise;
    } catch (error) {
      if (error instanceof Refused) showError(this.error, error);
      else if (!(error instanceof DOMException)) throw error; // aborted: something else is looked for
    }
  }

  /**
   * A button with what was found, which leads to it.
   * @param {Hit} hit @param {string} name @param {HTMLElement[]} content
   */
  open({ project, bitext, row }, name, content) {
    const go = () => {
      this.close();
      emit("show", project, bitext, row.id);
    };
    return el("div", { role: "listitem" }, button(content, go, { class: name, title: t("concordance.go") }));
  }

  /**
   * A line for each time that it was found in a row, with the place in the other text that is to be lit.
   * @param {Hit} hit @returns {Line[]}
   */
  keywords(hit) {
    return SIDES.flatMap((side) =>
      hit[`${side}_spans`].map((span) => {
        const counterpart = textOf(hit, other(side), [], "text counterpart");
        return { node: this.open(hit, "hit line-hit", [kwic(hit, side, span), counterpart]), side, span, counterpart };
      }),
    );
  }

  /**
   * Lights the counterparts in lines, row after row, as long as nothing else is looked for.
   * @param {readonly Hit[]} hits @param {Line[][]} shown @param {AbortSignal} signal
   */
  async lit(hits, shown, signal) {
    for (const [k, { project, bitext, row }] of hits.entries()) {
      if (signal.aborted || !this.list.isConnected) return;
      if (!row.source.length || !row.target.length || !shown[k].length) continue;
      const path = `${projectPath(project)}/bitexts/${bitext}/rows/${row.id}/words`;
      const words = await get(path, { language }, signal).catch(() => null);
      if (!words) continue;
      for (const { side, span, counterpart } of shown[k]) {
        const text = joinedText(row, other(side));
        counterpart.replaceChildren();
        fill(counterpart, text, { spans: unitSpans(text, counterparts(row, side, span, words.links)) });
      }
    }
  }

  /** @param {Hit} hit */
  hit(hit) {
    return this.open(hit, "hit", [textOf(hit, "source", hit.source_spans), textOf(hit, "target", hit.target_spans), where(hit)]);
  }
}

/** What stands around a hit: so much that the line is full, the rest is cut off by the page. */
const AROUND = 200;

/** @param {Hit} hit */
const homeOf = ({ project, bitext }) => {
  const home = store.projects.find(({ id }) => id === project);
  return { project: home, bitext: home?.bitexts.find(({ id }) => id === bitext) };
};

/** @param {Hit} hit @param {Side} side */
const attributes = (hit, side) => {
  const { language: lang, direction: dir = "auto" } = homeOf(hit).bitext?.[side] ?? {};
  return { lang, dir };
};

/** A hit in the middle of what stands around it. @param {Hit} hit @param {Side} side @param {Span} _ */
function kwic(hit, side, [start, end]) {
  const points = [...joinedText(hit.row, side)];
  const { lang, dir } = attributes(hit, side);
  /** @param {string} name @param {number} from @param {number} to */
  const part = (name, from, to) => el("span", { class: name }, el("bdi", { dir }, points.slice(Math.max(0, from), to).join("")));
  const found = el("mark", {}, points.slice(start, end).join(""));
  return el("span", { class: "kwic", lang, dir }, part("left", start - AROUND, start), found, part("right", end, end + AROUND));
}

/**
 * The text of a side as the server counts its spans: segments with one space between.
 * @param {Row} row @param {Side} side
 */
const joinedText = (row, side) => row[side].map(({ text }) => onOneLine(text)).join(" ");

/** @param {Hit} hit @param {Side} side @param {readonly Span[]} spans */
function textOf(hit, side, spans, name = "text") {
  const text = joinedText(hit.row, side);
  return fill(el("span", { class: name, ...attributes(hit, side) }), text, { spans: unitSpans(text, spans) });
}

/** Where each segment begins in the joined text of a side, in code points. @param {Row} row @param {Side} side */
function startsOf(row, side) {
  /** @type {Map<number, number>} */
  const starts = new Map();
  let at = 0;
  for (const { id, text } of row[side]) {
    starts.set(id, at);
    at += [...onOneLine(text)].length + 1;
  }
  return starts;
}

/**
 * The spans of the other side's joined text that are linked with a span of this one.
 * @param {Row} row @param {Side} side @param {Span} _ @param {ShownWords["links"]} links
 */
function counterparts(row, side, [start, end], links) {
  /** @param {Map<number, number>} starts @param {Place} place @returns {Span} */
  const spanOf = (starts, [id, from, to]) => [(starts.get(id) ?? NaN) + from, (starts.get(id) ?? NaN) + to];
  const [ours, theirs] = [startsOf(row, side), startsOf(row, other(side))];
  const pairs = ends(links).map(([one, two]) => (side === "source" ? [one, two] : [two, one]));
  const held = pairs.filter(([place]) => spanOf(ours, place)[0] < end && spanOf(ours, place)[1] > start);
  const spans = held.map(([, place]) => spanOf(theirs, place));
  return [...new Map(spans.map((span) => [span.join(), span])).values()].sort(([one], [two]) => one - two);
}

/** The numbers of its sentences, as the rows show them: "3 – 5 6". @param {Row} row */
const numbered = (row) =>
  [row.source, row.target].map((side) => side.map(({ number }) => told(number)).join(" ") || "·").join(" – ");

/** @param {Hit} hit */
function where(hit) {
  const { project, bitext } = homeOf(hit);
  const { score } = hit.row;
  const names = [project?.name, bitext && bitextName(bitext)].flatMap((name) => (name ? bdi(name) : []));
  const shown = score !== null && el("span", { class: "score", "data-quality": quality(hit.row) }, bdi(decimal(score)));
  return el("span", { class: "where", ...ours }, shown, names, bdi(numbered(hit.row)));
}
