// Keys on any keyboard layout: by the letter where it is Latin, else by the place of the key.
// @ts-check

import { splitting } from "./caret.js";
import { COMMANDS, run } from "./commands.js";
import { targetOf } from "./dom.js";
import { say } from "./saving.js";
import { t } from "./strings.js";
import { interrupted, typing, watch } from "./typing.js";

/**
 * "a", "Shift+R", "Ctrl+Shift+z", " ", "ArrowUp", "?": the name under which commands know a key.
 * @param {KeyboardEvent} event
 */
export function keyName(event) {
  const base = baseKey(event);
  const letter = /^[a-z]$/.test(base);
  const shift = (event.shiftKey || dictated(event)) && (letter || base === " " || base === "Enter");
  const ctrl = event.ctrlKey || event.metaKey;
  return (ctrl ? "Ctrl+" : "") + (shift ? "Shift+" : "") + (shift && letter && !ctrl ? base.toUpperCase() : base);
}

/**
 * A capital without Shift or CapsLock: on-screen keyboards and dictation mean K by it where k is a motion.
 * @param {KeyboardEvent} event
 */
const dictated = (event) => /^[JK]$/.test(event.key) && !event.getModifierState("CapsLock");

/** @param {KeyboardEvent} _ */
function baseKey({ key, code, shiftKey, ctrlKey, metaKey }) {
  if (/^[a-zA-Z]$/.test(key)) return key.toLowerCase();
  if (key === "/" || key === "?" || key.length > 1) return key;
  const letter = /^Key([A-Z])$/.exec(code)?.[1].toLowerCase();
  const foreign = key > "\x7f";
  if (letter && (foreign || shiftKey || ctrlKey || metaKey)) return letter;
  if (code === "Slash" && foreign) return shiftKey ? "?" : "/";
  return key;
}

const BOUND = new Map();
/** @param {(key: string) => string} change */
const bind = (change) => Object.values(COMMANDS).forEach(({ name, keys }) => keys.forEach((key) => BOUND.set(change(key), name)));
bind((key) => key.replace(/^[a-z]$/, (letter) => `Shift+${letter.toUpperCase()}`)); // A is a, where A has no meaning of its own
bind((key) => key);

let opening = 0; // commands under way that open a field: what is typed meanwhile is meant for it

export function start() {
  watch();
  document.addEventListener("keydown", async (event) => {
    const name = commandOf(event);
    if (!name) return;
    event.preventDefault();
    if (interrupted()) return say(t("say.field_closed"));
    const { opens } = COMMANDS[name];
    opening += opens;
    await run(name);
    opening -= opens;
  });
}

/** @param {KeyboardEvent} event */
function commandOf(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey || splitting() || opening) return null;
  if (typing(event.target) || document.querySelector("dialog[open]")) return null;
  const key = keyName(event);
  if ([" ", "Enter", "Shift+ "].includes(key) && targetOf(event).closest("button, a, summary, input")) return null;
  if (/^(Arrow|Home|End|Page)/.test(key) && targetOf(event).closest("input, details[open], [role=toolbar]")) return null;
  return BOUND.get(key) ?? null;
}
