// Elements out of data: text goes in as text nodes only, so nothing in a document can become markup.

import { t } from "./strings.js";

const PROPERTIES = new Set(["value", "checked", "disabled", "indeterminate", "hidden", "open", "selected", "htmlFor"]);

export function el(name, props = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) set(node, key, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

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

export function svg(name, props = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(props)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/** An id, number, score or file name: its own direction, whatever stands around it. */
export const bdi = (text, name) => el("bdi", { class: name }, String(text));

export const find = (selector, root = document) => root.querySelector(selector);

export function button(label, onclick, props = {}) {
  return el("button", { type: "button", onclick, ...props }, label);
}

export function option(value, label, chosen) {
  return el("option", { value, selected: value === chosen }, label);
}

/** Calls back once things have been debounce for that many milliseconds. */
export function debounce(delay, callback) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => callback(...values), delay);
  };
}

/** The head of a dialog. */
export const title = (text, close) =>
  el(
    "header",
    {},
    el("h2", { id: "dialog-title", tabindex: -1 }, text),
    button("×", close, { class: "close", "aria-label": t("close") }),
  );
