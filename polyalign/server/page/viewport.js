// A list of any length in a window: only what is in sight, and a little around it, is in the document.
// @ts-check

import { el } from "./dom.js";
import { Heights } from "./heights.js";
import { writing } from "./typing.js";

const AROUND = 400; // pixels above and below the sight that are kept ready
const GUESS = 84; // height of an item before any was measured, in pixels

export class Viewport {
  heights = new Heights(0, GUESS);
  /** @type {Map<string | number, {node: HTMLElement, sign: string}>} */
  shown = new Map();
  painting = false;

  /** @param {HTMLElement} root what scrolls, with `headings` above the list @param {HTMLElement} headings @param {Content} content */
  constructor(root, headings, content) {
    this.root = root;
    this.headings = headings;
    this.content = content;
    this.canvas = el("div", { class: "canvas", role: "rowgroup" });
    root.append(headings, this.canvas);
    root.addEventListener("scroll", () => this.paint(), { passive: true });
    this.sizes = new ResizeObserver(() => requestAnimationFrame(() => this.paint()));
    this.sizes.observe(root);
  }

  get sight() {
    return Math.max(0, this.root.clientHeight - this.headings.offsetHeight);
  }

  /** How many items there may be in sight and around it. */
  get span() {
    return Math.ceil((this.sight + 2 * AROUND) / 36);
  }

  /**
   * Another list, seen from its start on but for the item at that index.
   * @param {number} count @param {number} index
   */
  renew(count, index) {
    this.heights = new Heights(count, this.heights.guess);
    this.root.scrollTop = 0;
    const anchor = { index, y: index ? this.sight / 3 : 0 };
    this.paint(anchor);
    this.heights.learn();
    this.paint(anchor);
  }

  /** Items came or went near an index. @param {number} count @param {number} index */
  resize(count, index) {
    if (count !== this.heights.count) this.heights.resize(count, index);
  }

  /** Brings the document to what is in sight; the item of `anchor` stays where it is while heights are measured. */
  paint(anchor = this.top()) {
    if (this.root.hidden || this.painting) return;
    this.painting = true;
    this.pad(0, this.heights.count - 1);
    this.scrolled(anchor);
    for (let round = 0; round < 4; round++) {
      const [first, last] = this.window();
      this.fill(first, last);
      const moved = this.measure(first, last);
      this.pad(first, last);
      this.scrolled(anchor);
      if (!moved) break;
    }
    this.painting = false;
    this.content.painted(...this.window());
  }

  /** The item at the upper edge; once the list is at its end, the end. */
  top() {
    const { scrollTop, clientHeight, scrollHeight } = this.root;
    const ended = scrollTop > 0 && scrollTop + clientHeight > scrollHeight - 2;
    const index = ended ? this.heights.count : this.heights.at(scrollTop);
    return { index, y: this.yOf(index) };
  }

  /** How far below the upper edge an item begins. @param {number} index */
  yOf(index) {
    return this.heights.before(index) - this.root.scrollTop;
  }

  /** The first and last item in sight or around it. @returns {[number, number]} */
  window() {
    const top = this.root.scrollTop;
    const first = this.heights.at(Math.max(0, top - AROUND));
    return [first, this.heights.count ? this.heights.at(top + this.sight + AROUND) : -1];
  }

  /** @param {Anchor} anchor */
  scrolled({ index, y }) {
    const wanted = Math.max(0, this.heights.before(index) - y);
    if (Math.abs(this.root.scrollTop - wanted) > 1) this.root.scrollTop = wanted;
  }

  /** @param {number} first @param {number} last */
  pad(first, last) {
    this.canvas.style.height = `${this.heights.total}px`;
    this.canvas.style.paddingTop = last < first ? "0" : `${this.heights.before(first)}px`;
  }

  /** @param {number} first @param {number} last */
  measure(first, last) {
    let moved = false;
    let node = this.canvas.firstElementChild;
    for (let index = first; index <= last && node; index++, node = node.nextElementSibling) {
      if (node.matches(".hole")) continue;
      const height = node.getBoundingClientRect().height;
      if (Math.abs(height - this.heights.values[index]) > 0.4) {
        this.heights.set(index, height);
        moved = true;
      }
    }
    return moved;
  }

  /** @param {number} first @param {number} last */
  fill(first, last) {
    const focus = this.heldFocus();
    const wanted = [];
    for (let index = first; index <= last; index++) wanted.push(this.content.wanted(index));
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, { node }] of this.shown) if (!keys.has(key)) this.drop(key, node);
    let before = null;
    for (const one of wanted) {
      const node = this.made(one);
      /** @type {ChildNode | null} */
      const place = before ? before.nextSibling : this.canvas.firstChild;
      if (place !== node) this.canvas.insertBefore(node, place);
      before = node;
    }
    this.content.filled();
    focus();
  }

  /** The element of an item, the one there is where nothing of it changed. @param {Wanted} item */
  made({ key, sign, make }) {
    const old = this.shown.get(key);
    if (old?.sign === sign) return old.node;
    const node = make();
    if (old) {
      this.sizes.unobserve(old.node);
      old.node.replaceWith(node);
    }
    this.shown.set(key, { node, sign });
    this.sizes.observe(node);
    return node;
  }

  /** @param {string | number} key @param {HTMLElement} node */
  drop(key, node) {
    this.content.dropped(node);
    this.sizes.unobserve(node);
    this.shown.delete(key);
    node.remove();
  }

  /** Gives what brings the focus back after elements were replaced. */
  heldFocus() {
    const active = document.activeElement;
    if (!active || !this.canvas.contains(active)) return () => {};
    const { selectionStart, selectionEnd } = /** @type {HTMLTextAreaElement} */ (active);
    return () => {
      if (active.isConnected && document.activeElement === active) return;
      const area = active.matches("textarea") && this.canvas.querySelector("textarea");
      if (area) {
        area.focus({ preventScroll: true });
        area.setSelectionRange(selectionStart, selectionEnd);
      } else if (!writing()) this.content.focus();
    };
  }

  /** Scrolls as far as needed for an item, and a margin around it, to be in sight. @param {number} index */
  reveal(index, margin = Math.min(48, this.sight / 6)) {
    const top = this.yOf(index);
    const height = this.heights.values[index] ?? 0;
    if (top < -this.sight || top > 2 * this.sight) this.paint({ index, y: this.sight / 3 });
    else if (top < margin) this.paint({ index, y: Math.min(margin, this.heights.before(index)) });
    else if (top + height > this.sight - margin)
      this.paint({ index, y: Math.max(margin, this.sight - height - margin) });
  }
}

/** What stands for an item that is not there yet. @param {number} height */
export function hole(height) {
  const node = el("div", { class: "row hole", "aria-hidden": true });
  node.style.height = `${height}px`;
  return node;
}
