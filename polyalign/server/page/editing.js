// The field in which a text or a comment is written: leaving it saves, and nothing typed is lost on the way.

import { Refused } from "./api.js";
import { desk } from "./desk.js";
import { button, el, find } from "./dom.js";
import { allSaved, queue, say } from "./saving.js";
import { ours, t } from "./strings.js";
import { writing } from "./typing.js";
import { placed, sent, settled } from "./work.js";

/** Opens the field for the text of a segment, or for the comment of a row where `segment` is null. */
export function write(row, segment, answers = false) {
  const what = segment ? "edit" : answers ? "reply" : "comment";
  const base = segment ? segment.text : answers ? "" : row.comment;
  desk.draft = { what, row: row.id, segment: segment?.id ?? null, base, text: base, seen: desk.revision, note: "" };
  desk.view.repaint();
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

export function field(draft, lang, dir) {
  const name = t(draft.what === "edit" ? "editor.text" : draft.what === "reply" ? "command.reply.label" : "command.comment.label");
  const area = el("textarea", {
    rows: 1,
    lang: lang || null,
    dir,
    "aria-label": name,
    value: draft.text,
    readonly: draft.saving,
    spellcheck: "true",
  });
  area.addEventListener("input", () => {
    draft.text = area.value;
    grow(area);
  });
  area.addEventListener("keydown", (event) => pressed(event, draft));
  area.addEventListener("blur", () => left(draft));
  requestAnimationFrame(() => grow(area));
  const hint = el("p", { class: "hint", ...ours }, t("editor.keys"));
  return el("div", { class: "editor" }, area, draft.note ? note(draft) : hint);
}

/** Another place of the page has the focus; another window, or the row being painted anew, is no leaving. */
function left(draft) {
  if (!draft.conflict && !desk.view.painting && document.hasFocus()) save(draft);
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

function note(draft) {
  const say = el("p", { class: "conflict", role: "alert", ...ours }, draft.note);
  const theirs = draft.theirs === undefined ? null : el("bdi", { class: "theirs" }, draft.theirs);
  return el(
    "div",
    ours,
    say,
    theirs,
    button(t("editor.save_mine"), () => save(draft)),
    button(t("editor.give_up_mine"), () => close(draft)),
  );
}

function pressed(event, draft) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(draft);
  else if (event.key === "Escape") close(draft);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export function close(draft = desk.draft) {
  if (desk.draft !== draft) return;
  desk.draft = null;
  allSaved(); // what was refused is given up
  desk.view.repaint();
  desk.view.focus();
}

/** Saves what was written, if it says something new; the field stays, closed to writing, until the server has it. */
export function save(draft = desk.draft) {
  if (!draft || draft.saving || desk.draft !== draft) return;
  if (draft.text === draft.base && !draft.conflict) return close(draft);
  draft.saving = true;
  const focused = document.activeElement === shown();
  desk.view.repaint();
  if (focused) desk.view.focus();
  return queue(
    () => stored(draft),
    (error) => kept(draft, error),
    { decides: true },
  );
}

async function stored(draft) {
  const fields = draft.what === "edit" ? { segment: draft.segment } : { row: draft.row };
  const change = await sent(draft.what, { ...fields, text: draft.text }, draft.seen);
  if (desk.draft === draft) desk.draft = null;
  await settled(change, { stay: true });
}

/** Refused: what was typed stays in the field, with the reason and, for a conflict, the text as it is now. */
function kept(draft, error) {
  draft.saving = false;
  draft.conflict = true;
  const clash = error instanceof Refused && error.status === 409;
  draft.note = clash ? t("editor.clash") : t("editor.refused", { why: error.message });
  if (clash) {
    draft.seen = error.body.revision;
    draft.theirs = theirs(draft, error.body.rows ?? []);
  }
  desk.draft = draft;
  queue(() => followed(draft, error.body?.rows ?? []));
}

/** Shows the field where its sentence stands now; where that is nowhere, says what was written. */
async function followed(draft, rows) {
  const home = rows.find((row) => (draft.segment === null ? row.id === draft.row : has(row, draft.segment)));
  draft.row = home?.id ?? draft.row;
  if ((await placed(draft.row))?.index == null) return lost(draft);
  if (!shown()) await desk.view.go(draft.row, { segment: draft.segment, unfold: true });
  desk.view.repaint();
  say(draft.theirs === undefined ? draft.note : t("editor.kept"), "error");
  focus();
}

function lost(draft) {
  close(draft);
  say(t("editor.lost", { text: draft.text }), "error");
}

const has = (row, segment) => [...row.source, ...row.target].some((one) => one.id === segment);

function theirs(draft, rows) {
  if (draft.what === "comment") return rows.find((row) => row.id === draft.row)?.comment;
  return rows.flatMap((row) => [...row.source, ...row.target]).find((one) => one.id === draft.segment)?.text;
}
