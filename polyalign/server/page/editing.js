// The field in which a text or a comment is written: leaving it saves, and nothing typed is lost on the way.
// @ts-check

import { Refused } from "./api.js";
import { store } from "./store.js";
import { button, el, find } from "./dom.js";
import { allSaved, queue, say } from "./saving.js";
import { ours, t } from "./strings.js";
import { writing } from "./typing.js";
import { placed, sent, settled } from "./work.js";

/** What is being written, if anything: this module alone changes it. @type {Draft | null} */
export let draft = null;

/**
 * Opens the field for the text of a segment, or for the comment of a row where `segment` is null.
 * @param {Row} row @param {Segment | null} segment
 */
export function write(row, segment, answers = false) {
  const what = segment ? "edit" : answers ? "reply" : "comment";
  const base = segment ? segment.text : answers ? "" : row.comment;
  draft = { what, row: row.id, segment: segment?.id ?? null, base, text: base, seen: store.revision, note: "" };
  store.view.repaint();
  focus();
}

const shown = () => find(".editor textarea");

function focus() {
  const area = shown();
  if (!area || writing()) return;
  area.focus({ preventScroll: true });
  area.setSelectionRange(area.value.length, area.value.length);
  area.closest(".row")?.scrollIntoView({ block: "nearest" });
}

/** The field in which that is written. @param {Draft} own @param {{lang?: string, dir: string}} lang */
export function field(own, lang) {
  const name = t(own.what === "edit" ? "editor.text" : `command.${own.what}.label`);
  const area = el("textarea", { rows: 1, ...lang, "aria-label": name, value: own.text, readonly: own.saving, spellcheck: "true" });
  area.addEventListener("input", () => {
    own.text = area.value;
    grow(area);
  });
  area.addEventListener("keydown", (event) => pressed(event, own));
  area.addEventListener("blur", () => left(own));
  requestAnimationFrame(() => grow(area));
  const hint = el("p", { class: "hint", ...ours }, t("editor.keys"));
  return el("div", { class: "editor" }, area, own.note ? note(own) : hint);
}

/**
 * Another place of the page has the focus; another window, or the row being painted anew, is no leaving.
 * @param {Draft} own
 */
function left(own) {
  if (!own.conflict && !store.view.painting && document.hasFocus()) save(own);
}

/** @param {HTMLTextAreaElement} area */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

/** @param {Draft} own */
function note(own) {
  const say = el("p", { class: "conflict", role: "alert", ...ours }, own.note);
  const theirs = own.theirs === undefined ? null : el("bdi", { class: "theirs" }, own.theirs);
  return el(
    "div",
    ours,
    say,
    theirs,
    button(t("editor.save_mine"), () => save(own)),
    button(t("editor.give_up_mine"), () => close(own)),
  );
}

/** @param {KeyboardEvent} event @param {Draft} own */
function pressed(event, own) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(own);
  else if (event.key === "Escape") close(own);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {Draft} own */
function close(own) {
  if (draft !== own) return;
  draft = null;
  allSaved(); // what was refused is given up
  store.view.repaint();
  store.view.focus();
}

/** Saves what was written, if it says something new; the field stays, closed to writing, until the server has it. */
export function save(own = draft) {
  if (!own || own.saving || draft !== own) return;
  if (own.text === own.base && !own.conflict) return close(own);
  own.saving = true;
  const focused = document.activeElement === shown();
  store.view.repaint();
  if (focused) store.view.focus();
  return queue(() => stored(own), (error) => kept(own, error), { decides: true });
}

/** @param {Draft} own */
async function stored(own) {
  const fields = own.what === "edit" ? { segment: own.segment } : { row: own.row };
  const change = await sent(own.what, { ...fields, text: own.text }, own.seen);
  if (draft === own) draft = null;
  await settled(change, { stay: true });
}

/**
 * Refused: what was typed stays in the field, with the reason and, for a conflict, the text as it is now.
 * @param {Draft} own @param {any} error
 */
function kept(own, error) {
  own.saving = false;
  own.conflict = true;
  const clash = error instanceof Refused && error.status === 409;
  own.note = clash ? t("editor.clash") : t("editor.refused", { why: error.message });
  if (clash) {
    own.seen = error.body.revision;
    own.theirs = theirs(own, error.body.rows ?? []);
  }
  draft = own;
  queue(() => followed(own, error.body?.rows ?? []));
}

/**
 * Shows the field where its sentence stands now; where that is nowhere, says what was written.
 * @param {Draft} own @param {Row[]} rows
 */
async function followed(own, rows) {
  const home = rows.find((row) => (own.segment === null ? row.id === own.row : has(row, own.segment)));
  own.row = home?.id ?? own.row;
  if ((await placed(own.row))?.index == null) return lost(own);
  if (!shown()) await store.view.go(own.row, { segment: own.segment, unfold: true });
  store.view.repaint();
  say(own.theirs === undefined ? own.note : t("editor.kept"), "error");
  focus();
}

/** @param {Draft} own */
function lost(own) {
  close(own);
  say(t("editor.lost", { text: own.text }), "error");
}

/** @param {Row} row @param {number} segment */
const has = (row, segment) => [...row.source, ...row.target].some((one) => one.id === segment);

/** @param {Draft} own @param {Row[]} rows */
function theirs(own, rows) {
  if (own.what === "comment") return rows.find((row) => row.id === own.row)?.comment;
  return rows.flatMap((row) => [...row.source, ...row.target]).find((one) => one.id === own.segment)?.text;
}
