// Find and replace: what would change is shown first, each sentence to be taken or left.
// @ts-check

import { post } from "./api.js";
import { fill } from "./bidi.js";
import { bitextPath, langOf, set, store } from "./store.js";
import { bdi, button, checkbox, el, errorLine, option, title } from "./dom.js";
import { unitSpans } from "./row.js";
import { queue, say } from "./saving.js";
import { number, t } from "./strings.js";
import { operate } from "./work.js";
import { showError } from "./words.js";

const NONE = { revision: 0, replacements: [], coded: 0, more: 0 };

/** @param {Closing} _ */
export function replace({ close }) {
  /** @param {string} label */
  const field = (label, props = {}) => el("input", { type: "text", dir: "auto", "aria-label": label, placeholder: label, ...props });
  const box = (checked = false) => checkbox({ checked });
  const fields = {
    find: field(t("replace.find"), { autofocus: true, required: true, value: store.filters.text ?? "" }),
    replacement: field(t("replace.with")),
    case: box(true),
    words: box(),
    regex: box(),
    side: el("select", { "aria-label": t("search.side") }, option("", t("search.side.both")), option("source", t("side.source")), option("target", t("side.target"))),
  };
  const error = errorLine();
  const told = el("p", { class: "hint", role: "status" }, `${t("replace.hint")} ${t("undo.one")}`);
  const list = el("ol", { class: "proposals replacements scroll" });
  const take = button("", () => taken(), { class: "main", hidden: true });
  /** @type {Replacements} */
  let found = NONE;

  const boxes = () => [...list.querySelectorAll("input")].filter(({ checked }) => checked);
  const counted = () => {
    take.hidden = !found.replacements.length;
    take.textContent = t("replace.take", { count: boxes().length });
    take.disabled = !boxes().length;
  };
  /** @param {any} problem */
  const fail = (problem) => showError(error, problem);

  async function look() {
    error.hidden = true;
    const values = Object.entries(fields).map(([name, node]) => [name, "checked" in node && node.type === "checkbox" ? node.checked : node.value]);
    const sought = Object.fromEntries(values);
    try {
      found = await post(`${bitextPath()}/replacements`, { ...sought, side: sought.side || null });
    } catch (problem) {
      found = NONE;
      list.replaceChildren();
      counted();
      return fail(problem);
    }
    list.replaceChildren(...found.replacements.map((one, place) => shown(one, place)));
    const left = [found.coded && t("replace.coded", { count: found.coded }), found.more && t("replace.more", { count: found.more })];
    told.textContent = [t("replace.found", { count: found.replacements.length }), ...left].filter(Boolean).join(" ");
    return counted();
  }

  /** @param {Replacement} one @param {number} place */
  function shown(one, place) {
    /** @param {string} words @param {readonly Span[]} spans */
    const text = (words, spans) => fill(el("span", { class: "text", ...langOf(one.side) }), words, { spans: unitSpans(words, spans) });
    const chosen = checkbox({ checked: true, value: place, "aria-label": t("replace.one", { number: one.number }) });
    chosen.addEventListener("change", counted);
    return el("li", {}, chosen, bdi(number(one.number), "number"), el("div", {}, el("del", {}, text(one.before, one.found)), el("ins", {}, text(one.after, one.made))));
  }

  async function taken() {
    const chosen = boxes().map(({ value }) => found.replacements[Number(value)]);
    const texts = Object.fromEntries(chosen.map(({ segment, after }) => [segment, after]));
    let done = false;
    await queue(
      async () => {
        set({ revision: Math.max(store.revision, found.revision) });
        await operate("replace", { texts });
        done = true;
      },
      fail,
      { decides: true },
    );
    if (!done) return;
    close();
    say(t("replace.done", { count: chosen.length }));
  }

  /** @param {HTMLElement} node @param {string} text */
  const toggle = (node, text) => el("label", { class: "toggle" }, node, text);
  const node = el(
    "form",
    {},
    el("div", { class: "line" }, fields.find, fields.replacement),
    el("div", { class: "line" }, toggle(fields.case, t("replace.case")), toggle(fields.words, t("replace.words")), toggle(fields.regex, t("search.regex")), fields.side, el("span", { class: "push" }), el("button", { type: "submit" }, t("replace.preview"))),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  return [title(t("replace"), close), node, error, told, list, el("footer", {}, take, button(t("cancel"), close))];
}
