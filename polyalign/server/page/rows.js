// The rows view: a virtual list. Only the rows in sight, and a few around them, are in the document.

import { get } from "./api.js";
import { drawLights, partnersOf } from "./lights.js";
import { drawThreads } from "./threads.js";
import { draft, save } from "./editing.js";
import { bitextPath, emit, filtered, listingQuery, other, set, store } from "./store.js";
import { bdi, el } from "./dom.js";
import { Heights } from "./heights.js";
import { Listing } from "./listing.js";
import { idsOf, itemElement, keyOf } from "./row.js";
import { fail, say } from "./saving.js";
import { languageName, t } from "./strings.js";
import { writing } from "./typing.js";
import { placed, refresh } from "./work.js";

const AROUND = 400; // pixels above and below the sight that are kept ready
const GUESS = 84; // height of a row before any was measured, in pixels

const load = async (offset, limit) => {
  const { revision, total, rows } = await get(`${bitextPath()}/rows`, listingQuery({ offset, limit }));
  return { revision, total, items: rows };
};

export class RowsView {
  constructor(root) {
    this.root = root;
    this.headings = el("div", { class: "headings", role: "row" });
    this.canvas = el("div", { class: "canvas", role: "rowgroup" });
    this.empty = el("p", { class: "empty", hidden: true });
    root.append(this.headings, this.canvas, this.empty);
    this.listing = new Listing(load);
    this.heights = new Heights(0, GUESS);
    this.shown = new Map();
    root.addEventListener("scroll", () => this.paint(), { passive: true });
    this.sizes = new ResizeObserver(() => requestAnimationFrame(() => this.paint()));
    this.sizes.observe(root);
  }

  /** The list from the start, the cursor on that row or on the first. */
  async open(row = null, { focus = true } = {}) {
    this.listing = new Listing(load);
    const place = row === null ? null : await placed(row);
    const index = Math.max(0, place?.index ?? 0);
    await this.loaded(this.listing, index);
    this.heights = new Heights(this.listing.total, this.heights.guess);
    set({ revision: this.listing.revision });
    this.headed();
    this.emptied();
    this.root.scrollTop = 0;
    this.paint({ index, y: index ? this.sight / 3 : 0 });
    this.heights.learn();
    this.paint({ index, y: index ? this.sight / 3 : 0 });
    this.point(index, { side: store.cursor.side, segment: store.cursor.segment, focus });
  }

  /** Fetches what is around an index; a listing that became shorter than that gives its end. */
  async loaded(listing, index) {
    const span = Math.ceil((this.sight + 2 * AROUND) / 36);
    await listing.ensure(Math.max(0, index - span), index);
    const last = Math.max(0, Math.min(index, listing.total - 1));
    await listing.ensure(last - span, Math.min(last + span, Math.max(0, listing.total - 1)));
    return last;
  }

  /** The list anew; `focus`, else the cursor's row, stays where it is on the screen. */
  async refresh(focus = null) {
    const anchor = this.anchor();
    const wanted = focus ?? anchor.row;
    const place = wanted === null ? null : await placed(wanted);
    const listing = new Listing(load);
    const index = await this.loaded(listing, place?.index ?? anchor.index);
    const before = this.heights.count;
    this.listing = listing;
    if (before !== listing.total) this.heights.resize(listing.total, index);
    set({ revision: listing.revision });
    this.emptied();
    this.paint({ index, y: anchor.y });
    if (focus !== null || anchor.row === store.cursor.row)
      this.point(index, { ...store.cursor, focus: this.focused(), margin: 0 });
    else await this.found();
  }

  /** The cursor's row, if it is in sight, else the first row that is: {row, index, y}. */
  anchor() {
    const top = this.root.scrollTop;
    const y = this.heights.before(store.cursor.index) - top;
    if (this.heights.count && y > -20 && y < this.sight) return { row: store.cursor.row, index: store.cursor.index, y };
    const index = this.heights.at(top);
    const item = this.listing.item(index);
    return { row: item ? idsOf(item)[0] : null, index, y: this.heights.before(index) - top };
  }

  /** The cursor is out of sight: where is its row now? */
  async found() {
    const place = store.cursor.row === null ? null : await placed(store.cursor.row);
    if (place && place.index !== null) set({ cursor: { ...store.cursor, index: place.index } });
    this.decorate();
  }

  /** Whether the row was fetched. */
  holds(row) {
    return this.listing.where((item) => item.id === row) >= 0;
  }

  /** Takes rows whose contents changed; false where the list itself has to be fetched anew. */
  patch(rows) {
    const changed = [];
    for (const row of rows) {
      const index = this.listing.where((item) => item.id === row.id);
      if (index < 0 || !sameShape(this.listing.item(index), row)) return false; // in a run, deleted, or far away
      changed.push([index, row]);
    }
    for (const [index, row] of changed) {
      this.listing.replace(index, row);
      emit("patched", index, row);
    }
    this.paint();
    this.decorate();
    return true;
  }

  repaint() {
    this.paint();
    this.decorate();
  }

  get sight() {
    return Math.max(0, this.root.clientHeight - this.headings.offsetHeight);
  }

  /** Brings the document to what is in sight; `anchor` {index, y} stays where it is while heights are measured. */
  paint(anchor = null) {
    if (this.root.hidden || this.painting) return;
    this.painting = true;
    anchor ??= this.top();
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
    drawThreads(this);
    drawLights();
    this.fetchWindow();
  }

  /** The row at the upper edge; once the list is at its end, the end. */
  top() {
    const { scrollTop, clientHeight, scrollHeight } = this.root;
    const ended = scrollTop > 0 && scrollTop + clientHeight > scrollHeight - 2;
    const index = ended ? this.heights.count : this.heights.at(scrollTop);
    return { index, y: this.heights.before(index) - scrollTop };
  }

  window() {
    const top = this.root.scrollTop;
    const first = this.heights.at(Math.max(0, top - AROUND));
    return [first, this.heights.count ? this.heights.at(top + this.sight + AROUND) : -1];
  }

  scrolled({ index, y }) {
    const wanted = Math.max(0, this.heights.before(index) - y);
    if (Math.abs(this.root.scrollTop - wanted) > 1) this.root.scrollTop = wanted;
  }

  pad(first, last) {
    this.canvas.style.height = `${this.heights.total}px`;
    this.canvas.style.paddingTop = `${this.heights.before(first)}px`;
    if (last < first) this.canvas.style.paddingTop = "0";
  }

  measure(first, last) {
    let moved = false;
    let node = this.canvas.firstElementChild;
    for (let index = first; index <= last && node; index++, node = node.nextElementSibling) {
      if (!this.listing.item(index)) continue;
      const height = node.getBoundingClientRect().height;
      if (Math.abs(height - this.heights.values[index]) > 0.4) {
        this.heights.set(index, height);
        moved = true;
      }
    }
    return moved;
  }

  fill(first, last) {
    const focus = this.holdFocus();
    const wanted = [];
    for (let index = first; index <= last; index++) wanted.push(this.wanted(index));
    const keys = new Set(wanted.map((one) => one.key));
    for (const [key, { node }] of this.shown) if (!keys.has(key)) this.drop(key, node);
    let before = null;
    for (const one of wanted) {
      const node = this.made(one);
      const place = before ? before.nextSibling : this.canvas.firstChild;
      if (place !== node) this.canvas.insertBefore(node, place);
      before = node;
    }
    this.decorate();
    focus();
  }

  wanted(index) {
    const item = this.listing.item(index);
    if (!item) return { key: `hole${index}`, sign: "", index };
    const context = { index, order: item.run === undefined ? this.order(index, item) : null };
    const written = draft?.row === item.id ? [draft.what, draft.segment, draft.note, draft.saving] : 0;
    const sign = JSON.stringify([item, context, written, store.controls, store.filters.text, store.filters.regex, partnersOf(item)]);
    return { key: keyOf(item), sign, item, context, index };
  }

  made({ key, sign, item, context }) {
    const old = this.shown.get(key);
    if (old?.sign === sign) return old.node;
    const node = item ? itemElement(item, context) : hole(this.heights.guess);
    if (old) {
      this.sizes.unobserve(old.node);
      old.node.replaceWith(node);
    }
    this.shown.set(key, { node, sign });
    this.sizes.observe(node);
    return node;
  }

  drop(key, node) {
    if (draft && node.querySelector("textarea")) save(draft);
    this.sizes.unobserve(node);
    this.shown.delete(key);
    node.remove();
  }

  /** Gives what brings the focus back after elements were replaced. */
  holdFocus() {
    const active = document.activeElement;
    if (!this.canvas.contains(active)) return () => {};
    const selection = active.matches("textarea") ? [active.selectionStart, active.selectionEnd] : null;
    return () => {
      if (active.isConnected && document.activeElement === active) return;
      const area = this.canvas.querySelector(".editor textarea");
      if (area && selection) {
        area.focus({ preventScroll: true });
        area.setSelectionRange(...selection);
      } else if (!writing()) this.focus();
    };
  }

  focused() {
    return this.root.contains(document.activeElement) || document.activeElement === document.body;
  }

  /** Where the target sentences of a row stand out of the order of their text: {arrow, number}, else null. */
  order(index, row) {
    if (!row.source?.length || !row.target?.length || store.filters.order === "worst") return null;
    const first = row.target[0].number;
    const before = this.neighbour(index, -1);
    const after = this.neighbour(index, 1);
    if (before && first < before.target.at(-1).number) return { arrow: "↑", number: first };
    if (after && row.target.at(-1).number > after.target[0].number) return { arrow: "↓", number: first };
    return null;
  }

  neighbour(index, step) {
    for (let i = index + step, left = 40; left && i >= 0 && i < this.heights.count; i += step, left--) {
      const item = this.listing.item(i);
      if (!item) return null;
      if (item.source?.length && item.target?.length) return item;
    }
    return null;
  }

  /** Fetches what is in sight and not there yet, once the scrolling pauses for a moment. */
  fetchWindow() {
    const [first, last] = this.window();
    let missing = false;
    for (let index = first; index <= last; index++) missing ||= !this.listing.item(index);
    if (!missing) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.arrive(this.listing, ...this.window()), 40);
  }

  async arrive(listing, first, last) {
    try {
      await listing.ensure(first, last);
    } catch (error) {
      return fail(error);
    }
    if (listing !== this.listing) return;
    if (listing.total !== this.heights.count) this.heights.resize(listing.total, last);
    this.paint();
    if (listing.stale) await refresh();
  }

  headed() {
    const heading = (side) => {
      const { language, segments } = store.bitext[side];
      const file = (store.bitext[side].path ?? "").split(/[\\/]/).at(-1);
      return el(
        "div",
        { class: `heading ${side}`, role: "columnheader" },
        el("b", {}, languageName(language)),
        file ? bdi(file, "file") : null,
        bdi(t("sentences", { count: segments }), "size"),
      );
    };
    const middle = el("div", { class: "heading middle", role: "columnheader" }, t("score.heading"));
    this.headings.replaceChildren(heading("source"), middle, heading("target"));
  }

  emptied() {
    this.root.setAttribute("aria-rowcount", this.listing.total + 1);
    this.empty.hidden = this.listing.total > 0;
    this.empty.textContent = t(filtered() ? "rows.filtered" : "rows.none");
    emit("listed", this.listing.total);
  }

  // The cursor

  /** Puts the cursor on an item; on the wished side where it has one. */
  point(
    index,
    {
      side = store.cursor.wish ?? store.cursor.side,
      segment = null,
      last = false,
      focus = true,
      scroll = true,
      margin,
    } = {},
  ) {
    const item = this.listing.item(index);
    if (!item) return;
    const has = item.run === undefined && !item[side].length ? other(side) : side;
    const run = item.run !== undefined;
    const own = run ? null : (item[has].find((one) => one.id === segment) ?? item[has].at(last ? -1 : 0));
    set({ cursor: { row: run ? item.run : item.id, run, index, side: run ? item.side : has, wish: side, segment: own?.id ?? null } });
    if (scroll) this.reveal(index, margin);
    this.decorate();
    if (focus && !draft && !writing()) this.focus();
  }

  /** Scrolls as far as needed for a row, and a margin around it, to be in sight. */
  reveal(index, margin = Math.min(48, this.sight / 6)) {
    const top = this.heights.before(index) - this.root.scrollTop;
    const height = this.heights.values[index] ?? 0;
    if (top < -this.sight || top > 2 * this.sight) this.paint({ index, y: this.sight / 3 });
    else if (top < margin) this.paint({ index, y: Math.min(margin, this.heights.before(index)) });
    else if (top + height > this.sight - margin)
      this.paint({ index, y: Math.max(margin, this.sight - height - margin) });
  }

  decorate() {
    const { cursor, marked, chosen } = store;
    for (const { node } of this.shown.values()) {
      const here = node.dataset.row
        ? Number(node.dataset.row) === cursor.row && !cursor.run
        : Number(node.dataset.run) === cursor.row && cursor.run;
      node.classList.toggle("here", here);
      node.setAttribute("aria-selected", here);
      for (const part of node.querySelectorAll("[data-segment], .unfold")) {
        const id = Number(part.dataset.segment);
        part.tabIndex = here && (cursor.run || id === cursor.segment) ? 0 : -1;
        part.classList.toggle("marked", marked?.segment === id);
        part.classList.toggle("chosen", chosen.has(id));
      }
    }
    drawThreads(this);
    this.root.tabIndex = this.canvas.querySelector("[tabindex='0']") ? -1 : 0;
  }

  focus() {
    const node = this.canvas.querySelector(".here .segment[tabindex='0'], .here .unfold") ?? this.root;
    node.focus({ preventScroll: true });
  }

  async move(delta, options = {}) {
    const index = Math.max(0, Math.min(this.listing.total - 1, store.cursor.index + delta));
    await this.listing.ensure(index, index);
    this.point(index, options);
  }

  /** To the next segment of the cell, and from the last one to the next row. */
  async step(delta) {
    const item = this.item();
    const cell = item?.[store.cursor.side];
    const place = Array.isArray(cell) ? cell.findIndex((one) => one.id === store.cursor.segment) + delta : -1;
    if (place >= 0 && place < (cell?.length ?? 0))
      this.point(store.cursor.index, { ...store.cursor, segment: cell[place].id });
    else await this.move(delta, { last: delta < 0 });
  }

  /** What goes on to the row that is now below the cursor, wherever it stands then. */
  async onward() {
    const index = store.cursor.index + 1;
    if (index >= this.listing.total) return () => {};
    await this.listing.ensure(index, index);
    const item = this.listing.item(index);
    const [next] = item ? idsOf(item) : [];
    return async () => {
      const now = this.listing.where((one) => idsOf(one).includes(next));
      if (now >= 0) this.point(now);
      else if (next !== undefined) await this.go(next);
    };
  }

  across(side) {
    const item = this.item();
    if (item && item.run === undefined && item[side].length) this.point(store.cursor.index, { side });
  }

  /** To a row of the bitext, wherever it is in the listing; a folded run that holds it opens if asked. */
  async go(row, { index, unfold = false, segment = null, side } = {}) {
    const place = index === undefined ? await placed(row) : { index };
    if (!place || place.index === null) return say(t("say.not_shown"));
    await this.loaded(this.listing, place.index);
    const item = this.listing.item(place.index);
    if (unfold && item?.run !== undefined) {
      set({ opened: new Set([...store.opened, ...item.rows]) });
      await this.refresh(row);
    } else this.point(place.index, { segment, side: side ?? store.cursor.wish });
  }

  item() {
    const item = this.listing.item(store.cursor.index);
    return item && (item.run ?? item.id) === store.cursor.row ? item : undefined;
  }

  /** What commands work on: {row (null on a run), ids, side, segment}. */
  async current() {
    const item = this.item();
    if (!item) return null;
    const row = item.run === undefined ? item : null;
    return {
      row,
      item,
      ids: idsOf(item),
      side: store.cursor.side,
      segment: row?.[store.cursor.side].find((one) => one.id === store.cursor.segment),
    };
  }

  textOf(segment) {
    return this.canvas.querySelector(`[data-segment="${segment}"] .text`);
  }
}

const ids = (segments) => segments.map((one) => one.id).join();

function sameShape(old, row) {
  return ids(old.source) === ids(row.source) && ids(old.target) === ids(row.target) && old.deleted === row.deleted;
}

function hole(height) {
  const node = el("div", { class: "row hole", "aria-hidden": true });
  node.style.height = `${height}px`;
  return node;
}
