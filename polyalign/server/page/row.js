// One row of the review page as an element: two cells with a gutter between, and what is to be said below.

import { fill, languageName, unitsBefore } from "./bidi.js";
import { withChips } from "./chips.js";
import { desk, editor, other } from "./desk.js";
import { bdi, button, el } from "./dom.js";
import { field } from "./editing.js";

export const STATES = {
  auto: "automatic",
  confirmed: "confirmed",
  "needs-review": "needs review",
  rejected: "rejected",
};
/** Who made a pair, where that was not the aligner. */
const ORIGINS = { person: "by hand", file: "from a file" };
const GLYPHS = { auto: "", confirmed: "✓", "needs-review": "?", rejected: "✕" };

/** Five bands of confidence, "hand" for pairs that no aligner judged, "none" for what is not aligned. */
export function quality(row) {
  if (row.score === null || row.score === undefined) return row.aligned ?? row.source.length * row.target.length ? "hand" : "none";
  return String(Math.min(4, Math.floor(row.score * 5)));
}

export const keyOf = (item) => (item.run === undefined ? item.id : `run${item.run}`);

/** All ids of rows that an item of the listing stands for. */
export const idsOf = (item) => (item.run === undefined ? [item.id] : item.rows);

export function itemElement(item, context) {
  return item.run === undefined ? rowElement(item, context) : runElement(item);
}

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
  node.classList.toggle(
    "boilerplate",
    [...row.source, ...row.target].every((one) => one.boilerplate),
  );
  node.classList.toggle("dropped", !row.keep);
  node.classList.toggle("deleted", row.deleted);
  return node;
}

const COLUMNS = { source: 1, gutter: 2, target: 3 };
const sideOf = (side) => desk.bitext[side];

function cell(row, side) {
  const { language, direction } = sideOf(side);
  const segments = row[side].map((segment) => segmentElement(row, segment, side));
  const role = segments.length ? "none" : "gridcell"; // what can have the focus is the gridcell
  const props = { class: `cell ${side}`, role, lang: language, dir: direction, "data-side": side };
  if (!segments.length) props["aria-colindex"] = COLUMNS[side];
  const node = el("div", props, segments);
  if (!segments.length) node.append(el("span", { class: "nothing", lang: "en", dir: "ltr" }, "no counterpart"));
  return node;
}

function segmentElement(row, segment, side) {
  const { language, direction } = sideOf(side);
  const writing = desk.draft?.what === "edit" && desk.draft.segment === segment.id;
  const text = el("p", { class: "text", lang: language, dir: direction });
  fill(text, segment.text, { spans: unitSpans(segment.text, segment.hits), controls: desk.controls });
  withChips(text, segment);
  const body = el(
    "div",
    { class: "body" },
    writing ? field(desk.draft, language, direction) : text,
    below(segment, side),
  );
  const props = {
    class: "segment",
    role: "gridcell",
    tabindex: -1,
    "data-segment": segment.id,
    "aria-colindex": COLUMNS[side],
    "aria-describedby": `g${row.id}`,
  };
  return el("div", { ...props, title: segment.place || null }, number(segment), body);
}

const number = (segment) => el("span", { class: "number", "aria-hidden": true }, bdi(segment.number));

function below(segment, side) {
  const { language, direction } = sideOf(other(side));
  const said = [];
  if (segment.translation)
    said.push(el("p", { class: "translation", lang: language, dir: direction }, segment.translation, sure(segment)));
  else if (segment.translation === "") said.push(label("not translatable", "What the model made of it is no translation"));
  if (segment.boilerplate) said.push(label(segment.boilerplate, "boilerplate: never aligned by itself"));
  if (segment.original !== null) said.push(edited(segment, side));
  return said;
}

function sure({ quality }) {
  if (quality === null) return null;
  const title = "How probable it is that this says what the text says";
  return [" ", label(`${Math.round(100 * quality)} %`, title)];
}

const label = (text, title) => el("span", { class: "label", lang: "en", dir: "ltr", title }, text);

function edited(segment, side) {
  const { language, direction } = sideOf(side);
  const original = el("bdi", { class: "original", lang: language, dir: direction }, segment.original);
  const restore = editor() && act("restore", "restore", "Restore the original text");
  return el("details", { class: "edited", lang: "en", dir: "ltr" }, el("summary", {}, "edited"), original, restore);
}

export const act = (name, text, title, props = {}) =>
  el("button", { type: "button", "data-act": name, title, "aria-label": title, tabindex: -1, ...props }, text);

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
    { class: "gutter", role: "gridcell", "aria-colindex": COLUMNS.gutter, lang: "en", dir: "ltr" },
    text,
    aligned ? score(row) : el("span", { class: "only" }, only(row)),
    el("span", { class: "facts-line" }, facts),
    editor() && quick(row),
  );
  for (const side of ["source", "target"]) node.classList.toggle(`many-${side}`, row[side].length > 1);
  return node;
}

const only = (row) => `only ${languageName(sideOf(row.source.length ? "source" : "target").language)}`;

function score(row) {
  const text = row.score === null ? "–" : row.score.toFixed(2);
  return el("span", { class: "link" }, el("span", { class: "score", title: because(row) }, bdi(text)));
}

function because(row) {
  const parts = Object.entries(row.evidence ?? {}).map(([name, value]) => `${name} ${Number(value).toFixed(2)}`);
  if (row.score === null) return `no score: this pair is ${ORIGINS[row.origin] ?? "the aligner's"}`;
  return ["how probable it is that this is right", ...parts].join("\n");
}

function outOfOrder({ arrow, number: place }) {
  const title = `out of order: stands ${arrow === "↑" ? "earlier" : "later"} in the target text, sentence ${place}`;
  return el("span", { class: "order", title }, arrow, bdi(place));
}

function signs(row) {
  const by = [row.who, row.at && new Date(row.at).toLocaleString()].filter(Boolean).join(", ");
  const shown = [];
  if (row.state !== "auto")
    shown.push(el("span", { class: "state", title: [STATES[row.state], by].join(" ") }, GLYPHS[row.state]));
  if (!row.keep) shown.push(el("span", { class: "sign", title: "not kept" }, "not kept"));
  if (row.overlap) shown.push(el("span", { class: "sign", title: "shares a sentence with another row" }, "overlap"));
  if (row.deleted) shown.push(el("span", { class: "sign" }, "deleted"));
  return shown;
}

function quick(row) {
  const place = row.number;
  return el(
    "span",
    { class: "quick" },
    act("accept", "✓", `Accept row ${place}`),
    act("review", "?", `Row ${place} needs review`),
    act("reject", "✕", `Reject row ${place}`),
  );
}

function spoken(row) {
  const aligned = row.source.length > 0 && row.target.length > 0;
  const parts = [`row ${row.number}`, aligned ? row.kind : only(row), STATES[row.state]];
  if (aligned && ORIGINS[row.origin]) parts.push(ORIGINS[row.origin]);
  if (row.score !== null) parts.push(`score ${row.score.toFixed(2)}`);
  for (const flag of row.flags) if (!flag.ignored) parts.push(`flag ${flag.name}: ${flag.says}`);
  if (row.comment) parts.push(`comment: ${row.comment}`);
  if (!row.keep) parts.push("not kept");
  return parts.join(", ");
}

function notes(row) {
  const writing = desk.draft?.what === "comment" && desk.draft.row === row.id;
  const shown = row.flags.map(flagElement);
  if (writing) shown.push(field(desk.draft, "", "auto"));
  else if (row.comment) shown.push(comment(row));
  if (!shown.length) return null;
  return el("div", { class: "notes", role: "gridcell", "aria-colindex": 1, "aria-colspan": 3, lang: "en", dir: "ltr" }, shown);
}

function flagElement(flag) {
  const title = flag.ignored ? `Show the flag ${flag.name} again` : `Ignore the flag ${flag.name} in this row`;
  const says = desk.session.flags?.[flag.name] ?? "";
  const props = { class: "flag", "data-flag": flag.name, title: says };
  const toggle = editor() && act(flag.ignored ? "heed" : "ignore", flag.ignored ? "show" : "ignore", title);
  const node = el("span", props, el("b", {}, flag.name), flag.ignored ? null : bdi(flag.says), toggle);
  node.classList.toggle("ignored", flag.ignored);
  return node;
}

function comment(row) {
  const text = el("span", { dir: "auto", class: "said" }, row.comment);
  return el(
    "span",
    { class: "comment" },
    el("b", {}, "comment"),
    text,
    editor() && act("comment", "edit", "Edit the comment"),
  );
}

/** "4 sentences only in the Arabic text": a run of unaligned rows on one line. */
function runElement(run) {
  const text = `${run.count} sentences only in the ${languageName(sideOf(run.side).language)} text`;
  const props = { class: "unfold", "aria-expanded": false, "data-act": "unfold", tabindex: -1, type: "button" };
  const node = el("button", props, el("span", { class: "tick", "aria-hidden": true }, "▸"), text);
  const inner = el(
    "div",
    { class: `cell ${run.side}`, role: "gridcell", "aria-colspan": 3, lang: "en", dir: "ltr" },
    node,
  );
  return el("div", { class: "row run", role: "row", "data-run": run.run, "data-side": run.side }, inner);
}

/** A hit's code point spans as UTF-16 spans of its text. */
export const unitSpans = (text, spans) => spans.map(([a, b]) => [unitsBefore(text, a), unitsBefore(text, b)]);
