// What somebody set for good: the size of the texts, the Arabic face, and keys of another tool beside ours.
// @ts-check

import { find, option } from "./dom.js";
import { t } from "./strings.js";

/** @type {Record<string, number>} */
const SIZES = { "": 1, small: 0.88, large: 1.2, largest: 1.45 };
const FACES = ["", "sans", "amiri", "system"];

/**
 * Keys of other tools, by the command that they mean; browsers keep some of them for themselves.
 * @type {Record<string, Record<string, string[]>>}
 */
const SCHEMES = {
  memoq: { accept: ["Ctrl+Enter"], reject: ["Shift+Enter"], comment: ["Ctrl+m"], join: ["Ctrl+j"], concordance: ["Ctrl+k"], replace: ["Ctrl+h"], glossary: ["Ctrl+e"], search: ["Ctrl+f"] },
  trados: { accept: ["Ctrl+Enter"], concordance: ["F3"], replace: ["Ctrl+h"], glossary: ["Ctrl+F2"], search: ["Ctrl+f"], comment: ["Ctrl+m"] },
};

/** @param {string} name */
const kept = (name) => localStorage.getItem(`polyalign.${name}`) ?? "";

/** The keys that the chosen tool has for a command. @param {string} command */
export const alsoKeys = (command) => SCHEMES[kept("keys")]?.[command] ?? [];

export function startSettings() {
  const root = document.documentElement;
  /** @type {Record<string, (value: string) => unknown>} */
  const apply = {
    size: (value) => root.style.setProperty("--larger", String(SIZES[value] ?? 1)),
    arabic: (value) => (root.dataset.arabic = value),
    keys: () => {},
  };
  fill("size", Object.keys(SIZES));
  fill("arabic", FACES);
  fill("keys", ["", ...Object.keys(SCHEMES)]);
  for (const [name, change] of Object.entries(apply)) {
    const select = selectOf(name);
    select.value = kept(name);
    change(select.value);
    select.addEventListener("change", () => {
      localStorage.setItem(`polyalign.${name}`, select.value);
      if (name === "keys") location.reload(); // commands are bound once
      else change(select.value);
    });
  }
}

/** @param {string} name @param {string[]} values */
const fill = (name, values) =>
  selectOf(name).append(...values.map((value) => option(value, t(`set.${name}.${value || "usual"}`))));

/** @param {string} name */
const selectOf = (name) => /** @type {HTMLSelectElement} */ (find(`#set-${name}`));
