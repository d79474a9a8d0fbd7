// Dialogs: keys, new bitext, export, history, the read-only link, a question. Each is a native <dialog>.
// @ts-check

import { token } from "./address.js";
import { download, get, post, send } from "./api.js";
import { COMMANDS, GROUPS } from "./commands.js";
import { concordance } from "./concordance.js";
import { bitextPath, editor, emit, langOf, projectPath, store } from "./store.js";
import { bdi, button, checkbox, el, errorLine, find, option, table, tableRow, title } from "./dom.js";
import * as jobs from "./jobs.js";
import { scores } from "./calibration.js";
import { glossary } from "./glossary.js";
import { bitextName, keyLabel } from "./labels.js";
import { presets } from "./presets.js";
import { replace } from "./replacing.js";
import { returned } from "./returned.js";
import { agreement, statistics } from "./reviewing.js";
import { STATES } from "./row.js";
import { queue, say } from "./saving.js";
import { released } from "./typing.js";
import { date, decimal, languageName, named, number as told, t } from "./strings.js";
import { showError, withoutCommands } from "./words.js";
import { take } from "./work.js";

/** @type {Record<string, (options: any) => Child[]>} */
const DIALOGS = { help, pair, export: exporting, history, link, confirm, concordance, about, proposals, glossary, replace, scores, agreement, statistics, returned };

/**
 * Shows one of the dialogs; closing it gives the focus back to where it was.
 * @param {string} name @param {object} options
 */
export function openDialog(name, options = {}) {
  if (document.querySelector("dialog[open]")) return;
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const dialog = el("dialog", { class: name, "aria-labelledby": "dialog-title" });
  const close = () => dialog.close();
  dialog.append(el("div", { class: "inner" }, DIALOGS[name]({ close, ...options })));
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    released();
    if (before?.isConnected) before.focus();
    else store.view?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  (dialog.querySelector("[autofocus]") ?? find("#dialog-title")).focus();
}

/**
 * A form whose button runs `action`, closed to typing meanwhile; what it refuses is said in place.
 * @param {string} label @param {() => unknown} action @param {() => void} close @param {Child[]} content
 */
function form(label, action, close, ...content) {
  const error = errorLine();
  const submit = el("button", { type: "submit", class: "main" }, label);
  const node = el("form", {}, content, error, el("footer", {}, submit, button(t("cancel"), close)));
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = /** @type {HTMLElement | null} */ (document.activeElement);
    node.inert = true;
    error.hidden = true;
    try {
      await action();
      close();
    } catch (problem) {
      showError(error, problem);
      node.inert = false;
      field?.focus();
    }
  });
  return node;
}

/** @param {string} text @param {HTMLElement} field */
const labelled = (text, field, hint = "") =>
  el("label", { class: "field" }, el("span", {}, text), field, hint && el("small", {}, hint));

/** @param {Closing} _ */
function help({ close }) {
  const groups = Object.entries(GROUPS).map(([name, commands]) =>
    el(
      "section",
      {},
      el("h3", {}, t(`group.${name}`)),
      el("dl", {}, commands.map((one) => COMMANDS[one]).filter(({ edits }) => !edits || editor()).map(described)),
    ),
  );
  const signs = el(
    "section",
    {},
    el("h3", {}, t("help.signs")),
    el(
      "dl",
      { class: "signs" },
      Object.entries(STATES).map(([state, text]) => [el("dt", {}, el("span", { class: `sample ${state}` })), el("dd", {}, text)]),
      ["0", "1", "2", "3", "4"].map((band) => [
        el("dt", {}, el("span", { class: "score", "data-quality": band }, bdi(`${decimal(Number(band) / 5, 1)}–`))),
        el("dd", {}, t(`help.band.${band}`)),
      ]),
    ),
  );
  return [title(t("help"), close), el("p", { class: "hint" }, t("help.hint")), el("div", { class: "columns" }, groups, signs)];
}

/** @param {Command} _ */
function described({ keys, label, hint }) {
  const caps = keys.map((key) => el("kbd", {}, keyLabel(key)));
  return [el("dt", {}, caps), el("dd", {}, el("b", {}, label), " ", hint)];
}

/** @param {Closing & {title: string, text: string, label: string, run: () => unknown}} _ */
function confirm({ close, title: text, text: question, label, run }) {
  const yes = button(
    label,
    () => {
      close();
      run();
    },
    { class: "main", autofocus: true },
  );
  return [title(text, close), el("p", {}, question), el("footer", {}, yes, button(t("cancel"), close))];
}

// New bitext

/** @param {Closing & {project?: string}} _ */
function pair({ close, project }) {
  const ways = { files: t("pair.files"), texts: t("pair.texts"), bitext: t("pair.bitext") };
  /** @type {Record<string, {node: HTMLElement, start(path: string, options: Options): Promise<{job: string}>}>} */
  const panels = { files: files(), texts: texts(), bitext: bitextFile() };
  let way = "files";
  /** @param {string} name */
  const choose = (name) => {
    way = name;
    for (const key of Object.keys(ways)) panels[key].node.hidden = key !== name;
    options.node.hidden = name === "bitext";
  };
  const tabs = Object.entries(ways).map(([name, text]) => {
    const radio = el("input", { type: "radio", name: "way", value: name, checked: name === way });
    radio.addEventListener("change", () => choose(name));
    return el("label", {}, radio, text);
  });
  const options = pairOptions();
  const target = projects(project);
  choose(way);
  const start = async () => {
    const path = await target.path();
    const { job } = await panels[way].start(path, options.values());
    jobs.heard(await get(`api/jobs/${job}`));
    say(t("pair.started"));
  };
  const content = [
    el("div", { class: "tabs", role: "radiogroup", "aria-label": t("pair.from") }, tabs),
    Object.values(panels).map(({ node }) => node),
    options.node,
    target.node,
  ];
  return [title(t("pair.title"), close), form(t("pair.start"), start, close, content)];
}

const languageField = () =>
  el("input", {
    type: "text",
    placeholder: t("pair.detect"),
    maxlength: 35,
    size: 8,
    spellcheck: "false",
    autocapitalize: "off",
  });

function files() {
  const file = () => el("input", { type: "file" });
  const sides = { source: [file(), languageField()], target: [file(), languageField()] };
  const node = el(
    "div",
    { class: "sides" },
    Object.entries(sides).map(([side, [upload, language]]) =>
      el(
        "fieldset",
        {},
        el("legend", {}, t(`side.${side}`)),
        labelled(t("pair.file"), upload),
        labelled(t("pair.language"), language, t("pair.language.hint")),
      ),
    ),
  );
  /** @param {string} path @param {Options} _ */
  const start = (path, { mode, translate }) => {
    const form = new FormData();
    for (const [side, [upload, language]] of Object.entries(sides)) {
      form.set(side, chosen(upload, t(`pair.no_file.${side}`)));
      if (language.value.trim()) form.set(`${side}_language`, language.value.trim());
    }
    form.set("mode", mode);
    if (translate) form.set("translate", translate);
    return send(`${path}/pair`, form);
  };
  return { node, start };
}

/** @param {HTMLInputElement} upload @param {string} otherwise */
function chosen(upload, otherwise) {
  const file = upload.files?.[0];
  if (!file) throw new Error(otherwise);
  return file;
}

function texts() {
  const make = () => [el("textarea", { rows: 8, dir: "auto", required: false }), languageField()];
  const sides = { source: make(), target: make() };
  const node = el(
    "div",
    { class: "sides" },
    Object.entries(sides).map(([side, [area, language]]) =>
      el("fieldset", {}, el("legend", {}, t(`side.${side}`)), labelled(t("pair.text"), area), labelled(t("pair.language"), language)),
    ),
  );
  /** @param {string} path @param {Options} _ */
  const start = (path, { mode, translate }) => {
    /** @type {Record<string, unknown>} */
    const body = { mode, ...(translate && { translate }) };
    for (const [side, [area, language]] of Object.entries(sides)) {
      if (!area.value.trim()) throw new Error(t(`pair.no_text.${side}`));
      body[side] = {
        text: area.value,
        name: t(`pair.name.${side}`),
        ...(language.value.trim() && { language: language.value.trim() }),
      };
    }
    return post(`${path}/pair`, body);
  };
  return { node, start };
}

function bitextFile() {
  const upload = el("input", { type: "file" });
  const languages = { source: languageField(), target: languageField() };
  const node = el(
    "div",
    {},
    labelled(t("pair.bitext"), upload, "TMX, XLIFF, JSON, JSON Lines, TSV, CSV, XLSX, …"),
    labelled(t("pair.source_language"), languages.source, t("pair.which_language")),
    labelled(t("pair.target_language"), languages.target),
  );
  /** @param {string} path */
  const start = (path) => {
    const form = new FormData();
    form.set("file", chosen(upload, t("pair.no_file")));
    for (const [side, language] of Object.entries(languages))
      if (language.value.trim()) form.set(`${side}_language`, language.value.trim());
    return send(`${path}/bitexts`, form);
  };
  return { node, start };
}

function pairOptions() {
  const mode = el(
    "select",
    {},
    option("auto", t("mode.auto")),
    option("parallel", t("mode.parallel")),
    option("comparable", t("mode.comparable")),
  );
  const translate = checkbox();
  const assisted = store.session.translators && el("label", {}, translate, t("pair.translate"));
  const node = el("div", {}, labelled(t("pair.mode"), mode), assisted);
  return { node, values: () => ({ mode: mode.value, translate: translate.checked ? "auto" : "" }) };
}

/** The project that the new bitext goes into: one there is, or a new one. */
function projects(chosen = store.project?.id ?? (store.session.can_create ? "" : undefined)) {
  const fresh = store.session.can_create;
  const select = el(
    "select",
    {},
    store.projects.map(({ id, name }) => option(id, name, chosen)),
    fresh && option("", t("pair.new_project"), chosen),
  );
  const name = el("input", { type: "text", maxlength: 80, placeholder: t("pair.project_name") });
  const named = labelled(t("pair.name"), name);
  const change = () => (named.hidden = select.value !== "");
  select.addEventListener("change", change);
  change();
  const path = async () => {
    if (select.value) return projectPath(select.value);
    if (!name.value.trim()) throw new Error(t("pair.no_name"));
    const project = await post("api/projects", { name: name.value.trim() });
    emit("renewed");
    return projectPath(project.id);
  };
  return { node: el("div", {}, labelled(t("pair.into"), select), named), path };
}

// Export, history, links

/** @param {Closing} _ */
function exporting({ close }) {
  const formats = el("select", {}, (store.session.formats ?? []).map((name) => option(name, name.toUpperCase(), "tmx")));
  const states = Object.entries(STATES).map(([value, text]) => {
    const box = checkbox({ value, checked: value !== "rejected" });
    return { box, label: el("label", {}, box, el("span", { class: `sample ${value}`, "aria-hidden": true }), text) };
  });
  const score = el("input", { type: "number", min: 0, max: 1, step: 0.05, value: 0 });
  const unaligned = checkbox();
  const start = async () => {
    const state = states.flatMap(({ box }) => (box.checked ? box.value : [])).join();
    if (!state) throw new Error(t("export.no_state"));
    const query = { format: formats.value, state, min_score: score.value || 0, ...(unaligned.checked && { unaligned: true }) };
    say(t("export.done", { file: await download(`${bitextPath()}/export`, query) }));
  };
  return [
    title(t("export"), close),
    presets(close),
    el("details", { class: "more" }, el("summary", {}, t("export.other")), form(
      t("export"),
      start,
      close,
      labelled(t("export.format"), formats),
      el("fieldset", {}, el("legend", {}, t("export.states")), states.map(({ label }) => label)),
      labelled(t("export.score"), score),
      el("label", {}, unaligned, t("export.unaligned")),
    )),
  ];
}

/** @param {Closing} _ */
function history({ close }) {
  const list = el("tbody");
  queue(async () =>
    list.append(...(await get(`${projectPath()}/journal`, { limit: 200 })).map((/** @type {Logged} */ entry) => logged(entry, close))),
  );
  const names = [t("history.revision"), t("history.operation"), t("view.rows"), t("history.who"), t("history.when")];
  return [title(t("group.history"), close), el("div", { class: "scroll" }, table(names, list))];
}

/** @param {Logged} _ @param {() => void} close */
function logged({ revision, motion, operation, who, at, rows }, close) {
  const row = rows[0];
  const show =
    row !== undefined &&
    button(
      t("rows", { count: rows.length }),
      () => {
        close();
        queue(() => store.view.go(row));
      },
      { class: "plain" },
    );
  const what = named("operation", operation);
  const name = motion === "do" ? what : t(`history.${motion}`, { operation: what });
  return tableRow([bdi(told(revision)), name, show || "", bdi(who), bdi(date(at))]);
}

/**
 * What realigning would change, each change to be taken or left.
 * @param {Closing & {job: Job, proposals: number, done: () => void}} _
 */
function proposals({ close, job, proposals: number, done }) {
  const list = el("ol", { class: "proposals scroll" });
  /** @type {HTMLInputElement[]} */
  const boxes = [];
  const all = checkbox({ checked: true });
  const counted = () => {
    const count = boxes.filter(({ checked }) => checked).length;
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    submit.textContent = t("realigned.take", { count });
    submit.disabled = !count;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    counted();
  });
  const start = async () => {
    const chosen = boxes.filter(({ checked }) => checked).map(({ value }) => Number(value));
    done();
    await queue(() => take(number, chosen), undefined, { decides: true });
  };
  const node = form(t("realigned.take_one"), start, close, el("label", {}, all, t("realigned.all")), list);
  const submit = /** @type {HTMLButtonElement} */ (find("[type=submit]", node));
  submit.disabled = true;
  queue(async () => {
    for (const change of await get(`${projectPath(job.project)}/proposals/${number}`)) {
      const box = checkbox({ value: change.number, checked: true });
      box.addEventListener("change", counted);
      boxes.push(box);
      list.append(el("li", {}, el("label", {}, box, t("realigned.take_one")), was(t("realigned.now"), change.before), was(t("realigned.then"), change.after)));
    }
    counted();
  });
  return [title(t("realigned"), close), el("p", { class: "hint" }, `${t("realigned.hint")} ${t("undo.one")}`), node];
}

/** @param {string} name @param {readonly ProposedRow[]} rows */
function was(name, rows) {
  const shown = rows.map((row) =>
    el("div", { class: "pair" }, side(row, "source"), el("span", { class: "score" }, row.score === null ? "–" : decimal(row.score)), side(row, "target")),
  );
  return el("div", { class: "was" }, el("b", {}, name), el("div", {}, shown));
}

/** @param {ProposedRow} row @param {Side} name */
function side(row, name) {
  const lines = row[name].map(({ number, text }) => el("p", {}, bdi(told(number), "number"), " ", bdi(text)));
  return el("div", { class: "text", ...langOf(name) }, lines.length ? lines : "–");
}

/** @param {Closing} _ */
function link({ close }) {
  const url = new URL(store.session.reader_link ?? "", location.href).href;
  const field = el("input", { type: "text", dir: "ltr", value: url, readonly: true, "aria-label": t("link") });
  field.addEventListener("focus", () => field.select());
  const copy = button(
    t("link.copy"),
    async () => {
      field.select();
      await navigator.clipboard.writeText(url);
      copy.textContent = t("link.copied");
    },
    { class: "main" },
  );
  return [title(t("link"), close), el("p", {}, t("link.what")), el("div", { class: "line" }, field, copy)];
}

/** @param {Closing} _ */
function about({ close }) {
  const { bitext, project, session } = store;
  /** @param {Side} name */
  const side = (name) => [
    bdi(bitext[name].path ?? "–"),
    ` · ${languageName(bitext[name].language)} · ${t("sentences", { count: bitext[name].segments })}`,
  ];
  /** @type {[string, any][]} */
  const lines = [
    [t("about.project"), bdi(project.name)],
    [t("bitext"), bdi(bitextName(bitext))],
    [t("side.source"), side("source")],
    [t("side.target"), side("target")],
    [t("pair.mode"), named("mode", bitext.mode)],
    [t("about.signature"), bdi(bitext.signature)],
    [t("about.notes"), bitext.notes.map((note) => el("p", { lang: "en", dir: "ltr" }, withoutCommands(note)))],
    ["polyalign", bdi(session.version)],
  ];
  const said = lines.filter(([, value]) => value.length !== 0);
  const docs = el("a", { href: `docs?token=${encodeURIComponent(token)}`, target: "_blank", rel: "noreferrer" }, t("about.api"));
  return [
    title(t("about"), close),
    el("dl", { class: "facts" }, said.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("p", {}, docs),
  ];
}
