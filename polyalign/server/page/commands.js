// Everything that can be done to rows, once: for the keys, the toolbar, the small buttons and the help.

import { get } from "./api.js";
import { mode, startCaret, stopCaret } from "./caret.js";
import { bitextPath, desk, editor, filtered, listingQuery, tell } from "./desk.js";
import { write } from "./editing.js";
import { Unable, queue, say } from "./saving.js";
import { operate, undo } from "./work.js";

/** Commands that open a field. */
const OPENING = new Set(["search", "edit", "comment"]);

/** name: [keys, label, what it does, run, whether it edits]. Keys are named as keys.js names them. */
const TABLE = {
  next: ["j", "Next row", "to the row below", () => desk.view.move(1)],
  previous: ["k", "Previous row", "to the row above", () => desk.view.move(-1)],
  down: ["ArrowDown", "Down", "to the next sentence of the cell, then the next row", () => desk.view.step(1)],
  up: ["ArrowUp", "Up", "to the sentence before, then the row above", () => desk.view.step(-1)],
  left: ["ArrowLeft h", "Left column", "to the left column", () => desk.view.across("source")],
  right: ["ArrowRight", "Right column", "to the right column", () => desk.view.across("target")],
  pagedown: ["PageDown", "Page down", "ten rows down", () => desk.view.move(10)],
  pageup: ["PageUp", "Page up", "ten rows up", () => desk.view.move(-10)],
  first: ["Home", "First row", "to the first row", () => desk.view.move(-1e9)],
  last: ["End", "Last row", "to the last row", () => desk.view.move(1e9)],
  unconfirmed: ["n", "Next undecided", "to the next pair that nobody decided on, at last to what only one text has", undecided],
  flagged: ["f", "Next flagged", "to the next row with a flag", flagged],
  unfold: ["o Enter", "Open or close", "opens and closes a run of unaligned sentences", unfold],
  search: ["/", "Search", "to the search field", () => tell("search")],
  view: ["v", "Other view", "between the rows and the two texts", () => tell("view")],
  help: ["?", "Help", "this list", () => tell("dialog", "help")],

  accept: ["a", "Accept", "the row is right", () => mark("confirmed"), true],
  review: ["r", "Review", "the row needs another look", () => mark("needs-review"), true],
  reject: ["w", "Reject", "the row is wrong: exports leave it out", () => mark("rejected"), true],
  clear: ["c", "Clear", "back to what the aligner said", () => mark("auto"), true],
  keep: ["Shift+K", "Keep", "keeps the row, or keeps it no more", keep, true],

  link: [["l", " "], "Link", "marks the sentence; on one of the other text it makes a row of the two, or of all that are chosen", link, true],
  unlink: ["x", "Unlink", "makes every sentence a row of its own", unlink, true],
  merge: ["m", "Merge ↓", "with the row below, or all chosen rows", () => merge("down"), true],
  mergeup: ["Shift+M", "Merge ↑", "with the row above", () => merge("up"), true],
  moveup: ["u", "Move ↑", "the first sentence of the cell goes to the row above", () => move("up"), true],
  movedown: ["d", "Move ↓", "the last sentence of the cell goes to the row below", () => move("down"), true],
  choose: ["Shift+ ", "Choose", "adds the sentence to those that L, M, A, ... work on together", choose, true],

  split: ["s", "Split", "chooses a place between words; Tab, one in the other text too, which makes two rows", split, true],
  join: ["Shift+J", "Join", "this sentence and the next one of the cell become one", join, true],
  edit: ["e", "Edit", "changes the text; the original is kept", edit, true],
  comment: ["t", "Comment", "writes a comment", comment, true],
  restore: ["", "Restore", "the original text again", restore, true],
  delete: ["Delete", "Delete", "takes the row out of lists and exports, or brings it back", remove, true],
  undo: ["Ctrl+z", "Undo", "the last operation", () => undo("undo"), true],
  redo: ["Ctrl+Shift+z Ctrl+y", "Redo", "what was undone", () => undo("redo"), true],
  leave: ["Escape", "Leave", "gives up what is marked or chosen", leave],
};

const named = (keys) => Array.isArray(keys) ? keys : (keys.trim() ? keys.split(/(?<=\S) (?=\S)/) : keys ? [keys] : []);

const entry = ([name, [keys, label, hint, run, edits = false]]) => [
  name,
  { name, keys: named(keys), label, hint, run, edits, opens: Number(OPENING.has(name)) },
];

export const COMMANDS = new Map(Object.entries(TABLE).map(entry));

/** The groups in which toolbar and help show them. */
export const GROUPS = {
  "Moving about":
    "next previous left right down up pagedown pageup first last unconfirmed flagged unfold search view help".split(
      " ",
    ),
  Decisions: "accept review reject clear keep".split(" "),
  Rows: "link unlink merge mergeup moveup movedown choose delete".split(" "),
  Sentences: "split join edit comment".split(" "),
  History: "undo redo leave".split(" "),
};

export function run(name) {
  const command = COMMANDS.get(name);
  if (name === "search") return command.run(); // waits for nothing
  const decides = command.edits && editor() && Boolean(desk.bitext);
  const begin = () => (desk.bitext || name === "help") && (editor() || !command.edits) && command.run();
  return queue(begin, undefined, { name, decides });
}

async function current() {
  const now = await desk.view.current();
  if (!now) throw new Unable("No row is chosen.");
  return now;
}

/** The rows of what is chosen, else the row or run of the cursor. */
async function rows() {
  const chosen = [...new Set([...desk.chosen.values()].map((one) => one.row))];
  return chosen.length ? chosen : (await current()).ids;
}

async function single() {
  const now = await current();
  if (now.row) return now;
  say("These are several rows: o opens them.");
  return null;
}

async function mark(state) {
  const goes = desk.onward && state !== "auto" && !desk.chosen.size;
  const onward = goes ? await desk.view.onward() : () => {};
  await operate("mark", { rows: await rows(), state }, { stay: goes });
  await onward();
}

async function keep() {
  const now = await current();
  await operate("keep", { rows: await rows(), kept: now.row ? !now.row.keep : false });
}

async function remove() {
  const now = await current();
  await operate(now.row?.deleted ? "bring_back" : "delete", { rows: await rows() });
}

/** Links what is chosen, or the marked cell with the one of the cursor; with neither, marks this one. */
async function link() {
  const now = await single();
  if (!now) return undefined;
  if (!now.segment) return say("There is no sentence under the cursor.");
  if (desk.chosen.size) return linkChosen(now);
  const { marked } = desk;
  if (!marked || (marked.side === now.side && marked.segment !== now.segment.id)) return markCell(now);
  if (marked.segment === now.segment.id) return markCell(null);
  if (marked.row === now.row.id) {
    markCell(null);
    return say("These two are in one row already: nothing to link.");
  }
  const ids = { [marked.side]: marked.segment, [now.side]: now.segment.id };
  return operate("pinpoint", { source_segment: ids.source, target_segment: ids.target });
}

async function linkChosen(now) {
  const segments = new Set(desk.chosen.keys());
  if (segments.size < 2) segments.add(now.segment.id);
  if (segments.size < 2) return say("One sentence is chosen: go to the one that belongs to it, then L links the two.");
  const own = now.row && [...now.row.source, ...now.row.target].map(({ id }) => id);
  if (own?.length === segments.size && own.every((id) => segments.has(id)))
    return say("These are one row already: nothing to link.");
  return operate("link", { segments: [...segments] });
}

function markCell(now) {
  desk.marked = now && { segment: now.segment.id, side: now.side, row: now.row.id };
  desk.view.decorate();
  if (!now) return mode();
  const { language, direction } = desk.bitext[now.side];
  const part = Object.assign(document.createElement("bdi"), {
    textContent: now.segment.text.slice(0, 60),
    lang: language,
    dir: direction,
  });
  return mode("Marked", [part], "L or Space on a sentence of the other text links the two, Esc gives up");
}

async function unlink() {
  const now = await single();
  if (now) await operate("unlink", { row: now.row.id });
}

async function merge(direction) {
  const chosen = await rows();
  if (desk.chosen.size && chosen.length > 1) return operate("merge", { rows: chosen });
  const now = await single();
  return now && operate("merge_with", { row: now.row.id, direction });
}

async function move(direction) {
  const now = await single();
  if (now) await operate("move", { row: now.row.id, side: now.side, direction });
}

async function choose() {
  const now = await single();
  if (now?.segment) toggle(now.segment.id, now.row.id, now.side);
}

/** Adds a sentence to the chosen ones, or takes it out. */
export function toggle(segment, row, side) {
  if (!desk.chosen.delete(segment)) desk.chosen.set(segment, { row, side });
  desk.view.decorate();
  const count = desk.chosen.size;
  if (count)
    mode(
      "Chosen",
      [`${count} ${count === 1 ? "sentence" : "sentences"}`],
      "L links them, M merges their rows, A R C Delete work on their rows, Esc gives up",
    );
  else mode();
}

function leave() {
  stopCaret();
  desk.marked = null;
  desk.chosen.clear();
  mode();
  desk.view.decorate();
}

async function split() {
  const now = await single();
  if (!now) return undefined;
  if (!now.segment) return say("There is no sentence under the cursor.");
  if (!desk.view.textOf(now.segment.id)) return tell("rows").then(split);
  const cells = {};
  for (const side of ["source", "target"]) {
    const segment = side === now.side ? now.segment : now.row[side][0];
    const root = segment && desk.view.textOf(segment.id);
    if (root) cells[side] = { root, id: segment.id, text: segment.text, language: desk.bitext[side].language };
  }
  const began = startCaret(cells, now.side, (cuts) => queue(() => cutAt(cuts), undefined, { decides: true }));
  return began ? undefined : say("There is one word: no place to split it.");
}

/** One place cuts a sentence in its row, one on either side makes two rows of the row. */
function cutAt({ source, target }) {
  if (source && target)
    return operate("divide", {
      source_segment: source.id,
      source_at: source.at,
      target_segment: target.id,
      target_at: target.at,
    });
  const { id, at } = source ?? target;
  return operate("split", { segment: id, at });
}

async function join() {
  const now = await single();
  if (!now?.segment) return;
  const cell = now.row[now.side];
  const place = Math.min(cell.indexOf(now.segment), cell.length - 2);
  const chosen = cell.filter((one) => desk.chosen.has(one.id));
  const joined = chosen.length > 1 ? chosen : cell.slice(place, place + 2);
  if (cell.length < 2) return say("There is one sentence in this cell: nothing to join.");
  await operate("join", { segments: joined.map((one) => one.id) });
}

async function edit() {
  const now = await single();
  if (!now?.segment) return;
  if (!desk.view.textOf(now.segment.id)) await tell("rows");
  write(now.row, now.segment);
}

async function comment() {
  const now = await single();
  if (!now) return;
  if (!desk.view.listing) await tell("rows");
  write(now.row, null);
}

async function restore() {
  const now = await single();
  if (now?.segment?.original) await operate("edit", { segment: now.segment.id, text: now.segment.original });
}

/** To the next pair that nobody decided on; when there is none, to what only one text has. */
async function undecided() {
  if (await seek("unconfirmed")) return;
  if (!(await seek("alone"))) return say("Everything here is decided.");
  say(
    editor()
      ? "All pairs here are decided. This is only in one text: A says so, L marks it to be linked."
      : "All pairs here are decided. This is only in one text.",
  );
}

/** To the next row after the cursor's of which that holds, going round; whether there is one. */
async function seek(want) {
  const now = await desk.view.current();
  const after = now?.ids.at(-1) ?? desk.cursor.row;
  const { row, index } = await get(
    `${bitextPath()}/rows/next`,
    listingQuery({ want, ...(after === null ? {} : { after }) }),
  );
  if (!row) return false;
  await desk.view.go(row.id, { index: index ?? undefined, unfold: true });
  return true;
}

async function flagged() {
  if (!(await seek("flagged"))) say("No row here has a flag.");
}

async function unfold() {
  const now = await current();
  if (filtered() || !desk.folded || !desk.view.listing) return;
  if (now.item.run !== undefined) for (const id of now.ids) desk.opened.add(id);
  else if (!desk.opened.has(now.row.id)) return;
  else for (const id of opened(now.row)) desk.opened.delete(id);
  await desk.view.refresh(now.ids[0]);
}

/** The ids of the open run around an unaligned row. */
function opened(row) {
  const { listing } = desk.view;
  const alike = (item) => item && item.kind === row.kind && item.run === undefined;
  let [first, last] = [desk.cursor.index, desk.cursor.index];
  while (alike(listing.item(first - 1))) first -= 1;
  while (alike(listing.item(last + 1))) last += 1;
  return Array.from({ length: last - first + 1 }, (_, place) => listing.item(first + place).id);
}
