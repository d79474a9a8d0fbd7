// What somebody set for good: the size of the texts, the Arabic face, and keys of another tool beside ours.

import { option } from "./dom.js";
import { t } from "./strings.js";

const SIZES = { "": 1, small: 0.88, large: 1.2, largest: 1.45 };
const FACES = ["", "sans", "amiri", "system"];

/** Keys of other tools, by the command that they mean; browsers keep some of them for themselves. */
const SCHEMES = {
  memoq: { accept: ["Ctrl+Enter"], reject: ["Shift+Enter"], comment: ["Ctrl+m"], join: ["Ctrl+j"], concordance: ["Ctrl+k"], replace: ["Ctrl+h"], glossary: ["Ctrl+e"], search: ["Ctrl+f"] },
  trados: { accept: ["Ctrl+Enter"], concordance: ["F3"], replace: ["Ctrl+h"], glossary: ["Ctrl+F2"], search: ["Ctrl+f"], comment: ["Ctrl+m"] },
};

const kept = (name) => localStorage.getItem(`polyalign.${name}`) ?? "";

/** The keys that the chosen tool has for a command. */
export const alsoKeys = (command) => SCHEMES[kept("keys")]?.[command] ?? [];

export function startSettings() {
  const root = document.documentElement;
  const apply = {
    size: (value) => root.style.setProperty("--larger", SIZES[value] ?? 1),
    arabic: (value) => (root.dataset.arabic = value),
    keys: () => {},
  };
  fill("size", Object.keys(SIZES));
  fill("arabic", FACES);
  fill("keys", ["", ...Object.keys(SCHEMES)]);
  for (const [name, change] of Object.entries(apply)) {
    const select = document.querySelector(`#set-${name}`);
    select.value = kept(name);
    change(select.value);
    select.addEventListener("change", () => {
      localStorage.setItem(`polyalign.${name}`, select.value);
      if (name === "keys") location.reload(); // commands are bound once
      else change(select.value);
    });
  }
}

const fill = (name, values) =>
  document.querySelector(`#set-${name}`).append(...values.map((value) => option(value, t(`set.${name}.${value || "usual"}`))));
