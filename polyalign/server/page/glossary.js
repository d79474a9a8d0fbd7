// The glossary of the project: its terms, files of them, and candidates from the pairs of the bitext.
// @ts-check

import { download, get, post, send } from "./api.js";
import { SIDES, bitextPath, editor, langOf, projectPath, store } from "./store.js";
import { bdi, button, debounce, el, errorLine, table, targetOf, title } from "./dom.js";
import * as jobs from "./jobs.js";
import { queue } from "./saving.js";
import { decimal, languageName, t } from "./strings.js";
import { operate, refresh } from "./work.js";
import { Failed, showError } from "./words.js";

/** @type {{source: string, targets: readonly string[], note: string}} */
const NEW = { source: "", targets: [], note: "" };
const MOST = 300; // terms that are shown at once

/** @param {Closing} _ */
export function glossary({ close }) {
  return new Glossary(close).nodes();
}

/** The names of a term as people write them in one field. @param {string} text */
const parts = (text) => text.split("|").map((part) => part.trim()).filter(Boolean);

class Glossary {
  /** @param {() => void} close */
  constructor(close) {
    this.close = close;
    /** @type {ShownTerm[]} */
    this.terms = [];
    this.editing = NaN; // the id of the term that is being written
    this.error = errorLine();
    this.search = el("input", { type: "search", placeholder: t("glossary.search"), "aria-label": t("glossary.search"), dir: "auto" });
    this.search.addEventListener("input", debounce(150, () => this.paint()));
    this.list = el("tbody");
    this.count = el("output", { "aria-live": "polite" });
    this.found = el("div", { class: "candidates" });
    this.load();
  }

  nodes() {
    return [
      title(t("glossary"), this.close),
      el("p", { class: "hint" }, t("glossary.hint")),
      el("div", { class: "line" }, this.search, this.count, el("span", { class: "push" }), this.files()),
      this.error,
      editor() && this.adder(),
      el("div", { class: "scroll" }, this.table(), el("h3", {}, t("candidates")), this.looker(), this.found),
    ];
  }

  files() {
    const file = el("input", { type: "file", accept: ".tsv,.txt,.tbx,.xml,.tab", class: "hidden", "aria-label": t("glossary.load"), tabindex: -1 });
    file.addEventListener("change", () => this.loadFile(file));
    /** @param {string} format */
    const saved = (format) => this.tried(() => download(`${projectPath()}/glossary/export`, { format, bitext: store.bitext.id }));
    return [
      editor() && file,
      editor() && button(t("glossary.load"), () => file.click()),
      ...["tbx", "tsv"].map((format) => button(t("glossary.save", { format: format.toUpperCase() }), () => saved(format))),
    ];
  }

  /** @param {HTMLInputElement} file */
  loadFile(file) {
    const [given] = file.files ?? [];
    if (!given) return;
    const form = new FormData();
    form.set("file", given);
    file.value = "";
    this.changing(() => send(`${projectPath()}/glossary?bitext=${store.bitext.id}`, form));
  }

  /** The fields in which a term is written, for sides whose languages are known. */
  fields(term = NEW) {
    /** @param {string} value @param {string} label @param {Side | undefined} side */
    const text = (value, label, side) =>
      el("input", { type: "text", value, "aria-label": label, placeholder: label, maxlength: 1000, ...(side && langOf(side)) });
    const [ours, theirs] = SIDES.map((side) => languageName(store.bitext[side].language));
    return [text(term.source, ours, "source"), text(term.targets.join(" | "), t("glossary.targets", { language: theirs }), "target"), text(term.note, t("glossary.note"), undefined)];
  }

  adder() {
    const fields = this.fields();
    const node = el("form", { class: "line adder" }, fields, el("button", { type: "submit", class: "main" }, t("glossary.add")));
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      const [source, targets, note] = fields.map(({ value }) => value);
      this.add(source, parts(targets), note).then((done) => {
        if (!done) return;
        for (const field of fields) field.value = "";
        fields[0].focus();
      });
    });
    return node;
  }

  /** @param {string} source @param {string[]} targets */
  add(source, targets, note = "") {
    const [one, other] = SIDES.map((side) => store.bitext[side].language);
    const given = [{ source_language: one, target_language: other, source, targets: targets.length ? targets : [""], note }];
    return this.changing(() => operate("add_terms", { given }));
  }

  table() {
    const heads = [t("glossary.term"), t("glossary.translation"), t("glossary.note"), t("glossary.acts")];
    const node = table(heads, this.list);
    node.className = "terms";
    return node;
  }

  async load() {
    await this.tried(async () => {
      this.terms = await get(`${projectPath()}/glossary`);
      this.paint();
    });
    this.candidates(false);
  }

  paint() {
    const wanted = this.search.value.trim().toLocaleLowerCase();
    /** @param {ShownTerm} _ */
    const holds = ({ source, targets, note }) => [source, ...targets, note].some((text) => text.toLocaleLowerCase().includes(wanted));
    const shown = this.terms.filter(holds);
    this.count.textContent = t("glossary.terms", { count: shown.length });
    this.list.replaceChildren(...shown.slice(0, MOST).map((term) => (this.editing === term.id ? this.written(term) : this.row(term))));
    if (!this.terms.length) this.list.append(el("tr", {}, el("td", { colspan: 4, class: "none" }, t("glossary.none"))));
  }

  /** @param {ShownTerm} term */
  row(term) {
    /** @param {string} text @param {string | null} language */
    const cell = (text, language) => el("td", {}, el("bdi", { lang: language }, text));
    /** @param {string} name @param {() => unknown} run */
    const act = (name, run) => button(t(`glossary.${name}`), run, { class: "plain", "aria-label": t(`glossary.${name}.title`, { term: term.source }) });
    const edit = () => {
      this.editing = term.id;
      this.paint();
      this.list.querySelector("input")?.focus();
    };
    return el(
      "tr",
      { "data-term": term.id },
      cell(term.source, term.source_language),
      cell(term.targets.join(" | "), term.target_language),
      cell(term.note, null),
      el("td", { class: "acts" }, editor() && [act("edit", edit), act("drop", () => this.changing(() => operate("drop_terms", { dropped: [term.id] })))]),
    );
  }

  /** @param {ShownTerm} term */
  written(term) {
    const fields = this.fields(term);
    const over = () => {
      this.editing = NaN;
      this.paint();
    };
    const save = async () => {
      const [source, targets, note] = fields.map(({ value }) => value);
      const names = parts(targets);
      const done = await this.changing(() => operate("change_term", { term: term.id, source, targets: names.length ? names : [""], note }));
      if (done) over();
    };
    const node = el("tr", { "data-term": term.id }, fields.map((field) => el("td", {}, field)), el("td", { class: "acts" }, button(t("home.save"), save, { class: "main" }), button(t("cancel"), over)));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && targetOf(event).matches("input")) save();
      if (event.key !== "Escape") return;
      event.preventDefault(); // the dialog stays open
      over();
    });
    return node;
  }

  /** Changes the glossary, then shows it; whether that was done. @param {() => unknown} change */
  async changing(change) {
    let done = false;
    await queue(
      async () => {
        const made = await change();
        if (made) await refresh();
        this.terms = await get(`${projectPath()}/glossary`);
        done = true;
      },
      (error) => this.fail(error),
      { decides: true },
    );
    if (!done) return false;
    this.error.hidden = true;
    this.paint();
    this.candidates(false);
    return true;
  }

  /** @param {() => unknown} action */
  async tried(action) {
    try {
      await action();
      this.error.hidden = true;
    } catch (error) {
      this.fail(error);
    }
  }

  /** @param {any} error */
  fail(error) {
    showError(this.error, error);
  }

  // Candidates

  looker() {
    const look = button(t("candidates.look"), async () => {
      look.disabled = true;
      await this.tried(async () => {
        this.found.replaceChildren(el("p", { class: "hint", role: "status" }, t("candidates.looking")));
        const { job } = await post(`${bitextPath()}/candidates`);
        jobs.heard(await get(`api/jobs/${job}`));
        const over = await jobs.finished(job);
        jobs.dismissJob(job);
        if (over.state === "failed") throw new Failed(over);
        await this.candidates(true);
      });
      look.disabled = false;
    });
    return el("div", { class: "line" }, editor() && look, el("span", { class: "hint" }, t("candidates.hint")));
  }

  /** The candidates that were found last; nothing where none were looked for. @param {boolean} asked */
  async candidates(asked) {
    /** @type {ShownCandidate[] | null} */
    const found = await get(`${bitextPath()}/candidates`).catch(() => null);
    if (!found || (!found.length && !asked)) return this.found.replaceChildren();
    const fresh = found.filter(({ known }) => !known);
    const text = fresh.length ? t("candidates.found", { count: fresh.length }) : t("candidates.none");
    this.found.replaceChildren(el("p", { class: "hint", role: asked ? "status" : null }, text), el("ul", {}, fresh.map((one) => this.candidate(one))));
    return undefined;
  }

  /** @param {ShownCandidate} one */
  candidate(one) {
    const [source, targets] = this.fields({ ...one, note: "" });
    const counts = t("candidates.counts", { count: one.count, source: one.source_count, target: one.target_count, likelihood: decimal(one.likelihood, 1) });
    /** @param {Side} name @param {string} text */
    const side = (name, text) => el("bdi", langOf(name), text);
    /** @param {number} row */
    const go = (row) => button(t("concordance.go"), () => { this.close(); queue(() => store.view.go(row)); }, { class: "plain" });
    const examples = el(
      "details",
      {},
      el("summary", {}, t("candidates.examples")),
      el("ol", {}, one.examples.map(([ours, theirs], k) => el("li", {}, side("source", ours), side("target", theirs), go(one.rows[k])))),
    );
    const add = editor() && button(t("glossary.add"), () => this.add(source.value, parts(targets.value)), { "aria-label": t("candidates.add", { term: one.source }) });
    return el("li", { class: "candidate" }, source, targets, add, bdi(counts, "counts"), examples);
  }
}
