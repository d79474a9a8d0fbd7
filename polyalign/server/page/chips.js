// Inline codes as small chips in a text. A chip holds no text, so it has no place at which a text could be cut,
// and the places of all characters stay as the server counts them.
// @ts-check

import { unitsBefore } from "./bidi.js";
import { el } from "./dom.js";
import { t } from "./strings.js";

const LONGEST = 24;

/** @param {ShownCode} code */
function chip({ name }) {
  const short = name.length > LONGEST ? name.slice(0, LONGEST - 1) + "…" : name;
  return el("span", { class: "chip", role: "img", title: name, "aria-label": t("code", { name }), "data-name": short });
}

/**
 * Puts the chips of a segment into the element that its text fills.
 * @param {HTMLElement} root
 * @param {{text: string, codes?: readonly ShownCode[]}} segment
 */
export function withChips(root, { text, codes = [] }) {
  // the last one first, so that those before it still stand in whole nodes
  for (const code of [...codes].reverse()) {
    const [node, offset] = textAt(root, unitsBefore(text, code.at));
    if (!node || offset === 0) root.prepend(chip(code));
    else if (offset === node.length) node.after(chip(code));
    else node.splitText(offset).before(chip(code));
  }
  return root;
}

/**
 * The text node that a place stands in, and the place in it.
 * @param {HTMLElement} root
 * @param {number} units
 * @returns {[Text | null, number]}
 */
function textAt(root, units) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  /** @type {Text | null} */
  let last = null;
  let left = units;
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    if (left <= node.length) return [node, left];
    left -= node.length;
    last = node;
  }
  return [last, last?.length ?? 0];
}
