// The places where a row is split: carets that move by words, or graphemes, of the logical string.

import { boundaries, fill, pointsBefore } from "./bidi.js";
import { el, find } from "./dom.js";
import { t } from "./strings.js";
import { typing } from "./typing.js";

/** UTF-16 offset of a place in the document within an element's text. */
function offsetIn(root, node, offset) {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** The text node and offset of a UTF-16 offset in an element's text. */
export function pointAt(root, offset) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let left = offset;
  for (let node = walker.nextNode(), last = node; ; last = node, node = walker.nextNode()) {
    if (!node) return [last ?? root, last ? last.length : 0];
    if (left <= node.length) return [node, left];
    left -= node.length;
  }
}

/** Where a click put the caret in that element, in UTF-16 units; null if it is elsewhere. */
function selectedIn(root) {
  const selection = getSelection();
  if (!root || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  return root.contains(range.startContainer) ? offsetIn(root, range.startContainer, range.startOffset) : null;
}

function rectAt(root, offset) {
  const range = document.createRange();
  range.setStart(...pointAt(root, offset));
  range.collapse(true);
  const [rect] = range.getClientRects();
  return rect ?? root.getBoundingClientRect();
}

export function offsetAt(root, x, y) {
  const place = document.caretPositionFromPoint?.(x, y);
  if (place) return root.contains(place.offsetNode) ? offsetIn(root, place.offsetNode, place.offset) : null;
  const range = document.caretRangeFromPoint?.(x, y);
  return range && root.contains(range.startContainer) ? offsetIn(root, range.startContainer, range.startOffset) : null;
}

/** Draws a caret over the text of a segment; gives the element. */
function drawn(root, offset, name) {
  const rect = rectAt(root, offset);
  const frame = root.parentElement.getBoundingClientRect();
  const mark = el("span", { class: name, "aria-hidden": true });
  Object.assign(mark.style, {
    left: `${rect.left - frame.left}px`,
    top: `${rect.top - frame.top}px`,
    height: `${rect.height}px`,
  });
  root.parentElement.append(mark);
  return mark;
}

let faint = null;

/** Shows where a click has put the selection: S splits there. */
export function followSelection(wanted) {
  document.addEventListener("selectionchange", () => {
    faint?.remove();
    faint = null;
    const selection = getSelection();
    const root = selection.isCollapsed && selection.anchorNode?.parentElement?.closest("#rows .segment .text");
    if (root && wanted() && !active) faint = drawn(root, selectedIn(root), "caret faint");
  });
}

let active = null;

/**
 * Starts the split mode on the cells {source, target}, each {root, id, text, language}, in the one of `side`.
 * Enter calls `done` with the places: {source, target}, each {id, at} in code points. False where no cell of
 * that side can be split.
 */
export function startCaret(cells, side, done) {
  active?.end();
  const marks = {};
  for (const name of Object.keys(cells)) {
    const mark = new Mark(cells[name]);
    if (mark.words.length) marks[name] = mark;
  }
  if (!marks[side]) return false;
  active = new Splitting(marks, side, done);
  return true;
}

export const splitting = () => active !== null;
export const stopCaret = () => active?.end();

/** UTF-16 offsets between the words of a text, where one sentence may end: never at its ends, before no space. */
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
  constructor({ root, id, text, language }) {
    Object.assign(this, { root, id, text, language });
    this.backwards = getComputedStyle(root).direction === "rtl";
    this.graphemes = boundaries(text, language, "grapheme");
    this.words = borders(text, language);
    this.offset = null;
  }

  /** Where a cut is likeliest: where the user clicked, else near that share of the text, best behind a stop. */
  propose(share) {
    const clicked = selectedIn(this.root);
    if (clicked > 0) return this.at(clicked, this.words);
    const cost = (place) => {
      const before = this.text.slice(0, place);
      return Math.abs(place / this.text.length - share) + (ENDS.test(before) ? 0 : PAUSES.test(before) ? 0.15 : 0.3);
    };
    this.offset = this.words.reduce((best, place) => (cost(place) < cost(best) ? place : best));
    return undefined;
  }

  /** Puts the place on the nearest of these. */
  at(offset, places = this.words) {
    this.offset = places.reduce((best, place) => (Math.abs(place - offset) < Math.abs(best - offset) ? place : best));
  }

  step(places, delta) {
    this.offset =
      (delta > 0 ? places.find((place) => place > this.offset) : places.findLast((place) => place < this.offset)) ??
      this.offset;
  }

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
    this.offset = null;
  }

  /** What comes before the place and what comes behind it, in the direction of the text. */
  preview() {
    const [before, after] = [this.text.slice(0, this.offset).trimEnd(), this.text.slice(this.offset)];
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
  constructor(marks, side, done) {
    Object.assign(this, { marks, side, done });
    this.mark.propose(0.5);
    getSelection().removeAllRanges();
    this.stop = new AbortController();
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => this.pressed(event), { capture: true, signal });
    document.addEventListener("mousedown", (event) => this.clicked(event), { capture: true, signal });
    this.show();
  }

  get mark() {
    return this.marks[this.side];
  }

  get placed() {
    return Object.values(this.marks).filter((mark) => mark.offset !== null);
  }

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

  /** To the other text, which is to be cut too; with Shift back, and that one is not. */
  turn(back) {
    const next = this.side === "source" ? "target" : "source";
    if (!this.marks[next]) return;
    const share = this.mark.offset / this.mark.text.length;
    if (back) this.mark.hide();
    this.side = next;
    if (this.mark.offset === null) this.mark.propose(share);
  }

  clicked(event) {
    for (const [side, mark] of Object.entries(this.marks)) {
      const offset = mark.root.contains(event.target) ? offsetAt(mark.root, event.clientX, event.clientY) : null;
      if (offset === null) continue;
      event.preventDefault();
      this.side = side;
      mark.at(offset);
      return this.show();
    }
    return this.end();
  }

  show() {
    for (const mark of this.placed) mark.show();
    this.mark.caret.scrollIntoView({ block: "nearest" });
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
    const cuts = {};
    for (const [side, { id, text, offset }] of Object.entries(this.marks))
      if (offset !== null) cuts[side] = { id, at: pointsBefore(text, offset) };
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

/** The line that says which mode the page is in; nothing clears it. */
export function mode(name = "", parts = [], keys = "") {
  const line = find("#mode");
  line.hidden = !name;
  line.replaceChildren(...(name ? [el("b", {}, name), ...parts, el("span", { class: "hint" }, keys)] : []));
}
