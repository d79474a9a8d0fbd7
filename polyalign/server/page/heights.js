// The heights of all rows, measured or guessed: where row i begins and which row is at y, both in O(log n).
// @ts-check

export class Heights {
  /**
   * @param {number} count of the rows
   * @param {number} guess height of one that was not measured, in pixels
   */
  constructor(count, guess) {
    this.guess = guess;
    /** @type {number[]} */
    this.values = new Array(count).fill(guess);
    /** @type {boolean[]} */
    this.known = new Array(count).fill(false);
    this.tree = this.sums();
  }

  get count() {
    return this.values.length;
  }

  get total() {
    return this.before(this.count);
  }

  /** A Fenwick tree of the heights. */
  sums() {
    const tree = new Float64Array(this.count + 1);
    for (let i = 1; i <= this.count; i++) {
      tree[i] += this.values[i - 1];
      const up = i + (i & -i);
      if (up <= this.count) tree[up] += tree[i];
    }
    return tree;
  }

  /**
   * A row was measured; gives by how much it is higher than it was.
   * @param {number} index
   * @param {number} height
   */
  set(index, height) {
    const change = height - this.values[index];
    this.values[index] = height;
    this.known[index] = true;
    if (change) for (let i = index + 1; i <= this.count; i += i & -i) this.tree[i] += change;
    return change;
  }

  /**
   * The sum of the heights of the first `index` rows.
   * @param {number} index
   */
  before(index) {
    let sum = 0;
    for (let i = Math.min(index, this.count); i > 0; i -= i & -i) sum += this.tree[i];
    return sum;
  }

  /**
   * The row that covers y; the last one below the end.
   * @param {number} y
   */
  at(y) {
    let index = 0;
    let left = y;
    for (let step = 1 << Math.floor(Math.log2(this.count || 1)); step; step >>= 1) {
      if (index + step <= this.count && this.tree[index + step] <= left) {
        index += step;
        left -= this.tree[index];
      }
    }
    return Math.max(0, Math.min(index, this.count - 1));
  }

  /**
   * Rows came or went near `index`: what stands above and below keeps its heights.
   * @param {number} count
   * @param {number} index
   */
  resize(count, index) {
    const change = count - this.count;
    const place = Math.max(0, Math.min(index, this.count));
    if (change > 0) {
      this.values.splice(place, 0, ...new Array(change).fill(this.guess));
      this.known.splice(place, 0, ...new Array(change).fill(false));
    } else if (change < 0) {
      const start = Math.max(0, Math.min(place, this.count + change));
      this.values.splice(start, -change);
      this.known.splice(start, -change);
    }
    this.tree = this.sums();
  }

  /** What was never measured takes the mean of what was. */
  learn() {
    const measured = this.values.filter((_, i) => this.known[i]);
    if (!measured.length) return;
    this.guess = measured.reduce((a, b) => a + b, 0) / measured.length;
    this.values = this.values.map((value, i) => (this.known[i] ? value : this.guess));
    this.tree = this.sums();
  }
}
