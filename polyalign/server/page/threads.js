// Where the target text goes on in a row that is not the next one: threads along the edge of the rows view.
// @ts-check

import { store } from "./store.js";
import { svg } from "./dom.js";

/** @type {Element | undefined} */
let drawn;

/** @param {RowsView} view */
export function drawThreads(view) {
  drawn?.remove();
  if (store.filters.order === "worst") return;
  const paths = jumps(view).map(([from, to], lane) => thread(from, to, lane));
  if (!paths.length) return;
  drawn = svg("svg", { class: "threads", "aria-hidden": "true" }, ...paths);
  view.viewport.canvas.append(drawn);
}

/**
 * Pairs of rows in sight where one holds a target sentence and the other the next, with rows between.
 * @param {RowsView} view
 */
function jumps(view) {
  const nodes = /** @type {HTMLElement[]} */ ([...view.viewport.canvas.children]);
  const order = new Map(nodes.map((node, place) => [node, place]));
  /** @type {Map<number, HTMLElement>} */
  const holders = new Map();
  for (const node of nodes) for (const { number } of view.rowOf(node)?.target ?? []) holders.set(number, node);
  /** @type {[HTMLElement, HTMLElement][]} */
  const found = [];
  for (const [number, node] of holders) {
    const next = holders.get(number + 1);
    if (next && next !== node && order.get(next) !== (order.get(node) ?? 0) + 1) found.push([node, next]);
  }
  return found.slice(0, 24).filter(([from, to]) => crosses(nodes, order.get(from) ?? 0, order.get(to) ?? 0));
}

/**
 * Unaligned rows of the source between two rows are no jump: the target text just goes on.
 * @param {HTMLElement[]} nodes @param {number} from @param {number} to
 */
const crosses = (nodes, from, to) => to < from || nodes.slice(from + 1, to).some((node) => node.querySelector(".cell.target .segment"));

/** @param {HTMLElement} from @param {HTMLElement} to @param {number} lane */
function thread(from, to, lane) {
  /** @param {HTMLElement} node */
  const y = (node) => node.offsetTop + Math.min(22, node.offsetHeight / 2);
  const [a, b] = [y(from), y(to)];
  const x = 6 + (lane % 4) * 4;
  const own = [from, to].some((node) => Number(node.dataset.row) === store.cursor.row);
  return svg("path", {
    class: own ? "own" : "",
    d: `M0 ${a} C ${x} ${a}, ${x} ${a}, ${x} ${a + Math.sign(b - a) * 10} L ${x} ${b - Math.sign(b - a) * 10} C ${x} ${b}, ${x} ${b}, 0 ${b}`,
  });
}
