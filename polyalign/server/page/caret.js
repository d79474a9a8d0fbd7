// The places where a row is split: carets that move by words, or graphemes, of the logical string.
// @ts-check

import { boundaries, fill, pointsBefore } from "./bidi.js";
import { el, find, targetOf } from "./dom.js";
import { SIDES, other } from "./store.js";
import { t } from "./strings.js";
import { typing } from "./typing.js";

/**
 * UTF-16 offset of a place in the document within an element's text.
 * @param {Node} root @param {Node} node @param {number} offset
 */
function offsetIn(root, node, offset) {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/**
 * The text node and offset of a UTF-16 offset in an element's text.
 * @param {Node} root @param {number} offset @returns {[Node, number]}
 */
export function pointAt(root, offset) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let left = offset;
  /** @type {Text | null} */
  let last = null;
  while (walker.nextNode()) {
    last = /** @type {Text} */ (walker.currentNode);
    if (left <= last.length) return [last, left];
    left -= last.length;
  }
  return [last ?? root, last?.length ?? 0];
}

/** Where a click put the caret in that element, in UTF-16 units; null if it is elsewhere. @param {Node} root */
function selectedIn(root) {
  const selection = getSelection();
  if (!root || !selection?.rangeCount) return null;
  const range = selection.getRangeAt(0);
  return root.contains(range.startContainer) ? offsetIn(root, range.startContainer, range.startOffset) : null;
}

/** @param {HTMLElement} root @param {number} offset */
function rectAt(root, offset) {
  const range = document.createRange();
  range.setStart(...pointAt(root, offset));
  range.collapse(true);
  const [rect] = range.getClientRects();
  return rect ?? root.getBoundingClientRect();
}

/** @param {HTMLElement} root @param {number} x @param {number} y */
export function offsetAt(root, x, y) {
  const place = document.caretPositionFromPoint?.(x, y);
  if (place) return root.contains(place.offsetNode) ? offsetIn(root, place.offsetNode, place.offset) : null;
  const range = document.caretRangeFromPoint?.(x, y);
  return range && root.contains(range.startContainer) ? offsetIn(root, range.startContainer, range.startOffset) : null;
}

/**
 * Draws a caret over the text of a segment; gives the element.
 * @param {HTMLElement} root @param {number} offset @param {string} name
 */
function drawn(root, offset, name) {
  const rect = rectAt(root, offset);
  const body = root.parentElement ?? root;
  const frame = body.getBoundingClientRect();
  const mark = el("span", { class: name, "aria-hidden": true });
  Object.assign(mark.style, {
    left: `${rect.left - frame.left}px`,
    top: `${rect.top - frame.top}px`,
    height: `${rect.height}px`,
  });
  body.append(mark);
  return mark;
}

/** @type {HTMLElement | null} */
let faint = null;

/** Shows where a click has put the selection: S splits there. @param {() => boolean} wanted */
export function followSelection(wanted) {
  document.addEventListener("selectionchange", () => {
    faint?.remove();
    faint = null;
    const selection = getSelection();
    const root = selection?.isCollapsed && selection.anchorNode?.parentElement?.closest("#rows .segment .text");
    if (root && wanted() && !active) faint = drawn(root, selectedIn(root) ?? 0, "caret faint");
  });
}

/** @type {Splitting | null} */
let active = null;

/**
 * Starts the split mode on the cells {source, target}, each {root, id, text, language}, in the one of `side`.
 * Enter calls `done` with the places: {source, target}, each {id, at} in code points. False where no cell of
 * that side can be split.
 * @param {Partial<Record<Side, Cuttable>>} cells @param {Side} side @param {(cuts: Cuts) => unknown} done
 */
export function startCaret(cells, side, done) {
  active?.end();
  /** @type {Partial<Record<Side, Mark>>} */
  const marks = {};
  for (const name of SIDES) {
    const mark = cells[name] && new Mark(cells[name]);
    if (mark?.words.length) marks[name] = mark;
  }
  const mark = marks[side];
  if (!mark) return false;
  active = new Splitting(marks, side, mark, done);
  return true;
}

export const splitting = () => active !== null;
export const stopCaret = () => active?.end();

/**
 * UTF-16 offsets between the words of a text, where one sentence may end: never at its ends, before no space.
 * @param {string} text @param {string} language
 */
function borders(text, language) {
  const starts = boundaries(text, language, "word").map((place) => {
    while (/[\p{Ps}\p{Pi}"']/u.test(text[place - 1] ?? "")) place -= 1;
    return place;
  });
  const places = starts.filter((place) => text.slice(0, place).trim() && text.slice(place).trim());
  const spaced = places.filter((place) => /\s/.test(text[place - 1]));
  return [...new Set(spaced.length ? spaced : places)];
}

const ENDS = /[.!?؟…。！？][\p{Pe}\p{Pf}"']*\s*$/u;
const PAUSES = /[;:,،؛؛–—][\p{Pe}\p{Pf}"']*\s*$/u;

/** A place in the text of one cell. */
class Mark {
  /** @param {Cuttable} cell */
  constructor({ root, id, text, language }) {
    this.root = root;
    this.id = id;
    this.text = text;
    this.language = language;
    this.backwards = getComputedStyle(root).direction === "rtl";
    this.graphemes = boundaries(text, language, "grapheme");
    this.words = borders(text, language);
    this.offset = 0; // a place between words is none of the ends
  }

  /**
   * Where a cut is likeliest: where the user clicked, else near that share of the text, best behind a stop.
   * @param {number} share
   */
  propose(share) {
    const clicked = selectedIn(this.root);
    if (clicked) return this.at(clicked);
    /** @param {number} place */
    const cost = (place) => {
      const before = this.text.slice(0, place);
      return Math.abs(place / this.text.length - share) + (ENDS.test(before) ? 0 : PAUSES.test(before) ? 0.15 : 0.3);
    };
    this.offset = this.words.reduce((best, place) => (cost(place) < cost(best) ? place : best));
    return undefined;
  }

  /** Puts the place on the nearest of these. @param {number} offset */
  at(offset, places = this.words) {
    this.offset = places.reduce((best, place) => (Math.abs(place - offset) < Math.abs(best - offset) ? place : best));
  }

  /** @param {number[]} places @param {number} delta */
  step(places, delta) {
    this.offset =
      (delta > 0 ? places.find((place) => place > this.offset) : places.findLast((place) => place < this.offset)) ??
      this.offset;
  }

  /** @param {number} delta */
  line(delta) {
    const rect = rectAt(this.root, this.offset);
    const height = parseFloat(getComputedStyle(this.root).lineHeight) || rect.height * 1.5;
    const offset = offsetAt(this.root, rect.left, rect.top + rect.height / 2 + delta * height);
    if (offset !== null) this.at(offset);
  }

  show() {
    this.caret?.remove();
    this.caret = drawn(this.root, this.offset, "caret");
  }

  hide() {
    this.caret?.remove();
    this.offset = 0;
  }

  /** What comes before the place and what comes behind it, in the direction of the text. */
  preview() {
    const [before, after] = [this.text.slice(0, this.offset).trimEnd(), this.text.slice(this.offset)];
    /** @param {string} text */
    const part = (text) => fill(el("bdi"), text);
    const [head, tail] = [
      before.length < 40 ? before : `…${before.slice(-38)}`,
      after.length < 40 ? after : `${after.slice(0, 38)}…`,
    ];
    return el(
      "span",
      { class: "preview", lang: this.language, dir: this.backwards ? "rtl" : "ltr" },
      part(head),
      el("span", { class: "cut", role: "img", "aria-label": t("split.cut") }, "✂"),
      part(tail),
    );
  }

  /** What would become the second sentence. */
  rest() {
    const range = document.createRange();
    range.setStart(...pointAt(this.root, this.offset));
    range.setEnd(...pointAt(this.root, this.text.length));
    return range;
  }
}

class Splitting {
  stop = new AbortController();

  /** @param {Partial<Record<Side, Mark>>} marks @param {Side} side @param {Mark} mark of that side @param {(cuts: Cuts) => unknown} done */
  constructor(marks, side, mark, done) {
    this.marks = marks;
    this.side = side;
    this.mark = mark;
    this.done = done;
    mark.propose(0.5);
    getSelection()?.removeAllRanges();
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => this.pressed(event), { capture: true, signal });
    document.addEventListener("mousedown", (event) => this.clicked(event), { capture: true, signal });
    this.show();
  }

  get placed() {
    return Object.values(this.marks).filter((mark) => mark.offset);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (!this.mark.root.isConnected || typing(event.target)) return this.end();
    if (["Control", "Shift", "Alt", "Meta"].includes(event.key)) return undefined;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { key } = event;
    if (key === "Enter") return this.accept();
    if (key === "Escape") return this.end();
    const places = event.ctrlKey || event.altKey ? this.mark.graphemes.slice(1, -1) : this.mark.words;
    const forward = key === (this.mark.backwards ? "ArrowLeft" : "ArrowRight");
    if (key === "Tab") this.turn(event.shiftKey);
    else if (key === "Home") this.mark.at(0);
    else if (key === "End") this.mark.at(this.mark.text.length);
    else if (key === "ArrowLeft" || key === "ArrowRight") this.mark.step(places, forward ? 1 : -1);
    else if (key === "ArrowUp" || key === "ArrowDown") this.mark.line(key === "ArrowDown" ? 1 : -1);
    return this.show();
  }

  /** From now on keys move that place. @param {Mark} mark */
  at(mark) {
    this.mark = mark;
    this.side = mark === this.marks.source ? "source" : "target";
  }

  /** To the other text, which is to be cut too; with Shift back, and that one is not. @param {boolean} back */
  turn(back) {
    const next = this.marks[other(this.side)];
    if (!next) return;
    const share = this.mark.offset / this.mark.text.length;
    if (back) this.mark.hide();
    this.at(next);
    if (!next.offset) next.propose(share);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    for (const mark of Object.values(this.marks)) {
      const offset = mark.root.contains(targetOf(event)) ? offsetAt(mark.root, event.clientX, event.clientY) : null;
      if (offset === null) continue;
      event.preventDefault();
      this.at(mark);
      mark.at(offset);
      return this.show();
    }
    return this.end();
  }

  show() {
    for (const mark of this.placed) mark.show();
    this.mark.caret?.scrollIntoView({ block: "nearest" });
    if (CSS.highlights) CSS.highlights.set("second", new Highlight(...this.placed.map((mark) => mark.rest())));
    const both = this.placed.length > 1;
    const more = Object.keys(this.marks).length > 1 && !both;
    mode(
      t(both ? "split.rows" : "command.split.label"),
      this.placed.map((mark) => mark.preview()),
      t(more ? "split.keys.more" : "split.keys"),
    );
  }

  accept() {
    /** @type {Cuts} */
    const cuts = {};
    for (const side of SIDES) {
      const { id = 0, text = "", offset = 0 } = this.marks[side] ?? {};
      if (offset) cuts[side] = { id, at: pointsBefore(text, offset) };
    }
    this.end();
    this.done(cuts);
  }

  end() {
    this.stop.abort();
    for (const mark of Object.values(this.marks)) mark.hide();
    CSS.highlights?.delete("second");
    mode();
    active = null;
  }
}

/** The line that says which mode the page is in; nothing clears it. @param {(Node | string)[]} parts */
export function mode(name = "", parts = [], keys = "") {
  const line = find("#mode");
  line.hidden = !name;
  line.replaceChildren(...(name ? [el("b", {}, name), ...parts, el("span", { class: "hint" }, keys)] : []));
}
