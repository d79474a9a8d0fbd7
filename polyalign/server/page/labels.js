// How keys and bitexts are named for people.
// @ts-check

import { t } from "./strings.js";

/** @type {Record<string, string>} */
const NAMES = {
  " ": t("key.space"),
  "Shift+ ": `⇧${t("key.space")}`,
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Delete: "Del",
  Escape: "Esc",
};
const MOVES = new Set("jkh");

/**
 * "a" is shown as A, but the keys that Shift changes as they are: k is no K.
 * @param {string | undefined} key
 */
export function keyLabel(key) {
  if (key === undefined) return "";
  if (NAMES[key]) return NAMES[key];
  if (MOVES.has(key) || key.length > 1)
    return key
      .replace(/\+([a-z])$/, (_, letter) => `+${letter.toUpperCase()}`)
      .replace("Shift+", "⇧")
      .replace("Ctrl+⇧", "Ctrl+Shift+");
  return key.toUpperCase();
}

/** The name of a bitext: its own, else those of its files. @param {ShownBitext} bitext */
export function bitextName({ id, name, source, target }) {
  const files = [source, target].map(({ path }) => fileName(path)).filter(Boolean);
  return name || files.join(" – ") || t("bitext.numbered", { number: id });
}

/** A path without its folders, of any system. @param {string | null} path */
export const fileName = (path) => (path ?? "").split(/[\\/]/).at(-1) ?? "";
