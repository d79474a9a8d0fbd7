// The rows view: rows as data, a viewport on them, and the cursor. What the page asks of a view, it asks here.
// @ts-check

import { RowCursor } from "./cursor.js";
import { bdi, el } from "./dom.js";
import { draft, save } from "./editing.js";
import { drawLights, partnersOf } from "./lights.js";
import { fileName } from "./labels.js";
import { idsOf, itemElement, keyOf } from "./row.js";
import { RowList } from "./rowlist.js";
import { fail, say } from "./saving.js";
import { emit, filtered, set, store } from "./store.js";
import { languageName, t } from "./strings.js";
import { drawThreads } from "./threads.js";
import { Viewport, hole } from "./viewport.js";
import { placed, refresh } from "./work.js";

export class RowsView {
  list = new RowList();
  cursor = new RowCursor(this);

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.headings = el("div", { class: "headings", role: "row" });
    this.viewport = new Viewport(root, this.headings, this);
    this.empty = el("p", { class: "empty", hidden: true });
    root.append(this.empty);
  }

  // The data

  /** The list from the start, the cursor on that row or on the first. @param {number | null} row */
  async open(row = null, { focus = true } = {}) {
    this.list = new RowList();
    const place = row === null ? null : await placed(row);
    const index = Math.max(0, place?.index ?? 0);
    await this.list.around(index, this.viewport.span);
    this.headed();
    this.listed();
    this.viewport.renew(this.list.total, index);
    this.point(index, { side: store.cursor.side, segment: store.cursor.segment, focus });
  }

  /** The list anew; `focus`, else the cursor's row, stays where it is on the screen. @param {number | null} focus */
  async refresh(focus = null) {
    const anchor = this.anchor();
    const wanted = focus ?? anchor.row;
    const place = wanted === null ? null : await placed(wanted);
    const list = new RowList();
    const index = await list.around(place?.index ?? anchor.index, this.viewport.span);
    this.list = list;
    this.viewport.resize(list.total, index);
    this.listed();
    this.viewport.paint({ index, y: anchor.y });
    if (focus !== null || anchor.row === store.cursor.row)
      this.point(index, { ...store.cursor, focus: this.focused(), margin: 0 });
    else await this.found();
  }

  /** The cursor's row, if it is in sight, else the first row that is: {row, index, y}. */
  anchor() {
    const { row, index } = store.cursor;
    const { heights, root, sight } = this.viewport;
    const y = this.viewport.yOf(index);
    if (heights.count && y > -20 && y < sight) return { row, index, y };
    const first = heights.at(root.scrollTop);
    const item = this.list.item(first);
    return { row: item ? idsOf(item)[0] : null, index: first, y: this.viewport.yOf(first) };
  }

  /** The cursor is out of sight: where is its row now? */
  async found() {
    const { cursor } = store;
    const index = cursor.row === null ? null : (await placed(cursor.row))?.index;
    if (index != null && store.cursor === cursor) set({ cursor: { ...cursor, index } }); // it went nowhere meanwhile
    this.decorate();
  }

  /** Whether the row was fetched. @param {number} row */
  holds(row) {
    return this.list.indexOf(row) >= 0;
  }

  /**
   * Takes rows whose contents changed; false where the list itself has to be fetched anew.
   * @param {readonly ShownRow[]} rows
   */
  patch(rows) {
    const places = this.list.patch(rows);
    if (!places) return false;
    places.forEach((index, k) => emit("patched", index, rows[k]));
    this.repaint();
    return true;
  }

  /**
   * Fetches what is in sight and not there yet, once the scrolling pauses for a moment.
   * @param {number} first @param {number} last
   */
  fetchWindow(first, last) {
    let missing = false;
    for (let index = first; index <= last; index++) missing ||= !this.list.item(index);
    if (!missing) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.arrive(this.list, ...this.viewport.window()), 40);
  }

  /** @param {RowList} list @param {number} first @param {number} last */
  async arrive(list, first, last) {
    try {
      await list.ensure(first, last);
    } catch (error) {
      return fail(error);
    }
    if (list !== this.list) return;
    this.viewport.resize(list.total, last);
    this.viewport.paint();
    if (list.stale) await refresh();
  }

  /** What the page says of the list as a whole. */
  listed() {
    const { revision, total } = this.list;
    set({ revision });
    this.root.setAttribute("aria-rowcount", String(total + 1));
    this.empty.hidden = total > 0;
    this.empty.textContent = t(filtered() ? "rows.filtered" : "rows.none");
    emit("listed", total);
  }

  headed() {
    /** @param {Side} side */
    const heading = (side) => {
      const { language, path, segments } = store.bitext[side];
      const props = { class: `heading ${side}`, role: "columnheader" };
      return el("div", props, el("b", {}, languageName(language)), path && bdi(fileName(path), "file"), bdi(t("sentences", { count: segments }), "size"));
    };
    const middle = el("div", { class: "heading middle", role: "columnheader" }, t("score.heading"));
    this.headings.replaceChildren(heading("source"), middle, heading("target"));
  }

  // The viewport

  /** The item at an index, as the viewport takes it. @param {number} index @returns {Wanted} */
  wanted(index) {
    const item = this.list.item(index);
    if (!item) return { key: `hole${index}`, sign: "", make: () => hole(this.viewport.heights.guess) };
    const context = { index, order: this.list.order(index) };
    const written = draft?.row === item.id ? [draft?.what, draft?.segment, draft?.note, draft?.saving] : 0;
    const { controls, filters } = store;
    const sign = JSON.stringify([item, context, written, controls, filters.text, filters.regex, item.run === undefined && partnersOf(item)]);
    return { key: keyOf(item), sign, make: () => itemElement(item, context) };
  }

  filled() {
    this.cursor.show();
  }

  /** @param {number} first @param {number} last */
  painted(first, last) {
    drawThreads(this);
    drawLights();
    this.fetchWindow(first, last);
  }

  /** @param {HTMLElement} node */
  dropped(node) {
    if (draft && node.querySelector("textarea")) save(draft);
  }

  repaint() {
    this.viewport.paint();
    this.decorate();
  }

  get painting() {
    return this.viewport.painting;
  }

  /** The row that an element stands in; none in a run. @param {Element} node */
  rowOf(node) {
    const item = this.list.item(Number(node.closest(".row")?.getAttribute("aria-rowindex")) - 2);
    return item?.run === undefined ? item : undefined;
  }

  /** The element with the text of a segment, where it is in sight. @param {number | null} segment */
  textOf(segment) {
    return this.viewport.canvas.querySelector(`[data-segment="${segment}"] .text`);
  }

  // The cursor

  /** @param {number} index @param {Pointing} [options] */
  point(index, options) {
    this.cursor.point(index, options);
  }

  /** @param {number} delta */
  move(delta) {
    return this.cursor.move(delta);
  }

  /** @param {1 | -1} delta */
  step(delta) {
    return this.cursor.step(delta);
  }

  /** @param {Side} side */
  across(side) {
    this.cursor.across(side);
  }

  onward() {
    return this.cursor.onward();
  }

  decorate() {
    this.cursor.show();
    drawThreads(this);
  }

  focus() {
    this.cursor.focus();
  }

  focused() {
    return this.root.contains(document.activeElement) || document.activeElement === document.body;
  }

  /**
   * To a row of the bitext, wherever it is in the list; a folded run that holds it opens if asked.
   * @param {number} row @param {Going} [options]
   */
  async go(row, { index, unfold = false, segment = null, side } = {}) {
    const place = index ?? (await placed(row))?.index;
    if (place == null) return say(t("say.not_shown"));
    await this.list.around(place, this.viewport.span);
    const item = this.list.item(place);
    if (unfold && item?.run !== undefined) {
      set({ opened: new Set([...store.opened, ...item.rows]) });
      await this.refresh(row);
    } else this.point(place, { segment, side: side ?? store.cursor.wish });
  }

  /** The item of the cursor, where it is still there. */
  item() {
    const item = this.list.item(store.cursor.index);
    return item && (item.run ?? item.id) === store.cursor.row ? item : undefined;
  }

  /** What commands work on: {row (null on a run), item, ids, side, segment}. */
  async current() {
    const item = this.item();
    if (!item) return null;
    const { side, segment } = store.cursor;
    const row = item.run === undefined ? item : null;
    return { row, item, ids: idsOf(item), side, segment: row?.[side].find(({ id }) => id === segment) };
  }
}
