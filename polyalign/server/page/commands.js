// Everything that can be done to rows, once: for the keys, the toolbar, the small buttons and the help.
// @ts-check

import { get } from "./api.js";
import { mode, startCaret, stopCaret } from "./caret.js";
import { NOTHING, SIDES, bitextPath, editor, emit, filtered, langOf, listingQuery, other, set, store } from "./store.js";
import { el } from "./dom.js";
import { write } from "./editing.js";
import { partnersOf, proposed, step, wordsOf } from "./lights.js";
import { Unable, queue, say } from "./saving.js";
import { alsoKeys } from "./settings.js";
import { direction, t } from "./strings.js";
import { operate, undo } from "./work.js";

/** The side that stands on the left: the page is mirrored where its language runs from right to left. */
const LEFT = direction === "rtl" ? "target" : "source";

/** Commands that open a field. */
const OPENING = new Set(["search", "edit", "comment", "reply"]);

/**
 * name: [keys, run, whether it edits]. Keys are named as keys.js names them; strings say what they do.
 * @type {Record<string, [string | string[], () => unknown, true?]>}
 */
const TABLE = {
  next: ["j", () => store.view.move(1)],
  previous: ["k", () => store.view.move(-1)],
  down: ["ArrowDown", () => store.view.step(1)],
  up: ["ArrowUp", () => store.view.step(-1)],
  left: ["ArrowLeft h", () => store.view.across(LEFT)],
  right: ["ArrowRight", () => store.view.across(other(LEFT))],
  pagedown: ["PageDown", () => store.view.move(10)],
  pageup: ["PageUp", () => store.view.move(-10)],
  first: ["Home", () => store.view.move(-1e9)],
  last: ["End", () => store.view.move(1e9)],
  unconfirmed: ["n", undecided],
  flagged: ["f", flagged],
  word: ["g", () => word(1)],
  wordback: ["Shift+G", () => word(-1)],
  why: ["i", why],
  unfold: ["o Enter", unfold],
  concordance: ["", () => emit("dialog", "concordance")],
  glossary: ["", () => emit("dialog", "glossary")],
  search: ["/", () => emit("search")],
  view: ["v", () => emit("turn")],
  help: ["?", () => emit("dialog", "help")],

  accept: ["a", () => mark("confirmed"), true],
  review: ["r", () => mark("needs-review"), true],
  reject: ["w", () => mark("rejected"), true],
  clear: ["c", () => mark("auto"), true],
  keep: ["Shift+K", keep, true],

  link: [["l", " "], link, true],
  partner: ["p", partner, true],
  unlink: ["x", unlink, true],
  merge: ["m", () => merge("down"), true],
  mergeup: ["Shift+M", () => merge("up"), true],
  moveup: ["u", () => move("up"), true],
  movedown: ["d", () => move("down"), true],
  choose: ["Shift+ ", choose, true],

  split: ["s", split, true],
  join: ["Shift+J", join, true],
  edit: ["e", edit, true],
  comment: ["t", comment, true],
  reply: ["", reply, true],
  replace: ["", () => emit("dialog", "replace"), true],
  restore: ["", restore, true],
  delete: ["Delete", remove, true],
  undo: ["Ctrl+z", () => undo("undo"), true],
  redo: ["Ctrl+Shift+z Ctrl+y", () => undo("redo"), true],
  leave: ["Escape", leave],
};

/** @param {string | string[]} keys */
const named = (keys) => Array.isArray(keys) ? keys : (keys.trim() ? keys.split(/(?<=\S) (?=\S)/) : keys ? [keys] : []);

/** @type {Record<string, Command>} */
export const COMMANDS = {};
for (const [name, [keys, run, edits = false]] of Object.entries(TABLE)) {
  const [label, hint] = [t(`command.${name}.label`), t(`command.${name}.hint`)];
  COMMANDS[name] = { name, keys: [...named(keys), ...alsoKeys(name)], label, hint, run, edits, opens: Number(OPENING.has(name)) };
}

/** The groups in which toolbar and help show them. @type {Record<string, string[]>} */
export const GROUPS = {
  moving:
    "next previous left right down up pagedown pageup first last unconfirmed flagged word wordback why unfold search concordance glossary view help".split(
      " ",
    ),
  decisions: "accept review reject clear keep".split(" "),
  rows: "link unlink merge mergeup moveup movedown choose delete".split(" "),
  sentences: "split join edit comment".split(" "),
  history: "undo redo leave".split(" "),
  more: "partner reply replace".split(" "),
};

/** @param {string} name */
export function run(name) {
  const command = COMMANDS[name];
  if (name === "search") return store.bitext && command.run(); // waits for nothing
  const decides = command.edits && editor() && Boolean(store.bitext);
  const begin = () => (store.bitext || name === "help") && (editor() || !command.edits) && command.run();
  return queue(begin, undefined, { name, decides });
}

async function current() {
  const now = await store.view.current();
  if (!now) throw new Unable(t("say.no_row"));
  return now;
}

/** The rows of what is chosen, else the row or run of the cursor. */
async function rows() {
  const chosen = [...new Set([...store.chosen.values()].map((one) => one.row))];
  return chosen.length ? chosen : (await current()).ids;
}

/** What commands on one row work on, where there is one. */
async function single() {
  const { row, ...now } = await current();
  if (row) return { ...now, row };
  say(t("say.several_rows"));
  return null;
}

/** @param {number} delta */
async function word(delta) {
  const now = await single();
  if (!now?.segment || !store.view.textOf(now.segment.id)) return say(t("say.no_sentence"));
  return step(now.row, now.segment, delta);
}

/** Says why the row is one. */
async function why() {
  const now = await single();
  if (!now) return undefined;
  if (!now.row.source.length || !now.row.target.length) return say(t("why.alone"));
  const words = await wordsOf(now.row);
  return say([words.why, words.refused].filter(Boolean).join(" "), "reason");
}

/** @param {State} state */
async function mark(state) {
  const goes = store.onward && state !== "auto" && !store.chosen.size;
  const onward = goes ? await store.view.onward() : () => {};
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
  const { segment, side, row } = now;
  if (!segment) return say(t("say.no_sentence"));
  if (store.chosen.size) return linkChosen(row, segment);
  const { marked } = store;
  if (!marked || (marked.side === side && marked.segment !== segment.id)) {
    set({ marked: { segment: segment.id, side, row: row.id } });
    return mode(t("mode.marked"), [el("bdi", langOf(side), segment.text.slice(0, 60))], t("mode.marked.keys"));
  }
  if (marked.segment === segment.id || marked.row === row.id) {
    set({ marked: null });
    mode();
    return marked.segment !== segment.id && say(t("say.linked_already"));
  }
  const ids = { [marked.side]: marked.segment, [side]: segment.id };
  return operate("pinpoint", { source_segment: ids.source, target_segment: ids.target });
}

/** @param {Row} row @param {Segment} segment */
async function linkChosen(row, segment) {
  const segments = new Set(store.chosen.keys());
  if (segments.size < 2) segments.add(segment.id);
  if (segments.size < 2) return say(t("say.one_chosen"));
  const own = [...row.source, ...row.target].map(({ id }) => id);
  if (own.length === segments.size && own.every((id) => segments.has(id)))
    return say(t("say.row_already"));
  return operate("link", { segments: [...segments] });
}

/** Links the sentence, which stands alone, with its likeliest partner. */
async function partner() {
  const now = await single();
  if (!now) return undefined;
  if (now.row.source.length && now.row.target.length) return say(t("say.not_alone"));
  await proposed(now.row);
  const [likeliest] = partnersOf(now.row);
  return likeliest ? linkWith(now.row, likeliest) : say(t("say.no_partner"));
}

/**
 * A row of one sentence with a partner of it: it joins the row of the partner, where that is a pair already.
 * @param {Row} row @param {ShownPartner} _
 */
export async function linkWith(row, { row: home, segments, aligned }) {
  if (aligned) return operate("merge", { rows: [home, row.id] });
  const own = [...row.source, ...row.target];
  return operate("link", { segments: [...own, ...segments].map(({ id }) => id) });
}

async function unlink() {
  const now = await single();
  if (now) await operate("unlink", { row: now.row.id });
}

/** @param {string} direction */
async function merge(direction) {
  const chosen = await rows();
  if (store.chosen.size && chosen.length > 1) return operate("merge", { rows: chosen });
  const now = await single();
  return now && operate("merge_with", { row: now.row.id, direction });
}

/** @param {string} direction */
async function move(direction) {
  const now = await single();
  if (now) await operate("move", { row: now.row.id, side: now.side, direction });
}

async function choose() {
  const now = await single();
  if (now?.segment) toggle(now.segment.id, now.row.id, now.side);
}

/**
 * Adds a sentence to the chosen ones, or takes it out.
 * @param {number} segment @param {number} row @param {Side} side
 */
export function toggle(segment, row, side) {
  const chosen = new Map(store.chosen);
  if (!chosen.delete(segment)) chosen.set(segment, { row, side });
  set({ chosen });
  const count = chosen.size;
  if (count) mode(t("mode.chosen"), [t("sentences", { count })], t("mode.chosen.keys"));
  else mode();
}

function leave() {
  stopCaret();
  set({ marked: null, chosen: NOTHING });
  mode();
}

/** @returns {Promise<unknown>} */
async function split() {
  const now = await single();
  if (!now) return undefined;
  if (!now.segment) return say(t("say.no_sentence"));
  if (!store.view.textOf(now.segment.id)) {
    await emit("rows");
    return split();
  }
  /** @type {Partial<Record<Side, Cuttable>>} */
  const cells = {};
  for (const side of SIDES) {
    const segment = side === now.side ? now.segment : now.row[side][0];
    const root = segment && store.view.textOf(segment.id);
    if (root) cells[side] = { root, id: segment.id, text: segment.text, language: store.bitext[side].language };
  }
  const began = startCaret(cells, now.side, (cuts) => queue(() => cutAt(cuts), undefined, { decides: true }));
  return began ? undefined : say(t("say.one_word"));
}

/** One place cuts a sentence in its row, one on either side makes two rows of the row. @param {Cuts} _ */
function cutAt({ source, target }) {
  if (source && target)
    return operate("divide", { source_segment: source.id, source_at: source.at, target_segment: target.id, target_at: target.at });
  const cut = source ?? target;
  return cut && operate("split", { segment: cut.id, at: cut.at });
}

async function join() {
  const now = await single();
  if (!now?.segment) return;
  const { segment } = now;
  const cell = now.row[now.side];
  const place = Math.min(cell.indexOf(segment), cell.length - 2);
  const chosen = cell.filter((one) => store.chosen.has(one.id));
  const joined = chosen.length > 1 ? chosen : cell.slice(place, place + 2);
  if (cell.length < 2) return say(t("say.one_sentence"));
  await operate("join", { segments: joined.map((one) => one.id) });
}

async function edit() {
  const now = await single();
  if (!now?.segment) return;
  if (!store.view.textOf(now.segment.id)) await emit("rows");
  write(now.row, now.segment);
}

async function comment() {
  const now = await single();
  if (!now) return;
  if (!store.view.list) await emit("rows");
  write(now.row, null);
}

/** Answers the comment of the row. */
async function reply() {
  const now = await single();
  if (!now) return undefined;
  if (!now.row.comment) return comment();
  if (!store.view.list) await emit("rows");
  return write(now.row, null, true);
}

async function restore() {
  const now = await single();
  if (now?.segment?.original) await operate("edit", { segment: now.segment.id, text: now.segment.original });
}

/** To the next pair that nobody decided on; when there is none, to what only one text has. */
async function undecided() {
  if (await seek("unconfirmed")) return;
  if (!(await seek("alone"))) return say(t("say.all_decided"));
  say(t(editor() ? "say.pairs_decided.keys" : "say.pairs_decided"));
}

/** To the next row after the cursor's of which that holds, going round; whether there is one. @param {string} want */
async function seek(want) {
  const now = await store.view.current();
  const after = now?.ids.at(-1) ?? store.cursor.row;
  const { row, index } = await get(`${bitextPath()}/rows/next`, listingQuery({ want, ...(after === null ? {} : { after }) }));
  if (!row) return false;
  await store.view.go(row.id, { index: index ?? undefined, unfold: true });
  return true;
}

async function flagged() {
  if (!(await seek("flagged"))) say(t("say.no_flag"));
}

async function unfold() {
  const now = await current();
  if (filtered() || !store.folded || !store.view.list) return;
  if (now.item.run !== undefined) set({ opened: new Set([...store.opened, ...now.ids]) });
  else if (!store.opened.has(now.item.id)) return;
  else {
    const around = opened(now.item);
    set({ opened: new Set([...store.opened].filter((id) => !around.includes(id))) });
  }
  await store.view.refresh(now.ids[0]);
}

/** The ids of the open run around an unaligned row. @param {Row} row */
function opened(row) {
  const list = /** @type {RowsView["list"]} */ (store.view.list);
  /** @param {Item | undefined} item */
  const alike = (item) => item && item.kind === row.kind && item.run === undefined;
  let [first, last] = [store.cursor.index, store.cursor.index];
  while (alike(list.item(first - 1))) first -= 1;
  while (alike(list.item(last + 1))) last += 1;
  return Array.from({ length: last - first + 1 }, (_, place) => list.item(first + place)?.id);
}
