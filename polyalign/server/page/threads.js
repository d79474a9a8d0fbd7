// Where the target text goes on in a row that is not the next one: threads along the edge of the rows view.

import { store } from "./store.js";
import { svg } from "./dom.js";

export function drawThreads(view) {
  view.threads?.remove();
  view.threads = null;
  if (store.filters.order === "worst") return;
  const paths = jumps(view).map(([from, to], lane) => thread(from, to, lane));
  if (!paths.length) return;
  view.threads = svg("svg", { class: "threads", "aria-hidden": "true" }, ...paths);
  view.canvas.append(view.threads);
}

/** Pairs of rows in sight where one holds a target sentence and the other the next, with rows between. */
function jumps(view) {
  const holders = new Map();
  const places = [...view.shown.values()].filter(({ node }) => node.dataset.row).map(({ node }) => node);
  const order = new Map([...view.canvas.children].map((node, place) => [node, place]));
  for (const node of places) {
    const item = view.listing.item(Number(node.getAttribute("aria-rowindex")) - 2);
    for (const segment of item?.target ?? []) holders.set(segment.number, node);
  }
  const found = [];
  for (const [number, node] of holders) {
    const next = holders.get(number + 1);
    if (next && next !== node && order.get(next) !== order.get(node) + 1) found.push([node, next]);
  }
  return found.slice(0, 24).filter(([a, b]) => crosses(view, a, b, order));
}

/** Unaligned rows of the source between two rows are no jump: the target text just goes on. */
function crosses(view, from, to, order) {
  const [a, b] = [order.get(from), order.get(to)];
  if (b < a) return true;
  const between = [...view.canvas.children].slice(a + 1, b);
  return between.some((node) => node.querySelector(".cell.target .segment"));
}

function thread(from, to, lane) {
  const y = (node) => node.offsetTop + Math.min(22, node.offsetHeight / 2);
  const [a, b] = [y(from), y(to)];
  const x = 6 + (lane % 4) * 4;
  const own = [from, to].some((node) => Number(node.dataset.row) === store.cursor.row);
  return svg("path", {
    class: own ? "own" : "",
    d: `M0 ${a} C ${x} ${a}, ${x} ${a}, ${x} ${a + Math.sign(b - a) * 10} L ${x} ${b - Math.sign(b - a) * 10} C ${x} ${b}, ${x} ${b}, 0 ${b}`,
  });
}
