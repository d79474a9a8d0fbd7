// One row of the review page as an element: two cells with a gutter between, and what is to be said below.
// @ts-check

import { fill, unitsBefore } from "./bidi.js";
import { withChips } from "./chips.js";
import { SIDES, editor, langOf, other, store } from "./store.js";
import { bdi, button, el } from "./dom.js";
import { draft, field } from "./editing.js";
import { partnersOf } from "./lights.js";
import { date, decimal, direction as pageDirection, languageName, list, named, number, ours, percent, t, translated } from "./strings.js";

/** @type {Record<string, string>} */
export const STATES = Object.fromEntries(
  ["auto", "confirmed", "needs-review", "rejected"].map((name) => [name, t(`state.${name}`)]),
);
/** Who made a pair, where that was not the aligner. @type {Record<string, string>} */
const ORIGINS = { person: t("origin.person"), file: t("origin.file") };
const GLYPHS = { auto: "", confirmed: "✓", "needs-review": "?", rejected: "✕" };

/**
 * Five bands of confidence, "hand" for pairs that no aligner judged, "none" for what is not aligned.
 * @param {{score: number | null, aligned?: boolean, source?: readonly unknown[], target?: readonly unknown[]}} row
 */
export function quality(row) {
  if (row.score === null) return row.aligned ?? (row.source?.length && row.target?.length) ? "hand" : "none";
  return String(Math.min(4, Math.floor(row.score * 5)));
}

/** @param {Item} item */
export const keyOf = (item) => (item.run === undefined ? item.id : `run${item.run}`);

/** All ids of rows that an item of the listing stands for. @param {Item} item */
export const idsOf = (item) => (item.run === undefined ? [item.id] : item.rows);

/** @param {Item} item @param {Context} context */
export function itemElement(item, context) {
  return item.run === undefined ? rowElement(item, context) : runElement(item);
}

/** @param {Row} row @param {Context} context */
function rowElement(row, context) {
  const cells = [cell(row, "source"), gutter(row, context), cell(row, "target"), notes(row)];
  const props = {
    class: "row",
    role: "row",
    "data-row": row.id,
    "data-state": row.state,
    "data-quality": quality(row),
    "data-kind": row.kind,
    "aria-rowindex": context.index + 2,
  };
  const node = el("div", props, cells);
  node.classList.toggle("alone", !row.source.length || !row.target.length);
  node.classList.toggle("boilerplate", [...row.source, ...row.target].every((one) => one.boilerplate));
  node.classList.toggle("dropped", !row.keep);
  node.classList.toggle("deleted", row.deleted);
  return node;
}

const COLUMNS = { source: 1, gutter: 2, target: 3 };
/** @param {Side} side */
const sideOf = (side) => store.bitext[side];

/** @param {Row} row @param {Side} side */
function cell(row, side) {
  const segments = row[side].map((segment) => segmentElement(row, segment, side));
  const role = segments.length ? "none" : "gridcell"; // what can have the focus is the gridcell
  const column = segments.length ? null : COLUMNS[side];
  const props = { class: `cell ${side}`, role, ...langOf(side), "data-side": side, "aria-colindex": column };
  const node = el("div", props, segments);
  if (!segments.length) node.append(el("span", { class: "nothing", ...ours }, t("row.nothing")));
  return node;
}

/** @param {Row} row @param {Segment} segment @param {Side} side */
function segmentElement(row, segment, side) {
  const writing = draft?.what === "edit" && draft.segment === segment.id ? draft : null;
  const text = el("p", { class: "text", ...langOf(side) });
  fill(text, segment.text, { spans: unitSpans(segment.text, segment.hits), controls: store.controls });
  withChips(text, segment);
  const body = el("div", { class: "body" }, writing ? field(writing, langOf(side)) : text, below(segment, side));
  const props = {
    class: "segment",
    role: "gridcell",
    tabindex: -1,
    "data-segment": segment.id,
    "aria-colindex": COLUMNS[side],
    "aria-describedby": `g${row.id}`,
  };
  return el("div", { ...props, title: segment.place || null }, numbered(segment), body);
}

/** @param {Segment} segment */
const numbered = (segment) => el("span", { class: "number", "aria-hidden": true }, bdi(number(segment.number)));

/** @param {Segment} segment @param {Side} side */
function below(segment, side) {
  const said = [];
  if (segment.translation)
    said.push(el("p", { class: "translation", ...langOf(other(side)) }, segment.translation, sure(segment)));
  else if (segment.translation === "") said.push(label(t("row.untranslatable"), t("row.untranslatable.title")));
  if (segment.boilerplate) said.push(label(named("boilerplate", segment.boilerplate), t("boilerplate")));
  if (segment.original !== null) said.push(edited(segment, side));
  return said;
}

/** @param {Segment} _ */
function sure({ quality }) {
  if (quality === null) return null;
  return [" ", label(percent(quality), t("row.quality"))];
}

/** @param {string} text @param {string} title */
const label = (text, title) => el("span", { class: "label", ...ours, title }, text);

/** @param {Segment} segment @param {Side} side */
function edited(segment, side) {
  const original = el("bdi", { class: "original", ...langOf(side) }, segment.original);
  const restore = editor() && act("restore", t("row.restore"), t("row.restore.title"));
  return el("details", { class: "edited", ...ours }, el("summary", {}, t("row.edited")), original, restore);
}

/** @param {string} name @param {Child} text @param {string} title */
export const act = (name, text, title, props = {}) =>
  el("button", { type: "button", "data-act": name, title, "aria-label": title, tabindex: -1, ...props }, text);

/** @param {Row} row @param {Context} _ */
function gutter(row, { order }) {
  const aligned = row.source.length > 0 && row.target.length > 0;
  const text = el("span", { class: "hidden", id: `g${row.id}` }, spoken(row));
  const facts = [
    aligned && bdi(row.kind),
    aligned && ORIGINS[row.origin] && el("span", { class: "origin" }, ORIGINS[row.origin]),
    order && outOfOrder(order),
    signs(row),
  ];
  const node = el(
    "div",
    { class: "gutter", role: "gridcell", "aria-colindex": COLUMNS.gutter, ...ours },
    text,
    aligned ? score(row) : el("span", { class: "only" }, only(row)),
    el("span", { class: "facts-line" }, facts),
    editor() && quick(row),
  );
  for (const side of SIDES) node.classList.toggle(`many-${side}`, row[side].length > 1);
  return node;
}

/** @param {Row} row */
const only = (row) => t("row.only", { language: languageName(sideOf(row.source.length ? "source" : "target").language) });

/** @param {Row} row */
function score(row) {
  const text = row.score === null ? "–" : decimal(row.score);
  return el("span", { class: "link" }, el("span", { class: "score", title: because(row) }, bdi(text)));
}

/** @param {Row} row */
function because(row) {
  if (row.score === null) return t("score.none", { origin: ORIGINS[row.origin] ?? t("origin.machine") });
  return t("score.title");
}

/** @param {NonNullable<Context["order"]>} _ */
function outOfOrder({ arrow, number: place }) {
  const title = t(arrow === "↑" ? "row.earlier" : "row.later", { number: place });
  return el("span", { class: "order", title }, arrow, bdi(number(place)));
}

/** @param {Row} row */
function signs(row) {
  const by = list([row.who, row.at && date(row.at)].filter(Boolean));
  const shown = [];
  if (row.state !== "auto")
    shown.push(el("span", { class: "state", title: [STATES[row.state], by].join(" ") }, GLYPHS[row.state]));
  if (!row.keep) shown.push(el("span", { class: "sign" }, t("row.not_kept")));
  if (row.overlap) shown.push(el("span", { class: "sign", title: t("row.overlap.title") }, t("row.overlap")));
  if (row.deleted) shown.push(el("span", { class: "sign" }, t("row.deleted")));
  return shown;
}

/** @param {Row} row */
function quick(row) {
  const values = { number: row.number };
  return el(
    "span",
    { class: "quick" },
    act("accept", "✓", t("row.accept", values)),
    act("review", "?", t("row.review", values)),
    act("reject", "✕", t("row.reject", values)),
  );
}

/** @param {Row} row */
function spoken(row) {
  const aligned = row.source.length > 0 && row.target.length > 0;
  const parts = [t("row.spoken", { number: row.number }), aligned ? row.kind : only(row), STATES[row.state]];
  if (aligned && ORIGINS[row.origin]) parts.push(ORIGINS[row.origin]);
  if (row.score !== null) parts.push(t("score.spoken", { score: decimal(row.score) }));
  for (const flag of row.flags) if (!flag.ignored) parts.push(t("flag.spoken", { name: named("flag", flag.name), says: found(flag) }));
  if (row.comment) parts.push(t("comment.spoken", { text: row.comment }));
  for (const { text, who } of row.replies) if (text) parts.push(t("reply.spoken", { who, text }));
  if (!row.keep) parts.push(t("row.not_kept"));
  return list(parts);
}

/** @param {Row} row */
function notes(row) {
  const writing = draft?.row === row.id ? draft : null;
  const shown = row.flags.map(flagElement);
  if (writing?.what === "comment") shown.push(field(writing, { dir: "auto" }));
  else if (row.comment) shown.push(comment(row));
  if (writing?.what === "reply") shown.push(field(writing, { dir: "auto" }));
  if (row.verdicts.length > 1) shown.push(verdicts(row));
  shown.push(...proposals(row));
  if (!shown.length) return null;
  return el("div", { class: "notes", role: "gridcell", "aria-colindex": 1, "aria-colspan": 3, ...ours }, shown);
}

/** What a check found, in the language of the page. @param {ShownFlag} _ */
const found = ({ says }) => says.split("; ").map((part) => translated(part, "says") ?? part).join("; ");

/** @param {ShownFlag} flag */
function flagElement(flag) {
  const name = named("flag", flag.name);
  const title = t(flag.ignored ? "flag.show.title" : "flag.ignore.title", { name });
  const says = named("flag.hint", flag.name);
  const props = { class: "flag", "data-flag": flag.name, title: says };
  const toggle = editor() && act(flag.ignored ? "heed" : "ignore", t(flag.ignored ? "flag.show" : "flag.ignore"), title);
  const node = el("span", props, el("b", {}, name), flag.ignored ? null : bdi(found(flag)), toggle);
  node.classList.toggle("ignored", flag.ignored);
  return node;
}

/** What a sentence that stays alone may belong to, each to be linked. @param {Row} row */
function proposals(row) {
  const found = partnersOf(row);
  const lang = langOf(row.source.length ? "target" : "source");
  /** @param {ShownPartner} _ @param {number} place */
  const one = ({ segments, score: probability }, place) => {
    const numbers = list(segments.map((segment) => number(segment.number)));
    const title = t("partners.link", { numbers, score: decimal(probability) });
    const text = el("bdi", lang, segments.map((segment) => segment.text).join(" "));
    const content = [bdi(decimal(probability), "score"), " ", text];
    return act("partner", content, title, { class: "partner", "data-partner": place, disabled: !editor() });
  };
  return found.length && row.state === "auto" ? [el("span", { class: "partners" }, el("b", {}, t("partners")), found.map(one))] : [];
}

/** @param {Row} row */
function comment(row) {
  const text = el("span", { dir: "auto", class: "said" }, row.comment);
  return el(
    "span",
    { class: "comment" },
    el("b", {}, t("command.comment.label")),
    text,
    signed(row.replies.find((one) => !one.text)),
    editor() && [act("comment", t("comment.edit"), t("comment.edit.title"), { "aria-label": null }), act("reply", t("comment.reply"), t("comment.reply.title"), { "aria-label": null })],
    row.replies.filter((one) => one.text).map((one) => el("span", { class: "reply" }, el("span", { dir: "auto", class: "said" }, one.text), signed(one))),
  );
}

/** By whom and when something was said. @param {ShownReply | undefined} one */
const signed = (one) => one && el("small", {}, list([one.who, date(one.at)].filter(Boolean)));

/** What several reviewers decided on the row, side by side. @param {Row} row */
function verdicts(row) {
  /** @param {ShownVerdict} _ */
  const said = ({ who, state, at }) =>
    el("span", { "data-state": state, title: date(at) }, bdi(who || t("agreement.joint")), " ", GLYPHS[state], el("span", { class: "hidden" }, STATES[state]));
  return el("span", { class: "verdicts" }, el("b", {}, t("agreement")), row.verdicts.map(said));
}

/** "4 sentences only in the Arabic text": a run of unaligned rows on one line. @param {Run} run */
function runElement(run) {
  const text = t("row.run", { count: run.count, language: languageName(sideOf(run.side).language) });
  const props = { class: "unfold", "aria-expanded": false, "data-act": "unfold", tabindex: -1, type: "button" };
  const node = el("button", props, el("span", { class: "tick", "aria-hidden": true }, pageDirection === "rtl" ? "◂" : "▸"), text);
  const inner = el("div", { class: `cell ${run.side}`, role: "gridcell", "aria-colspan": 3, ...ours }, node);
  return el("div", { class: "row run", role: "row", "data-run": run.run, "data-side": run.side }, inner);
}

/**
 * A hit's code point spans as UTF-16 spans of its text.
 * @param {string} text @param {readonly Span[]} spans @returns {Span[]}
 */
export const unitSpans = (text, spans) => spans.map(([a, b]) => [unitsBefore(text, a), unitsBefore(text, b)]);
