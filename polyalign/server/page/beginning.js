// The beginning of a project: files are dropped or chosen, looked at, aligned, and their rows opened.
// @ts-check

import { get, post, remove, send } from "./api.js";
import { atHome, emit, projectPath, store } from "./store.js";
import { button, checkbox, el, option } from "./dom.js";
import * as jobs from "./jobs.js";
import { fail } from "./saving.js";
import { compared, languageName, t } from "./strings.js";
import { explained, trouble } from "./words.js";

const TAGS =
  "ar az bg bn bs ca cs da de el en es et fa fi fr he hi hr hu hy id it ja ka kk ko ku lt lv mk ms nl no pl ps pt ro ru sk sl sq sr sv sw ta th tr uk ur uz vi zh".split(
    " ",
  );
const MOST = 100; // files that are looked at together

const panel = el("div", { class: "panel", hidden: true });
const zone = el("div", { class: "zone" });
/** What was given so far. @type {Held[]} */
let held = [];

export function start() {
  const paste = el("button", { type: "button", "data-dialog": "pair" }, t("home.paste"));
  zone.append(
    el("p", { class: "big" }, t("home.drop")),
    el("div", { class: "line" }, chooser("home.files", { multiple: true }), chooser("home.folder", { webkitdirectory: true }), paste),
    el("small", {}, t("home.formats")),
  );
  for (const name of /** @type {const} */ (["dragenter", "dragover", "dragleave", "drop"])) document.addEventListener(name, dragged);
  return el("section", { class: "begin" }, el("h2", {}, t("home.begin")), zone, panel);
}

/** A button that opens the browser's dialog for files. @param {string} key @param {Props} options */
function chooser(key, options) {
  const field = el("input", { type: "file", hidden: true, ...options });
  field.addEventListener("change", () => {
    given([...(field.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }))).catch(shown);
    field.value = "";
  });
  return el("span", {}, button(t(key), () => field.click(), { class: key === "home.files" ? "main" : null }), field);
}

/** @param {DragEvent} event */
function dragged(event) {
  if (!atHome() || !event.dataTransfer?.types.includes("Files") || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  zone.classList.toggle("over", ["dragenter", "dragover"].includes(event.type));
  if (event.type === "drop") dropped(event.dataTransfer).then(given).catch(shown);
}

/** All files that were dropped, those in folders too. @param {DataTransfer} _ */
async function dropped({ items, files }) {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (!entries.length) return [...files].map((file) => ({ file, path: file.name }));
  return (await Promise.all(entries.map(inside))).flat();
}

/** @param {any} entry of a folder or a file @returns {Promise<Given[]>} */
async function inside(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) return [{ file: await new Promise((done, no) => entry.file(done, no)), path }];
  const reader = entry.createReader();
  const found = [];
  for (let part = [null]; part.length; found.push(...part)) part = await new Promise((done, no) => reader.readEntries(done, no));
  return (await Promise.all(found.map(inside))).flat();
}

/** Looks at files, and says what can be begun with them. @param {Given[]} files */
async function given(files) {
  const wanted = files.filter(({ path }) => !/(^|\/)\./.test(path)).slice(0, MOST);
  if (!wanted.length) return;
  message(t("home.looking"));
  const form = new FormData();
  for (const { file } of wanted) form.append("file", file, file.name);
  const seen = await send("api/look", form);
  const known = new Set(held.map(({ path }) => path));
  held.push(...wanted.map((one, place) => ({ ...one, seen: seen[place], language: "" })).filter(({ path }) => !known.has(path)));
  paint();
}

/** @param {Child} said */
function message(said, kind = "hint") {
  panel.hidden = false;
  panel.replaceChildren(el("p", { class: kind, role: kind === "error" ? "alert" : "status" }, said));
}

/** @param {any} error */
function shown(error) {
  held = [];
  if (error.name === "AbortError") return;
  message(explained(error), "error");
  panel.append(button(t("cancel"), cancel));
}

function cancel() {
  held = [];
  panel.hidden = true;
  panel.replaceChildren();
}

/** What is to be done with what was given. @returns {Plan} */
function plan() {
  const texts = held.filter(({ seen }) => seen.kind === "text");
  const reads = held.filter(({ seen }) => seen.kind === "pairs");
  if (texts.length === 2) return { pairs: [texts], reads, alone: [] };
  /** @type {Map<string, Held[]>} */
  const groups = new Map();
  for (const text of texts) groups.set(bare(text), [...(groups.get(bare(text)) ?? []), text]);
  const found = [...groups.values()];
  return {
    pairs: found.filter((group) => group.length === 2 && tag(group[0]) !== tag(group[1])),
    reads,
    alone: found.filter((group) => group.length !== 2 || tag(group[0]) === tag(group[1])).flat(),
  };
}

/** @param {Held} _ */
const tag = ({ language, seen }) => language || seen.languages[0];
const PART = /[/\\._\- ]+/;

/**
 * The path of a text without its suffix and the name of its language: texts that belong together have the same.
 * @param {Held} text
 */
function bare(text) {
  const own = tag(text).split("-")[0];
  const english = new Intl.DisplayNames(["en"], { type: "language" });
  const names = new Set([own, ...[english, ...ownNames(own)].map((one) => one.of(own)?.toLowerCase())]);
  return stem(text.path)
    .toLowerCase()
    .split(PART)
    .filter((part) => part && !names.has(part))
    .join("-");
}

/** @param {string} own */
function ownNames(own) {
  try {
    return [new Intl.DisplayNames([own], { type: "language" })];
  } catch {
    return []; // no language that the browser knows
  }
}

/** @param {string} path */
const stem = (path) => path.replace(/(\.[A-Za-z0-9]{1,8})?(\.gz)?$/, "");
/** @param {string} path */
const last = (path) => path.slice(path.lastIndexOf("/") + 1);

/** A name for the project that no other has. @param {Plan} _ */
function proposed({ pairs, reads }) {
  const [pair] = pairs;
  const folder = held.length > 2 && held[0].path.includes("/") && held[0].path.split("/")[0];
  const alike = pair && bare({ ...pair[0], path: last(pair[0].path) });
  const same = alike && alike === bare({ ...pair[1], path: last(pair[1].path) });
  const own = pair ? (same ? alike : pair.map(({ path }) => stem(last(path))).join(" – ")) : stem(last(reads[0].path));
  const name = (folder || own).replace(/[\\/:*?"<>|]/g, " ").slice(0, 70).trim();
  const taken = new Set(store.projects.map((one) => one.name));
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : `${name} ${number}`;
    if (!taken.has(free)) return free;
  }
}

function paint() {
  const what = plan();
  const lines = held.filter(({ seen }) => seen.kind === "nothing").map(unreadable);
  panel.hidden = false;
  if (what.pairs.length || what.reads.length) panel.replaceChildren(...lines, form(what));
  else panel.replaceChildren(...lines, ...incomplete(what));
}

/** @param {Held} _ */
function unreadable({ path, seen }) {
  const { message: why, detail } = trouble(seen.error, seen.fault);
  const said = t("begin.unreadable", { name: last(path), why });
  return el("p", { class: "error", role: "alert" }, explained({ message: said, detail }));
}

/** @param {Plan} _ */
function incomplete({ alone }) {
  if (alone.length > 1) return [el("p", { role: "status" }, t("begin.unmatched")), button(t("cancel"), cancel)];
  if (!alone.length) return [button(t("cancel"), cancel)];
  const add = chooser("begin.add", { multiple: true });
  return [el("p", { role: "status" }, t("begin.one")), fileLine(alone[0]), el("div", { class: "line" }, add, button(t("cancel"), cancel))];
}

/** A file with its language, by name, which can be set right. @param {Held} one */
function fileLine(one) {
  const choices = TAGS.map((value) => [value, languageName(value)]).sort((a, b) => compared(a[1], b[1]));
  const detected = t("begin.detected", { language: languageName(one.seen.languages[0]) });
  const select = el(
    "select",
    { "aria-label": `${t("pair.language")}: ${last(one.path)}` },
    option("", detected, one.language),
    choices.map(([value, name]) => option(value, name, one.language)),
  );
  select.addEventListener("change", () => {
    one.language = select.value;
    paint();
  });
  return el("div", { class: "file" }, el("bdi", {}, last(one.path)), select);
}

/** @param {Plan} what */
function form(what) {
  const { pairs, reads, alone } = what;
  const name = el("input", { type: "text", maxlength: 80, value: proposed(what), required: true });
  const modes = ["auto", "parallel", "comparable"].map((value) => {
    const radio = el("input", { type: "radio", name: "mode", value, checked: value === "auto" });
    return { radio, label: el("label", {}, radio, t(`begin.mode.${value}`)) };
  });
  const translate = checkbox();
  const submit = el("button", { type: "submit", class: "main" }, t(pairs.length ? "begin.start" : "begin.read"));
  const [[source, target] = []] = pairs;
  const single = pairs.length === 1;
  const same = single && tag(source) === tag(target);
  const node = el(
    "form",
    {},
    single && [fileLine(source), button("⇅", () => swap(what), { title: t("begin.swap"), "aria-label": t("begin.swap") }), fileLine(target)],
    same && el("p", { class: "error", role: "alert" }, t("begin.same")),
    pairs.length > 1 && el("p", {}, t("begin.pairs", { count: pairs.length })),
    reads.map(readLine),
    alone.length > 0 && el("p", { class: "hint" }, t("begin.alone", { names: alone.map(({ path }) => last(path)).join(t("comma")) })),
    el("label", { class: "field" }, el("span", {}, t("begin.name")), name),
    pairs.length > 0 && el("fieldset", {}, el("legend", {}, t("begin.mode")), modes.map(({ label }) => label)),
    pairs.length > 0 && store.session.translators && el("label", {}, translate, t("begin.translate")),
    el("div", { class: "line" }, submit, button(t("cancel"), cancel)),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const mode = modes.find(({ radio }) => radio.checked)?.radio.value ?? "auto";
    begin(what, name.value.trim(), { mode, translate: translate.checked ? "auto" : "off" }, node);
  });
  return node;
}

/** @param {Held} _ */
const readLine = ({ path, seen }) =>
  el("div", { class: "file" }, el("bdi", {}, last(path)), el("span", {}, seen.languages.map(languageName).join(" – ")));

/** @param {Plan} _ */
function swap({ pairs: [[source, target]] }) {
  const [a, b] = [held.indexOf(source), held.indexOf(target)];
  [held[a], held[b]] = [target, source];
  paint();
}

/**
 * Makes the project, does one piece of work after the other, and opens what came of the first.
 * @param {Plan} _ @param {string} name @param {Record<string, string>} options @param {HTMLFormElement} form
 */
async function begin({ pairs, reads }, name, options, form) {
  form.inert = true;
  let project;
  try {
    project = await post("api/projects", { name });
  } catch (error) {
    form.inert = false;
    form.querySelector(".refused")?.remove();
    return form.append(el("p", { class: "error refused", role: "alert" }, explained(error)));
  }
  cancel();
  const works = [...pairs.map((pair) => () => paired(project, pair, options)), ...reads.map((one) => () => read(project, one))];
  const made = [];
  for (const work of works) {
    const job = await work().then(({ job: id }) => over(id), (/** @type {Error} */ error) => error);
    if (job instanceof Error) fail(job);
    else if (job.state === "done") made.push(job);
  }
  await emit("renewed");
  if (!made.length) return remove(projectPath(project.id)).catch(fail); // an empty one is of no use
  if (!atHome()) return undefined; // somebody works on something else by now: the line of the job leads there
  for (const { id } of made) jobs.dismissJob(id);
  return emit("show", project.id, made[0].result?.bitext ?? 0);
}

/** @param {string} id */
async function over(id) {
  jobs.heard(await get(`api/jobs/${id}`));
  return jobs.finished(id);
}

/** @param {Project} project @param {Held[]} pair @param {Record<string, string>} options */
function paired(project, pair, options) {
  const form = new FormData();
  ["source", "target"].forEach((side, place) => {
    form.set(side, pair[place].file);
    if (pair[place].language) form.set(`${side}_language`, pair[place].language);
  });
  for (const [key, value] of Object.entries(options)) form.set(key, value);
  return send(`${projectPath(project.id)}/pair`, form);
}

/** @param {Project} project @param {Held} _ */
function read(project, { file }) {
  const form = new FormData();
  form.set("file", file);
  return send(`${projectPath(project.id)}/bitexts`, form);
}
