// The cursor of the rows view: on which row and sentence it is, how it moves, and how that is shown.
// @ts-check

import { draft } from "./editing.js";
import { idsOf } from "./row.js";
import { other, set, store } from "./store.js";
import { writing } from "./typing.js";

export class RowCursor {
  /** @param {RowsView} rows */
  constructor(rows) {
    this.rows = rows;
  }

  /** Puts it on an item, on the wished side where it has one. @param {number} index @param {Pointing} [options] */
  point(index, { side = store.cursor.wish ?? store.cursor.side, segment = null, last = false, focus = true, scroll = true, margin } = {}) {
    const item = this.rows.list.item(index);
    if (!item) return;
    if (item.run !== undefined) set({ cursor: { row: item.run, run: true, index, side: item.side, wish: side, segment: null } });
    else {
      const has = item[side].length ? side : other(side);
      const own = item[has].find(({ id }) => id === segment) ?? item[has].at(last ? -1 : 0);
      set({ cursor: { row: item.id, run: false, index, side: has, wish: side, segment: own?.id ?? null } });
    }
    if (scroll) this.rows.viewport.reveal(index, margin);
    this.show();
    if (focus && !draft && !writing()) this.focus();
  }

  /** Marks its row and sentence, and what waits or is chosen. */
  show() {
    const { cursor, marked, chosen } = store;
    const { root, canvas, shown } = this.rows.viewport;
    for (const { node } of shown.values()) {
      const here = Number(cursor.run ? node.dataset.run : node.dataset.row) === cursor.row;
      node.classList.toggle("here", here);
      node.setAttribute("aria-selected", String(here));
      for (const part of node.querySelectorAll("[data-segment], .unfold")) {
        const id = Number(part.dataset.segment);
        part.tabIndex = here && (cursor.run || id === cursor.segment) ? 0 : -1;
        part.classList.toggle("marked", marked?.segment === id);
        part.classList.toggle("chosen", chosen.has(id));
      }
    }
    root.tabIndex = canvas.querySelector("[tabindex='0']") ? -1 : 0;
  }

  focus() {
    const { root, canvas } = this.rows.viewport;
    (canvas.querySelector(".here .segment[tabindex='0'], .here .unfold") ?? root).focus({ preventScroll: true });
  }

  /** By so many rows. @param {number} delta @param {Pointing} [options] */
  async move(delta, options) {
    const { list } = this.rows;
    const index = Math.max(0, Math.min(list.total - 1, store.cursor.index + delta));
    await list.ensure(index, index);
    this.point(index, options);
  }

  /** To the next segment of the cell, and from the last one to the next row. @param {1 | -1} delta */
  async step(delta) {
    const { index, side, segment } = store.cursor;
    const cell = this.rows.item()?.[side];
    const next = Array.isArray(cell) ? cell[cell.findIndex(({ id }) => id === segment) + delta] : undefined;
    if (next) this.point(index, { ...store.cursor, segment: next.id });
    else await this.move(delta, { last: delta < 0 });
  }

  /** @param {Side} side */
  across(side) {
    if (this.rows.item()?.[side]?.length) this.point(store.cursor.index, { side });
  }

  /** What goes on to the row that is now below, wherever it stands then. */
  async onward() {
    const { list } = this.rows;
    const index = store.cursor.index + 1;
    if (index >= list.total) return () => {};
    await list.ensure(index, index);
    const item = list.item(index);
    const [next] = item ? idsOf(item) : [];
    return async () => {
      const now = this.rows.list.where((one) => idsOf(one).includes(next));
      if (now >= 0) this.point(now);
      else if (next !== undefined) await this.rows.go(next);
    };
  }
}
