// The rows that the filter shows, as data: those of the server, fetched as they come into sight.
// @ts-check

import { get } from "./api.js";
import { bitextPath, listingQuery, store } from "./store.js";
import { Listing } from "./listing.js";

/** @extends {Listing<Item>} */
export class RowList extends Listing {
  constructor() {
    super(async (offset, limit) => {
      const { revision, total, rows } = await get(`${bitextPath()}/rows`, listingQuery({ offset, limit }));
      return { revision, total, items: rows };
    });
  }

  /**
   * Fetches so many rows around an index; the index, or the end of a list that became shorter.
   * @param {number} index @param {number} span
   */
  async around(index, span) {
    await this.ensure(Math.max(0, index - span), index);
    const end = Math.max(0, this.total - 1);
    const last = Math.min(index, end);
    await this.ensure(last - span, Math.min(last + span, end));
    return last;
  }

  /** The index of a row that was fetched, or -1. @param {number | undefined} row */
  indexOf(row) {
    return this.where(({ id }) => id === row);
  }

  /**
   * Takes rows whose contents changed, and gives their indexes; null where the list has to be fetched anew.
   * @param {readonly ShownRow[]} rows
   */
  patch(rows) {
    const places = rows.map(({ id }) => this.indexOf(id));
    if (!rows.every((row, k) => sameShape(this.item(places[k]), row))) return null; // in a run, deleted, or far away
    rows.forEach((row, k) => this.replace(places[k], row));
    return places;
  }

  /**
   * Where the target sentences of a row stand out of the order of their text.
   * @param {number} index @returns {Context["order"]}
   */
  order(index) {
    const row = this.item(index);
    if (!row?.source?.length || !row.target.length || store.filters.order === "worst") return null;
    const number = row.target[0].number;
    const before = this.neighbour(index, -1)?.target.at(-1);
    const after = this.neighbour(index, 1)?.target[0];
    if (before && number < before.number) return { arrow: "↑", number };
    if (after && (row.target.at(-1)?.number ?? 0) > after.number) return { arrow: "↓", number };
    return null;
  }

  /**
   * The next pair in a direction, where it was fetched and is not far away.
   * @param {number} index @param {number} step
   */
  neighbour(index, step) {
    for (let i = index + step, left = 40; left && i >= 0 && i < this.total; i += step, left--) {
      const item = this.item(i);
      if (!item) return null;
      if (item.source?.length && item.target.length) return item;
    }
    return null;
  }
}

/** @param {readonly ShownSegment[] | undefined} segments */
const ids = (segments) => segments?.map(({ id }) => id).join();

/** @param {Item | undefined} old @param {ShownRow} row */
const sameShape = (old, row) =>
  ids(old?.source) === ids(row.source) && ids(old?.target) === ids(row.target) && old?.deleted === row.deleted;
