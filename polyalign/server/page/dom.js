// Elements out of data: text goes in as text nodes only, so nothing in a document can become markup.
// @ts-check

import { t } from "./strings.js";

const PROPERTIES = new Set(["value", "checked", "disabled", "indeterminate", "hidden", "open", "selected", "htmlFor"]);

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Props} props
 * @param {Child[]} children
 */
export function el(name, props = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) set(node, key, value);
  node.append(...nodes(children));
  return node;
}

/** @param {readonly Child[]} children @returns {(Node | string)[]} */
const nodes = (children) =>
  children.flatMap((child) => {
    if (Array.isArray(child)) return nodes(child);
    return child === null || child === undefined || child === false ? [] : [/** @type {Node | string} */ (child)];
  });

/** @param {any} node @param {string} key @param {any} value */
function set(node, key, value) {
  if (PROPERTIES.has(key)) node[key] = value;
  else if (value === null || value === undefined) return;
  else if (key.startsWith("aria-")) node.setAttribute(key, String(value)); // "" would be no value there
  else if (value === false) return;
  else if (key === "class") node.className = value;
  else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else node.setAttribute(key, value === true ? "" : String(value));
}

const SVG = "http://www.w3.org/2000/svg";

/** @param {keyof SVGElementTagNameMap} name @param {Props} props @param {Node[]} children */
export function svg(name, props = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(props)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/**
 * An id, number, score or file name: its own direction, whatever stands around it.
 * @param {string | number} text @param {string} [name]
 */
export const bdi = (text, name) => el("bdi", { class: name }, String(text));

/**
 * What is in the document for sure, or by `Parts`.
 * @template {string} Selector
 * @param {Selector} selector
 * @param {ParentNode} root
 * @returns {Selector extends keyof Parts ? Parts[Selector] : HTMLElement}
 */
export const find = (selector, root = document) => /** @type {any} */ (root.querySelector(selector));

/** The element that an event is of. @param {Event} event */
export const targetOf = (event) => /** @type {HTMLElement} */ (event.target);

/** @param {Child} label @param {((event: MouseEvent) => unknown) | undefined} onclick @param {Props} props */
export const button = (label, onclick, props = {}) => el("button", { type: "button", onclick, ...props }, label);

/** @param {string} value @param {string} label @param {string} [chosen] */
export const option = (value, label, chosen) => el("option", { value, selected: value === chosen }, label);

/** A box to be ticked. @param {Props} props */
export const checkbox = (props = {}) => el("input", { type: "checkbox", ...props });

/** Where what is wrong is said. */
export const errorLine = () => el("p", { class: "error", role: "alert", hidden: true });

/** @param {string[]} names of its columns @param {Child} rows */
export const table = (names, rows) =>
  el("table", {}, el("thead", {}, el("tr", {}, names.map((name) => el("th", { scope: "col" }, name)))), rows);

/** @param {Child[]} cells */
export const tableRow = (cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell)));

/**
 * Calls back once things have been quiet for that many milliseconds.
 * @template {unknown[]} Values
 * @param {number} delay
 * @param {(...values: Values) => unknown} callback
 */
export function debounce(delay, callback) {
  let timer = 0;
  return (/** @type {Values} */ ...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => callback(...values), delay);
  };
}

/** The head of a dialog. @param {string} text @param {() => void} close */
export const title = (text, close) =>
  el(
    "header",
    {},
    el("h2", { id: "dialog-title", tabindex: -1 }, text),
    button("×", close, { class: "close", "aria-label": t("close") }),
  );
