// Find and replace: what would change is shown first, each sentence to be taken or left.

import { post } from "./api.js";
import { fill } from "./bidi.js";
import { bitextPath, set, store } from "./store.js";
import { bdi, button, el, option, title } from "./dom.js";
import { unitSpans } from "./row.js";
import { queue, say } from "./saving.js";
import { number, t } from "./strings.js";
import { operate } from "./work.js";
import { showError } from "./words.js";

export function replace({ close }) {
  const field = (label, props = {}) => el("input", { type: "text", dir: "auto", "aria-label": label, placeholder: label, ...props });
  const box = (checked = false) => el("input", { type: "checkbox", checked });
  const fields = {
    find: field(t("replace.find"), { autofocus: true, required: true, value: store.filters.text ?? "" }),
    replacement: field(t("replace.with")),
    case: box(true),
    words: box(),
    regex: box(),
    side: el("select", { "aria-label": t("search.side") }, option("", t("search.side.both")), option("source", t("side.source")), option("target", t("side.target"))),
  };
  const error = el("p", { class: "error", role: "alert", hidden: true });
  const told = el("p", { class: "hint", role: "status" }, `${t("replace.hint")} ${t("undo.one")}`);
  const list = el("ol", { class: "proposals replacements scroll" });
  const take = button("", () => taken(), { class: "main", hidden: true });
  let found = { revision: 0, replacements: [] };

  const boxes = () => [...list.querySelectorAll("input:checked")];
  const counted = () => {
    take.hidden = !found.replacements.length;
    take.textContent = t("replace.take", { count: boxes().length });
    take.disabled = !boxes().length;
  };
  const fail = (problem) => showError(error, problem);

  async function look() {
    error.hidden = true;
    const values = Object.entries(fields).map(([name, node]) => [name, node.type === "checkbox" ? node.checked : node.value]);
    const sought = Object.fromEntries(values);
    try {
      found = await post(`${bitextPath()}/replacements`, { ...sought, side: sought.side || null });
    } catch (problem) {
      found = { replacements: [] };
      list.replaceChildren();
      counted();
      return fail(problem);
    }
    list.replaceChildren(...found.replacements.map((one, place) => shown(one, place)));
    const left = [found.coded && t("replace.coded", { count: found.coded }), found.more && t("replace.more", { count: found.more })];
    told.textContent = [t("replace.found", { count: found.replacements.length }), ...left].filter(Boolean).join(" ");
    return counted();
  }

  function shown(one, place) {
    const { language, direction } = store.bitext[one.side];
    const text = (words, spans) => fill(el("span", { class: "text", lang: language, dir: direction }), words, { spans: unitSpans(words, spans) });
    const chosen = el("input", { type: "checkbox", checked: true, value: place, "aria-label": t("replace.one", { number: one.number }) });
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
