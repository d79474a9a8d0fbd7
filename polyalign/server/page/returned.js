// A file that went out to a colleague and came back: what it changes is shown first, then taken over as one operation.
// @ts-check

import { send } from "./api.js";
import { projectPath } from "./store.js";
import { button, el, errorLine, table, title } from "./dom.js";
import { queue, say } from "./saving.js";
import { named, t, translated } from "./strings.js";
import { refresh } from "./work.js";
import { showError } from "./words.js";

/** A place in the file, in words of this page where it is a number of a row or line. @param {string} place */
function placeName(place) {
  const [, kind, number] = /^(row|line) (\d+)$/.exec(place) ?? [];
  return kind ? t(`returned.${kind}`, { number: Number(number) }) : place;
}

/**
 * Why something is in conflict; `said` is how a text, or a state, is shown.
 * @param {string} why @param {(text: string) => string} said
 */
function clash(why, said) {
  const [, state] = /^the project has (\S+)$/.exec(why) ?? [];
  return state ? t("clash.has", { text: said(state) }) : (translated(why, "clash") ?? why);
}

/** @param {Closing} _ */
export function returned({ close }) {
  const file = el("input", { type: "file", accept: ".xlsx,.docx,.xlf,.xliff,.tmx,.json", "aria-label": t("returned.file") });
  const error = errorLine();
  const hint = `${t("returned.hint")} ${t("undo.one")}`;
  const told = el("p", { class: "hint", role: "status" }, hint);
  const list = el("tbody");
  const take = button(t("returned.take"), () => queue(taken, fail, { decides: true }), { class: "main", hidden: true });
  /** @param {any} problem */
  const fail = (problem) => showError(error, problem);
  /** @param {boolean} dry */
  const sent = (dry) => {
    const form = new FormData();
    form.set("file", file.files?.[0] ?? "");
    return send(`${projectPath()}/update${dry ? "?dry=true" : ""}`, form);
  };

  async function look() {
    error.hidden = true;
    take.hidden = true;
    shown.hidden = true;
    told.textContent = hint;
    if (!file.files?.length) return;
    try {
      const { changes } = /** @type {Updated} */ (await sent(true));
      const clashes = changes.filter(({ why }) => why).length;
      told.textContent = [t("returned.changes", { count: changes.length - clashes }), clashes && t("returned.clashes", { count: clashes })].filter(Boolean).join(" ");
      list.replaceChildren(...changes.map(line));
      shown.hidden = !changes.length;
      take.hidden = !changes.length;
    } catch (problem) {
      fail(problem);
    }
  }

  /** @param {Taken} _ */
  const line = ({ place, what, before, after, why }) => {
    /** @param {string} text */
    const said = (text) => (what === "state" ? named("state", text) : text);
    const cells = [placeName(place), t(`returned.what.${what}`), said(before), said(after), clash(why, said)];
    return el("tr", { class: why ? "clash" : null }, cells.map((cell) => el("td", { dir: "auto" }, el("bdi", {}, cell))));
  };

  async function taken() {
    const { changes } = await sent(false);
    await refresh();
    close();
    say(t("returned.done", { count: changes.length }));
  }

  file.addEventListener("change", look);
  const heads = [t("returned.place"), t("returned.what"), t("returned.before"), t("returned.after"), t("returned.why")];
  const shown = el("div", { class: "scroll", hidden: true }, table(heads, list));
  return [title(t("returned"), close), file, error, told, shown, el("footer", {}, take, button(t("cancel"), close))];
}
