// The texts view: both texts in their own order, side by side, with a link for every pair. Crossing links cross.
// @ts-check

import { get } from "./api.js";
import { SIDES, bitextPath, langOf, other, set, store } from "./store.js";
import { bdi, el, svg, targetOf } from "./dom.js";
import { fileName } from "./labels.js";
import { Listing } from "./listing.js";
import { quality } from "./row.js";
import { fail } from "./saving.js";
import { languageName, named, number as told, t } from "./strings.js";
import { writing } from "./typing.js";

const HEIGHT = 52; // of a cell, in pixels: as .strip in texts.css

export class TextsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.links = svg("svg", { class: "links", "aria-hidden": "true" });
    this.columns = { source: new Column("source", this), target: new Column("target", this) };
    const gap = el("div", { class: "gap" });
    gap.append(this.links);
    root.append(this.columns.source.node, gap, this.columns.target.node);
    root.addEventListener("click", (event) => this.clicked(event));
    new ResizeObserver(() => this.paint()).observe(root);
  }

  /** @param {number | null} row */
  async open(row = null) {
    for (const side of SIDES) this.columns[side].renew();
    await Promise.all(SIDES.map((side) => this.columns[side].listing.ensure(0, 0)));
    this.fresh();
    if (row !== null) await this.go(row, { side: store.cursor.side });
    else this.paint();
  }

  fresh() {
    set({ revision: Math.min(...SIDES.map((side) => this.columns[side].listing.revision)) });
    for (const side of SIDES) this.columns[side].headed();
  }

  /** @param {number | null} focus */
  async refresh(focus = null) {
    const tops = SIDES.map((side) => this.columns[side].list.scrollTop);
    for (const side of SIDES) this.columns[side].renew();
    await Promise.all(SIDES.map((side) => this.columns[side].fetchWindow()));
    this.fresh();
    SIDES.forEach((side, place) => (this.columns[side].list.scrollTop = tops[place]));
    this.paint();
    if (focus !== null && focus !== store.cursor.row) await this.go(focus);
  }

  holds() {
    return false; // no flags are shown here
  }

  patch() {
    return false; // a change of a row changes cells and links: both texts are fetched anew
  }

  /** One column was scrolled: the other follows so that partners stay across from each other. @param {Side} side */
  scrolled(side) {
    const column = this.columns[side];
    // a frame may be late, so what tells our own scrolling from the user's is where it led, not when
    if (column.list.scrollTop !== column.led) {
      column.led = null;
      this.follow(side);
    }
    this.paint();
  }

  /** @param {Side} side */
  follow(side) {
    const [mine, theirs] = [this.columns[side], this.columns[other(side)]];
    theirs.list.scrollTop = this.opposite(mine, theirs);
    theirs.led = theirs.list.scrollTop;
  }

  /**
   * Where the other column has to be: between the partners of what is in the middle of this one, else in proportion.
   * @param {Column} mine @param {Column} theirs
   */
  opposite(mine, theirs) {
    const middle = mine.list.clientHeight / 2;
    const at = (mine.list.scrollTop + middle) / HEIGHT;
    const [before, after] = [this.linked(mine, Math.floor(at), -1), this.linked(mine, Math.floor(at) + 1, 1)];
    const low = before ?? [-1, -1];
    const high = after ?? [mine.listing.total, theirs.listing.total];
    const share = high[0] === low[0] ? 0 : (at - 0.5 - low[0]) / (high[0] - low[0]);
    return (low[1] + share * (high[1] - low[1]) + 0.5) * HEIGHT - middle;
  }

  /** @param {Column} column @param {number} from @param {number} step */
  linked(column, from, step) {
    for (let index = from, left = 200; left && index >= 0 && index < column.listing.total; index += step, left--) {
      const segment = column.listing.item(index);
      if (!segment) return null;
      if (segment.partners.length) return [index, this.columns[other(column.side)].placeOf(segment.partners[0])];
    }
    return null;
  }

  paint() {
    if (this.root.hidden) return;
    for (const side of SIDES) this.columns[side].paint();
    this.draw();
    this.decorate();
  }

  draw() {
    const width = this.links.parentElement?.clientWidth ?? 0;
    const drawn = new Map();
    for (const side of SIDES)
      for (const [index, segment] of this.columns[side].sight())
        for (const partner of segment.partners) {
          const place = this.columns[other(side)].placeOf(partner);
          const pair = side === "source" ? [index, place] : [place, index];
          drawn.set(pair.join(), this.link(segment, pair, width));
        }
    this.links.replaceChildren(...[...drawn.values()].flat());
  }

  /** @param {TextSegment} segment @param {number[]} _ @param {number} width */
  link(segment, [source, target], width) {
    /** @param {Side} side @param {number} index */
    const y = (side, index) => index * HEIGHT - this.columns[side].list.scrollTop + HEIGHT / 2;
    const [a, b] = [y("source", source), y("target", target)];
    const d = `M0 ${a} C ${width * 0.45} ${a}, ${width * 0.55} ${b}, ${width} ${b}`;
    const props = { d, "data-row": segment.row };
    const shown = svg("path", {...props, class: "shown", "data-state": segment.state, "data-quality": quality(segment) });
    return [shown, svg("path", { ...props, class: "reach" })];
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const node = targetOf(event).closest("[data-row]");
    if (!node) return;
    const { side, index } = node.dataset;
    if (index) this.point(side === "source" ? "source" : "target", Number(index));
    else this.go(Number(node.dataset.row), { side: store.cursor.side }).catch(fail);
  }

  // The cursor

  /** @param {Side} side @param {number} index */
  point(side, index, { focus = true } = {}) {
    const column = this.columns[side];
    const segment = column.listing.item(index);
    if (!segment) return;
    set({ cursor: { ...store.cursor, row: segment.row, run: false, side, wish: side, segment: segment.id, place: index } });
    column.reveal(index);
    this.follow(side);
    this.paint();
    if (focus && !writing()) this.focus();
  }

  decorate() {
    for (const node of this.root.querySelectorAll("[data-row]")) {
      const here = Number(node.dataset.row) === store.cursor.row;
      node.classList.toggle("here", here);
      if (!node.dataset.segment) continue;
      const id = Number(node.dataset.segment);
      node.tabIndex = id === store.cursor.segment ? 0 : -1;
      node.classList.toggle("marked", store.marked?.segment === id);
      node.classList.toggle("chosen", store.chosen.has(id));
    }
    for (const path of this.links.querySelectorAll(".here.shown")) this.links.append(path);
  }

  repaint() {
    this.paint();
  }

  focus() {
    (this.root.querySelector(".strip[tabindex='0']") ?? this.root).focus({ preventScroll: true });
  }

  /** @param {number} delta */
  async move(delta) {
    const column = this.columns[store.cursor.side];
    const index = Math.max(0, Math.min(column.listing.total - 1, (store.cursor.place ?? 0) + delta));
    await column.listing.ensure(index, index);
    this.point(store.cursor.side, index);
  }

  /** @param {number} delta */
  step(delta) {
    return this.move(delta);
  }

  async onward() {
    return () => this.move(1);
  }

  /** To the other text: to the partner, or to what stands across from it. @param {Side} side */
  async across(side) {
    const here = this.columns[other(side)].listing.item(store.cursor.place ?? 0);
    const top = this.columns[side].list;
    const partner = here?.partners[0];
    const index =
      partner !== undefined
        ? this.columns[side].placeOf(partner)
        : Math.floor((top.scrollTop + top.clientHeight / 2) / HEIGHT);
    await this.columns[side].listing.ensure(index, index);
    this.point(side, Math.min(index, this.columns[side].listing.total - 1));
  }

  /** @param {number} row @param {Going} _ */
  async go(row, { side = store.cursor.side } = {}) {
    const { row: found } = await get(`${bitextPath()}/rows/${row}`);
    const has = found[side].length ? side : other(side);
    const { number } = found[has][0];
    await this.columns[has].listing.ensure(number - 1, number - 1);
    this.point(has, this.columns[has].placeOf(number));
  }

  async current() {
    if (store.cursor.row === null) return null;
    const { row } = await get(`${bitextPath()}/rows/${store.cursor.row}`);
    const { side } = store.cursor;
    return {
      row,
      item: row,
      ids: [row.id],
      side,
      segment: row[side].find((/** @type {Segment} */ { id }) => id === store.cursor.segment) ?? row[side][0],
    };
  }

  textOf() {
    return null;
  }
}

class Column {
  /** @param {Side} side @param {TextsView} view */
  constructor(side, view) {
    this.side = side;
    this.view = view;
    this.listing = this.renewed();
    /** @type {number | null} */
    this.led = null; // where our own scrolling led
    this.heading = el("h2", { class: "heading" });
    this.canvas = el("div", { class: "canvas" });
    this.list = el("div", { class: "strips", tabindex: -1 }, this.canvas);
    this.node = el("div", { class: `column ${side}`, role: "group" }, this.heading, this.list);
    this.list.addEventListener("scroll", () => view.scrolled(side), { passive: true });
  }

  renew() {
    this.listing = this.renewed();
  }

  /** @returns {Listing<TextSegment>} */
  renewed() {
    return new Listing(async (offset, limit) => {
      const { revision, total, segments } = await get(`${bitextPath()}/texts/${this.side}`, { offset, limit });
      return { revision, total, items: segments };
    });
  }

  /** Where the sentence of that number stands; deleted ones before it are not shown. @param {number} number */
  placeOf(number) {
    const index = this.listing.where((segment) => segment.number === number);
    return index < 0 ? number - 1 : index;
  }

  headed() {
    const { language, path } = store.bitext[this.side];
    const name = languageName(language);
    this.node.setAttribute("aria-label", t("texts.side", { language: name }));
    this.heading.replaceChildren(el("b", {}, name), bdi(fileName(path), "file"));
  }

  /** @returns {[number, number]} */
  window() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / HEIGHT) - 4);
    return [first, first + Math.ceil(this.list.clientHeight / HEIGHT) + 8];
  }

  /** [index, segment] of what is loaded in sight and around. */
  sight() {
    const [first, last] = this.window();
    /** @type {[number, TextSegment][]} */
    const found = [];
    for (let index = first; index <= Math.min(last, this.listing.total - 1); index++) {
      const segment = this.listing.item(index);
      if (segment) found.push([index, segment]);
    }
    return found;
  }

  fetchWindow() {
    return this.listing.ensure(...this.window());
  }

  paint() {
    const [first, last] = this.window();
    this.canvas.style.height = `${this.listing.total * HEIGHT}px`;
    const active = document.activeElement?.closest?.(".strip")?.dataset.segment;
    this.canvas.replaceChildren(...this.sight().map(([index, segment]) => this.strip(index, segment)));
    if (active) this.canvas.querySelector(`[data-segment="${active}"]`)?.focus({ preventScroll: true });
    const end = Math.min(last, this.listing.total - 1);
    for (let index = first; index <= end; index++) if (!this.listing.item(index)) return this.later();
    return undefined;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetchWindow().then((came) => came && this.view.paint()).catch(fail), 40);
  }

  /** @param {number} index @param {TextSegment} segment */
  strip(index, segment) {
    const state = segment.aligned ? segment.state : "alone";
    const text = el("span", { class: "text", ...langOf(this.side) }, segment.text);
    const props = {
      class: "strip",
      ...langOf(this.side),
      "data-row": segment.row,
      "data-segment": segment.id,
      "data-side": this.side,
      "data-index": index,
      "data-state": state,
      tabindex: -1,
      title: named("boilerplate", segment.boilerplate),
    };
    const node = el("div", props, el("span", { class: "number", "aria-hidden": true }, bdi(told(segment.number))), text);
    node.classList.toggle("boilerplate", Boolean(segment.boilerplate));
    node.style.top = `${index * HEIGHT}px`;
    return node;
  }

  /** @param {number} index */
  reveal(index) {
    const top = index * HEIGHT - this.list.scrollTop;
    if (top < HEIGHT || top > this.list.clientHeight - 2 * HEIGHT)
      this.list.scrollTop = index * HEIGHT - this.list.clientHeight / 2 + HEIGHT / 2;
  }
}
