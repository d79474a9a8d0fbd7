// Directions, and places in a string: the page never reverses or reorders text itself.
// @ts-check

import { t } from "./strings.js";

/**
 * Code points before a UTF-16 offset: the server counts characters, JavaScript counts UTF-16 units.
 * @param {string} text
 * @param {number} units
 */
export function pointsBefore(text, units) {
  let points = 0;
  for (let i = 0; i < units; points++) i += width(text, i);
  return points;
}

/**
 * How many UTF-16 units the character at an offset has.
 * @param {string} text
 * @param {number} at
 */
const width = (text, at) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/**
 * The UTF-16 offset of a place that is counted in code points.
 * @param {string} text
 * @param {number} points
 */
export function unitsBefore(text, points) {
  let units = 0;
  for (let k = 0; k < points && units < text.length; k++) units += width(text, units);
  return units;
}

/**
 * UTF-16 offsets at which graphemes or words begin, and the end of the text.
 * @param {string} text
 * @param {string} language
 * @param {"grapheme" | "word"} granularity
 */
export function boundaries(text, language, granularity) {
  const parts = [...segmenter(language, granularity).segment(text)];
  const starts = parts.filter((part) => granularity === "grapheme" || part.isWordLike).map((part) => part.index);
  return [...new Set([0, ...starts, text.length])];
}

/** @param {string} language @param {"grapheme" | "word"} granularity */
function segmenter(language, granularity) {
  try {
    return new Intl.Segmenter(language, { granularity });
  } catch {
    return new Intl.Segmenter("und", { granularity });
  }
}

/** @type {Map<number, string>} */
const CONTROLS = new Map([
  [0x9, "TAB"],
  [0xa, "LF"],
  [0xd, "CR"],
  [0xa0, "NBSP"],
  [0xad, "SHY"],
  [0x61c, "ALM"],
  [0x200b, "ZWSP"],
  [0x200c, "ZWNJ"],
  [0x200d, "ZWJ"],
  [0x200e, "LRM"],
  [0x200f, "RLM"],
  [0x202a, "LRE"],
  [0x202b, "RLE"],
  [0x202c, "PDF"],
  [0x202d, "LRO"],
  [0x202e, "RLO"],
  [0x202f, "NNBSP"],
  [0x2060, "WJ"],
  [0x2066, "LRI"],
  [0x2067, "RLI"],
  [0x2068, "FSI"],
  [0x2069, "PDI"],
  [0xfeff, "BOM"],
]);
const HIDDEN = /[\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u202a-\u202f\u2060-\u2069\ufeff]/;

/**
 * A text as the server counts it on one line: breaks are spaces, other control characters are left out.
 * @param {string} text
 */
export const onOneLine = (text) => text.replace(/[\t\n\r\v\f\u0085\u2028\u2029]/g, " ").replace(/\p{Cc}/gu, "");

/** @param {string} char */
function controlName(char) {
  const point = char.codePointAt(0) ?? 0;
  return CONTROLS.get(point) ?? "U+" + point.toString(16).toUpperCase().padStart(4, "0");
}

/**
 * Puts a text into a node, spans ([start, end] in UTF-16 units) in <mark>, and control characters named where
 * they are asked for. The text of the node stays exactly the text, so that offsets and copies are true.
 * @template {Element} Node
 * @param {Node} node
 * @param {string} text
 * @param {{spans?: readonly Span[], controls?: boolean}} [marks]
 */
export function fill(node, text, { spans = [], controls = false } = {}) {
  let at = 0;
  for (const [start, end] of spans) {
    if (start < at || end <= start) continue;
    node.append(...named(text.slice(at, start), controls));
    const mark = document.createElement("mark");
    mark.append(...named(text.slice(start, end), controls));
    node.append(mark);
    at = end;
  }
  node.append(...named(text.slice(at), controls));
  return node;
}

/** @param {string} text @param {boolean} controls */
function named(text, controls) {
  if (!text) return [];
  if (!controls || !HIDDEN.test(text)) return [document.createTextNode(text)];
  return text
    .split(new RegExp(`(${HIDDEN.source})`))
    .filter(Boolean)
    .map((part) => (part.length === 1 && HIDDEN.test(part) ? controlMark(part) : document.createTextNode(part)));
}

/** @param {string} char */
function controlMark(char) {
  const node = document.createElement("span");
  node.className = "control";
  node.dataset.mark = controlName(char);
  node.title = t("control", { name: node.dataset.mark });
  node.textContent = char;
  return node;
}
