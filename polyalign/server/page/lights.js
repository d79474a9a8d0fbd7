// Words lit in the rows: the counterparts of the word under the mouse or the cursor, and what a flag points at.
// @ts-check

import { get } from "./api.js";
import { boundaries, unitsBefore } from "./bidi.js";
import { offsetAt, pointAt, splitting } from "./caret.js";
import { bitextPath, on, store } from "./store.js";
import { debounce, targetOf } from "./dom.js";
import { Unable, idle, say } from "./saving.js";
import { language, t } from "./strings.js";

const LEAST = 0.005; // probability of a partner: what is less would be shown as 0.00

/** @type {Map<number, {sign: string, words: Promise<ShownWords>}>} */
const found = new Map(); // by the id of the row
/** @type {RowsView} */
let view;
/** @type {Lit | null} */
let lit = null; // the word that is lit, by a place in it, or from one to another, in code points
let asking = new AbortController(); // of words and partners that are asked for: their row may go away
/** @type {{segment: number, place: number} | null} */
let stepped = null; // the word that the keys are at, in UTF-16 units

const rest = debounce(250, resting);

/** @param {RowsView} rows */
export function start(rows) {
  view = rows;
  if (!CSS.highlights) return;
  const over = debounce(60, pointed);
  view.root.addEventListener("mousemove", over);
  view.root.addEventListener("mouseleave", () => light(null));
  for (const name of /** @type {const} */ (["mouseover", "focusin"])) view.root.addEventListener(name, flagPointed);
  for (const name of /** @type {const} */ (["cursor", "revision"])) on(name, rest);
  on("changing", () => {
    asking.abort();
    asking = new AbortController();
  });
}

const NONE = Promise.resolve({ links: [], differences: [], why: "", refused: "" }); // of a row with one side

/** What the server knows of the words of a row as it is: {links, differences, why, refused}. @param {Row} row */
export function wordsOf(row) {
  if (!row.source.length || !row.target.length) return NONE;
  const sign = JSON.stringify([...row.source, ...row.target].map(({ id, text }) => [id, text]));
  const known = found.get(row.id);
  if (known?.sign === sign) return known.words;
  const words = get(`${bitextPath()}/rows/${row.id}/words`, { language }, asking.signal);
  words.catch(() => found.delete(row.id)); // asked again when it is needed
  found.set(row.id, { sign, words });
  return words;
}

/** The cursor rests on a row: its words are asked for, and the reason stands on its score. */
async function resting() {
  await idle();
  const row = store.view === view && view.item();
  if (!row || row.run !== undefined) return;
  if (!row.source.length || !row.target.length) return void proposed(row);
  const words = await wordsOf(row).catch(() => null); // the next word that is pointed at asks again
  const score = view.viewport.canvas.querySelector(`[data-row="${row.id}"] .score`);
  if (score && words?.why && row.score !== null) score.title = `${t("score.title")}\n${words.why}`;
}

/** @param {MouseEvent} event */
function pointed(event) {
  const root = targetOf(event).closest(".segment .text");
  const units = root && !splitting() ? offsetAt(root, event.clientX, event.clientY) : null;
  const row = root && units !== null && view.rowOf(root);
  if (!row) return light(null);
  const segment = Number(root.closest(".segment")?.dataset.segment);
  const at = [...textOf(row, segment).slice(0, units)].length;
  root.title = termAt(row, segment, at);
  return light({ row, segment, at });
}

/**
 * What the glossary has for the term that holds a place, in words; nothing where none does.
 * @param {Row} row @param {number} segment @param {number} at
 */
function termAt(row, segment, at) {
  const { text = "", terms = [] } = [...row.source, ...row.target].find(({ id }) => id === segment) ?? {};
  const found = terms.find(([start, end]) => start <= at && at < end);
  return found ? t("glossary.says", { term: [...text].slice(found[0], found[1]).join(""), targets: found[2] }) : "";
}

/** @param {Row} row @param {number} segment */
const textOf = (row, segment) => [...row.source, ...row.target].find(({ id }) => id === segment)?.text ?? "";

/**
 * Lights the word at a place and its counterparts; nothing for null. Gives the words' places.
 * @param {Lit | null} wanted
 */
async function light(wanted) {
  lit = wanted;
  const words = wanted && (await wordsOf(wanted.row).catch(() => null)); // as long as the server is away, none
  if (lit !== wanted) return null; // another one meanwhile
  const places = words ? counterparts(words.links, wanted) : { own: [], others: [] };
  paint("word", places.own);
  paint("partner", places.others);
  return { ...places, refused: words?.refused ?? "" };
}

/** The two ends of each link. @param {ShownWords["links"]} links @returns {[Place, Place][]} */
export const ends = (links) => links.map(([a, b, c, d, e, f]) => [[a, b, c], [d, e, f]]);

/**
 * The places of the linked words or parts of words at a place, and of their counterparts: [segment, start, end].
 * @param {ShownWords["links"]} links @param {Lit} _
 */
function counterparts(links, { segment, at, to = at + 1 }) {
  /** @param {Place} _ */
  const holds = ([id, start, end]) => id === segment && start < to && at < end;
  const both = [...ends(links), ...ends(links).map(([one, other]) => [other, one])].filter(([one]) => holds(one));
  return { own: both.map(([one]) => one), others: both.map(([, other]) => other) };
}

/** @param {string} name @param {readonly Place[]} places */
function paint(name, places) {
  const ranges = places.flatMap((place) => range(place) ?? []);
  if (ranges.length) CSS.highlights?.set(name, new Highlight(...ranges));
  else CSS.highlights?.delete(name);
}

/** A place as a range of the document, where its sentence is shown. @param {Place} _ */
function range([segment, start, end]) {
  const root = view.textOf(segment);
  if (!root) return null;
  const made = document.createRange();
  made.setStart(...pointAt(root, unitsBefore(root.textContent ?? "", start)));
  made.setEnd(...pointAt(root, unitsBefore(root.textContent ?? "", end)));
  return made;
}

const inSight = () => [...view.viewport.shown.values()].flatMap(({ node }) => view.rowOf(node) ?? []);

/** What the flags of the rows in sight name, once these are painted anew. */
export function drawLights() {
  if (!view || !CSS.highlights) return;
  const items = inSight();
  paint("term", items.flatMap((row) => [...row.source, ...row.target]).flatMap(({ id, terms = [] }) => terms.map(([start, end]) => /** @type {Place} */ ([id, start, end]))));
  paint("flagged", items.flatMap(({ flags }) => flags.filter(({ ignored }) => !ignored).flatMap(({ places }) => places)));
  if (lit) idle().then(relight);
}

/** Lights the same word again, whose row may be another one now. */
function relight() {
  const row = inSight().find((item) => [...item.source, ...item.target].some(({ id }) => id === lit?.segment));
  light(lit && row ? { ...lit, row } : null);
}

/** A flag that the mouse or the focus is on points at its words. @param {Event} event */
function flagPointed(event) {
  const node = targetOf(event).closest(".flag");
  const flags = (node && view.rowOf(node)?.flags) ?? [];
  paint("pointed", flags.find(({ name }) => name === node?.dataset.flag)?.places ?? []);
}

/**
 * To the next word of the sentence of the cursor, or the one before: lit, and read out with its counterparts.
 * @param {Row} row @param {Segment} segment @param {number} delta
 */
export async function step(row, segment, delta) {
  const { language: tag } = store.bitext[store.cursor.side];
  const starts = boundaries(segment.text, tag, "word").slice(0, -1);
  const words = starts.filter((start) => /[\p{L}\p{N}]/u.test(segment.text.slice(start, start + 2)));
  if (!words.length) throw new Unable(t("say.one_word"));
  const place = stepped?.segment === segment.id ? stepped.place : delta > 0 ? -1 : segment.text.length;
  const next = delta > 0 ? words.find((start) => start > place) : words.findLast((start) => start < place);
  const found = next ?? (delta > 0 ? words[0] : words[words.length - 1]);
  stepped = { segment: segment.id, place: found };
  const at = [...segment.text.slice(0, found)].length;
  const end = starts.find((start) => start > found) ?? segment.text.length;
  const to = at + [...segment.text.slice(found, end).replace(/[^\p{L}\p{M}\p{N}]+$/u, "")].length; // not the marks behind it
  const places = await light({ row, segment: segment.id, at, to }); // all parts of the word
  if (!places) return;
  if (places.refused) throw new Unable(places.refused);
  /** @param {Place} _ */
  const said = ([id, start, end]) => [...textOf(row, id)].slice(start, end).join("");
  if (!places.own.length) paint("word", [[segment.id, at, to]]);
  const word = said([segment.id, Math.min(at, ...places.own.map(([, start]) => start)), Math.max(to, ...places.own.map(([, , end]) => end))]);
  const others = [...new Set(places.others.map(said))].join(t("comma"));
  const says = others ? t("words.linked", { word, others }) : t("words.none", { word });
  say([says, termAt(row, segment.id, at)].filter(Boolean).join(" · "));
}

// What a sentence that stays alone may belong to

/** @type {Map<number, ShownPartner[]>} */
const partners = new Map(); // by the id of the row
/** @type {Map<number, Promise<void>>} */
const asked = new Map();
let revision = 0;

/** The likeliest partners of a row that stays alone, as far as they are known. @param {Row} row */
export const partnersOf = (row) => partners.get(row.id) ?? [];

/** Asks for the partners of a row that stays alone, and shows them below it. @param {Row} row */
export function proposed(row) {
  if (revision !== store.revision) {
    asked.clear();
    partners.clear();
  }
  revision = store.revision;
  if (!asked.has(row.id)) asked.set(row.id, propose(row));
  return asked.get(row.id);
}

/** @param {Row} row */
async function propose(row) {
  const [own] = [...row.source, ...row.target];
  try {
    /** @type {ShownPartner[]} */
    const found = await get(`${bitextPath()}/segments/${own.id}/partners`, {}, asking.signal);
    partners.set(row.id, found.filter(({ score }) => score >= LEAST));
  } catch {
    asked.delete(row.id); // asked again when the cursor rests here
  }
  if (partnersOf(row).length && view.textOf(own.id)) view.repaint();
}
