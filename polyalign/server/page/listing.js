// A long list of the server's, fetched in blocks as they come into view.
// @ts-check

const BLOCK = 100;

/** @template Entry what it is a list of */
export class Listing {
  /** @param {(offset: number, limit: number) => Promise<Block<Entry>>} load */
  constructor(load) {
    this.load = load;
    /** @type {Map<number, Entry[]>} */
    this.blocks = new Map();
    this.total = 0;
    this.revision = 0;
    this.stale = false; // something came that is newer than the rest
    /** @type {Map<number, Promise<void>>} */
    this.coming = new Map();
  }

  /** @param {number} index */
  item(index) {
    return this.blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK];
  }

  /**
   * Fetches what is missing between two indexes; gives whether anything came.
   * @param {number} first
   * @param {number} last
   */
  async ensure(first, last) {
    /** @type {number[]} */
    const missing = [];
    for (let block = Math.floor(Math.max(0, first) / BLOCK); block <= Math.floor(Math.max(0, last) / BLOCK); block++)
      if (!this.blocks.has(block)) missing.push(block);
    await Promise.all(missing.map((block) => this.fetched(block)));
    return missing.length > 0;
  }

  /** @param {number} block */
  fetched(block) {
    if (!this.coming.has(block)) {
      const done = this.load(block * BLOCK, BLOCK).then((page) => this.take(block, page));
      this.coming.set(block, done.finally(() => this.coming.delete(block)));
    }
    return this.coming.get(block);
  }

  /** @param {number} block @param {Block<Entry>} page */
  take(block, { revision, total, items }) {
    this.stale ||= this.revision > 0 && revision !== this.revision;
    this.revision = this.revision || revision;
    this.total = total;
    this.blocks.set(block, items);
  }

  /**
   * The index of the loaded item for which the test holds, or -1.
   * @param {(item: Entry) => boolean} test
   */
  where(test) {
    for (const [block, items] of this.blocks) {
      const place = items.findIndex(test);
      if (place >= 0) return block * BLOCK + place;
    }
    return -1;
  }

  /** @param {number} index of a loaded item @param {Entry} item */
  replace(index, item) {
    const block = this.blocks.get(Math.floor(index / BLOCK));
    if (block) block[index % BLOCK] = item;
  }
}
