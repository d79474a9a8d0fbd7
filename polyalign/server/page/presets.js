// Exports in plain words: for which tool, what the file holds, and what is left out of it.
// @ts-check

import { download, get } from "./api.js";
import { bitextPath } from "./store.js";
import { button, checkbox, el, errorLine } from "./dom.js";
import { queue, say } from "./saving.js";
import { list, t } from "./strings.js";
import { showError } from "./words.js";

const REASONS = ["unreviewed", "rejected", "not_kept", "alone"];

/** The presets as a part of the dialog; `close` ends it. @param {() => void} close */
export function presets(close) {
  const unreviewed = checkbox();
  const cards = el("ul", { class: "presets" });
  const error = errorLine();
  /** @param {any} problem */
  const fail = (problem) => showError(error, problem);
  const asked = () => (unreviewed.checked ? { unreviewed: true } : {});
  const paint = async () => {
    try {
      const found = await get(`${bitextPath()}/presets`, asked());
      cards.replaceChildren(...found.map((/** @type {ShownPreset} */ one) => card(one, save)));
      error.hidden = true;
    } catch (problem) {
      fail(problem);
    }
  };
  /** @param {string} name */
  const save = (name) =>
    queue(async () => {
      const file = await download(`${bitextPath()}/presets/${name}`, asked());
      close();
      say(t("export.done", { file }));
    }, fail);
  unreviewed.addEventListener("change", paint);
  paint();
  return el("div", {}, el("label", {}, unreviewed, t("preset.unreviewed")), error, cards);
}

/** @param {ShownPreset} _ @param {(name: string) => unknown} save */
function card({ name, pairs, terms, left_out: left }, save) {
  const holds = [t("preset.pairs", { count: pairs }), terms ? t("preset.terms", { count: terms }) : ""].filter(Boolean);
  const out = REASONS.filter((why) => left[why]).map((why) => t(`preset.left.${why}`, { count: left[why] }));
  const title = t(`preset.${name}`);
  return el(
    "li",
    { "data-preset": name },
    el("div", {}, el("b", {}, title), el("p", {}, t(`preset.${name}.hint`)), el("p", { class: "counts" }, t("preset.holds", { what: list(holds) }), out.length ? ` ${t("preset.left", { what: list(out) })}` : "")),
    button(t("home.download"), () => save(name), { disabled: !pairs, "aria-label": `${t("home.download")}: ${title}` }),
  );
}
