// What the decisions made so far say of the aligner's scores: the curve, and never without saying so.
// @ts-check

import { get } from "./api.js";
import { bitextPath, store } from "./store.js";
import { bdi, el, svg, table, tableRow, title } from "./dom.js";
import { queue } from "./saving.js";
import { decimal, number, percent, t } from "./strings.js";

/** What figures about pairs that are left rest on, in words. @param {{decisions: number}} _ */
export const restsOn = ({ decisions }) => (decisions ? t("scores.corrected", { count: decisions }) : t("scores.plain"));

/** @param {Closing} _ */
export function scores({ close }) {
  const content = el("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": t("scores") });
  queue(async () => content.replaceChildren(...shown(await get(`${bitextPath()}/calibration`))));
  return [title(t("scores"), close), el("p", { class: "hint" }, t("scores.hint")), content];
}

/** @param {ShownCalibration} _ */
function shown({ decisions, curve, tenths, expected, uncorrected }) {
  const { pairs, pairs_decided: decided } = store.bitext.progress;
  const facts = [
    curve.length ? t("scores.corrected", { count: decisions }) : t("scores.too_few", { count: decisions }),
    t("scores.expected", { count: pairs - decided, wrong: decimal(expected, 1) }),
    curve.length ? t("scores.uncorrected", { wrong: decimal(uncorrected, 1) }) : "",
  ];
  return [el("p", {}, facts.filter(Boolean).join(" ")), plot(curve, tenths), figures(tenths)];
}

const SIZE = 260;
/** @param {number} x @param {number} y */
const place = (x, y) => `${(x * SIZE).toFixed(1)},${((1 - y) * SIZE).toFixed(1)}`;

/** @param {Curve} curve @param {Tenths} tenths */
function plot(curve, tenths) {
  const points = tenths.flatMap(([count, right], k) => (count ? [[(k + 0.5) / 10, right / count, count]] : []));
  const most = Math.max(1, ...points.map(([, , count]) => count));
  const node = svg(
    "svg",
    { viewBox: `-8 -8 ${SIZE + 16} ${SIZE + 16}`, role: "img", "aria-label": t("scores.plot"), class: "curve" },
    svg("path", { class: "axes", d: `M0,0 V${SIZE} H${SIZE}` }),
    svg("path", { class: "same", d: `M${place(0, 0)} L${place(1, 1)}` }),
    ...points.map(([x, y, count]) => svg("circle", { cx: x * SIZE, cy: (1 - y) * SIZE, r: 3 + 7 * Math.sqrt(count / most) })),
  );
  if (curve.length) node.append(svg("path", { class: "fitted", d: `M${curve.map(([x, y]) => place(x, y)).join(" L")}` }));
  return el("figure", { dir: "ltr" }, node, el("figcaption", { dir: "auto" }, t("scores.caption")));
}

/** @param {Tenths} tenths */
function figures(tenths) {
  const heads = [t("score"), t("scores.decided"), t("scores.right")];
  const rows = tenths.flatMap(([count, right], k) =>
    count ? [[`${decimal(k / 10, 1)}–${decimal((k + 1) / 10, 1)}`, number(count), percent(right / count)]] : [],
  );
  return table(heads, el("tbody", {}, rows.map((row) => tableRow(row.map((cell) => bdi(cell))))));
}
