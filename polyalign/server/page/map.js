// All rows at a glance, along the edge of the list: what is decided, what is doubtful, and where one is.
// @ts-check

import { get } from "./api.js";
import { bitextPath, listingQuery, on, store } from "./store.js";
import { debounce, find } from "./dom.js";

/**
 * The colour of each letter that the server gives for a row; what is missing is only in one text.
 * @type {Record<string, string>}
 */
const COLOURS = {
  c: "--accent",
  r: "--bad",
  n: "--q1-line",
  p: "--hand-line",
  ...Object.fromEntries([0, 1, 2, 3, 4].map((band) => [band, `--q${band}`])),
};
/** @type {Partial<Record<State, string>>} */
const LETTERS = { confirmed: "c", rejected: "r", "needs-review": "n" };

let states = "";
/** @type {Viewport} */
let viewport;
let asked = 0;

/** @param {Viewport} rows */
export function start(rows) {
  viewport = rows;
  const canvas = find("#map");
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    jump(event);
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && jump(event));
  viewport.root.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  on("listed", debounce(60, fetchStates));
  on("patched", patched);
}

async function fetchStates() {
  const number = ++asked;
  if (!store.bitext) return;
  const found = await get(`${bitextPath()}/rows/overview`, listingQuery()).catch(() => null);
  if (!found || number !== asked) return; // the next list brings it, or another was asked for meanwhile
  ({ states } = found);
  draw();
}

/** Rows whose state changed in their places. @param {number} index @param {Row} _ */
function patched(index, { state }) {
  const letter = LETTERS[state];
  if (!letter) return void fetchStates();
  states = states.slice(0, index) + letter + states.slice(index + 1);
  return draw();
}

/** @param {PointerEvent} _ */
function jump({ offsetY }) {
  const { root, heights } = viewport;
  root.scrollTop = (offsetY / find("#map").clientHeight) * heights.total - root.clientHeight / 2;
}

function draw() {
  const canvas = find("#map");
  const { root, heights } = viewport;
  canvas.hidden = root.hidden || !heights.count;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.hidden || !height) return;
  const scale = devicePixelRatio;
  Object.assign(canvas, { width: width * scale, height: height * scale });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(scale, scale);
  /** @param {number} top */
  const y = (top) => (top / (heights.total || 1)) * height;
  const style = getComputedStyle(canvas);
  const paint = Object.fromEntries(Object.entries(COLOURS).map(([letter, name]) => [letter, coloured(style, name)]));
  for (let index = 0; index < Math.min(states.length, heights.count); index++) {
    const colour = paint[states[index]];
    if (!colour) continue;
    pen.fillStyle = colour;
    const top = y(heights.before(index));
    pen.fillRect(2, top, width - 4, Math.max(1, y(heights.before(index + 1)) - top - 0.5));
  }
  pen.strokeStyle = coloured(style, "--ring");
  pen.lineWidth = 2;
  pen.strokeRect(1, y(root.scrollTop) + 1, width - 2, Math.max(4, y(root.clientHeight) - 2));
}

/**
 * A colour of the theme as the canvas takes it: the browser says which of two counts.
 * @param {CSSStyleDeclaration} style @param {string} name
 */
function coloured(style, name) {
  const [, light, dark] = /light-dark\(([^,]+),\s*([^)]+)\)/.exec(style.getPropertyValue(name)) ?? [];
  return style.colorScheme === "dark" || (style.colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches) ? dark : light;
}
