// A long list of the server's, fetched in blocks as they come into view.

const BLOCK = 100;

export class Listing {
  /** `load(offset, limit, signal)` gives {revision, total, items}. */
  constructor(load) {
    this.load = load;
    this.blocks = new Map();
    this.total = 0;
    this.revision = 0;
    this.coming = new Map();
  }

  item(index) {
    return this.blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK];
  }

  /** Fetches what is missing between two indexes; gives whether anything came. */
  async ensure(first, last) {
    const missing = [];
    for (let block = Math.floor(Math.max(0, first) / BLOCK); block <= Math.floor(Math.max(0, last) / BLOCK); block++)
      if (!this.blocks.has(block)) missing.push(block);
    await Promise.all(missing.map((block) => this.fetched(block)));
    return missing.length > 0;
  }

  fetched(block) {
    if (!this.coming.has(block)) {
      const done = this.load(block * BLOCK, BLOCK).then((page) => this.take(block, page));
      this.coming.set(
        block,
        done.finally(() => this.coming.delete(block)),
      );
    }
    return this.coming.get(block);
  }

  take(block, { revision, total, items }) {
    this.stale ||= this.revision && revision !== this.revision;
    this.revision = this.revision || revision;
    this.total = total;
    this.blocks.set(block, items);
  }

  /** The index of the loaded item for which the test holds, or -1. */
  where(test) {
    for (const [block, items] of this.blocks) {
      const place = items.findIndex(test);
      if (place >= 0) return block * BLOCK + place;
    }
    return -1;
  }

  replace(index, item) {
    this.blocks.get(Math.floor(index / BLOCK))[index % BLOCK] = item;
  }
}
