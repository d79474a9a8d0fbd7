// The place where a sentence is split: a caret that moves by graphemes and words of the logical string.

import { boundaries, fill, pointsBefore } from "./bidi.js";
import { el, find } from "./dom.js";
import { typing } from "./typing.js";

/** UTF-16 offset of a place in the document within an element's text. */
function offsetIn(root, node, offset) {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** The text node and offset of a UTF-16 offset in an element's text. */
function pointAt(root, offset) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let left = offset;
  for (let node = walker.nextNode(), last = node; ; last = node, node = walker.nextNode()) {
    if (!node) return [last ?? root, last ? last.length : 0];
    if (left <= node.length) return [node, left];
    left -= node.length;
  }
}

/** Where the user's selection begins within that element, in UTF-16 units; null if it is not there. */
export function selectedIn(root) {
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

function offsetAt(root, x, y) {
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

/** Starts the split mode; `done(code points)` is called on Enter. */
export function startCaret(root, text, language, done) {
  active?.end();
  active = new Caret(root, text, language, done);
}

export const splitting = () => active !== null;
export const stopCaret = () => active?.end();

class Caret {
  constructor(root, text, language, done) {
    Object.assign(this, { root, text, language, done });
    this.backwards = getComputedStyle(root).direction === "rtl";
    this.graphemes = boundaries(text, language, "grapheme");
    this.words = boundaries(text, language, "word");
    this.offset = this.nearest(Math.round(text.length / 2), this.words);
    this.stop = new AbortController();
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => this.pressed(event), { capture: true, signal });
    document.addEventListener("mousedown", (event) => this.clicked(event), { capture: true, signal });
    this.show();
  }

  nearest(offset, places) {
    return places.reduce((best, place) => (Math.abs(place - offset) < Math.abs(best - offset) ? place : best));
  }

  pressed(event) {
    if (!this.root.isConnected || typing(event.target)) return this.end();
    if (["Control", "Shift", "Alt", "Meta"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === "Enter") return this.accept();
    if (event.key === "Escape" || event.key === "Tab") return this.end();
    const places = event.ctrlKey || event.altKey ? this.words : this.graphemes;
    const forward = event.key === (this.backwards ? "ArrowLeft" : "ArrowRight");
    if (event.key === "Home") this.offset = 0;
    else if (event.key === "End") this.offset = this.text.length;
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.offset = this.next(places, forward ? 1 : -1);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.line(event.key === "ArrowDown" ? 1 : -1);
    this.show();
  }

  next(places, step) {
    const further =
      step > 0 ? places.find((place) => place > this.offset) : places.findLast((place) => place < this.offset);
    return further ?? this.offset;
  }

  line(step) {
    const rect = rectAt(this.root, this.offset);
    const height = parseFloat(getComputedStyle(this.root).lineHeight) || rect.height * 1.5;
    const offset = offsetAt(this.root, rect.left, rect.top + rect.height / 2 + step * height);
    if (offset !== null) this.offset = this.nearest(offset, this.graphemes);
  }

  clicked(event) {
    const offset = this.root.contains(event.target) ? offsetAt(this.root, event.clientX, event.clientY) : null;
    if (offset === null) return this.end();
    event.preventDefault();
    this.offset = this.nearest(offset, this.graphemes);
    this.show();
  }

  show() {
    this.mark?.remove();
    this.mark = drawn(this.root, this.offset, "caret");
    this.mark.scrollIntoView({ block: "nearest" });
    this.shade();
    const [before, after] = [this.text.slice(0, this.offset), this.text.slice(this.offset)];
    const part = (text) => fill(el("bdi", { lang: this.language, dir: this.backwards ? "rtl" : "ltr" }), text);
    const short = (text, end) => (text.length < 40 ? text : end ? "…" + text.slice(-38) : text.slice(0, 38) + "…");
    mode(
      "Split",
      [part(short(before, true)), el("span", { class: "cut", "aria-label": "cut" }, "✂"), part(short(after))],
      "arrow keys move, with Ctrl by word; Enter splits, Esc leaves",
    );
  }

  /** What would become the second sentence stands on another ground, where the browser can do that. */
  shade() {
    if (!CSS.highlights) return;
    const range = document.createRange();
    range.setStart(...pointAt(this.root, this.offset));
    range.setEnd(...pointAt(this.root, this.text.length));
    CSS.highlights.set("second", new Highlight(range));
  }

  accept() {
    const at = this.offset;
    if (at <= 0 || at >= this.text.length) return;
    this.end();
    this.done(pointsBefore(this.text, at));
  }

  end() {
    this.stop.abort();
    this.mark?.remove();
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
