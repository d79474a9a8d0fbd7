// Home: all projects with their progress, what can be done with them, and those that were deleted.
// @ts-check

import { download, get, patch, post, remove } from "./api.js";
import * as beginning from "./beginning.js";
import { bitextName } from "./labels.js";
import { editor, emit, projectPath, store } from "./store.js";
import { button, el } from "./dom.js";
import { fail, queue, say } from "./saving.js";
import { compared, date, languageName, t } from "./strings.js";

const list = el("ul", { class: "projects" });
const trash = el("details", { class: "trash", hidden: true });
let renaming = ""; // the id of the project whose name is being written

/** @param {HTMLElement} node */
export function start(node) {
  if (editor() && store.session.can_create) node.append(beginning.start());
  node.append(el("h2", {}, t("home.recent")), list, trash);
}

/** The list as it is now; the project that was changed last comes first. */
export async function paint() {
  const projects = [...store.projects].sort((a, b) => compared(b.changed, a.changed));
  list.replaceChildren(...projects.map(card));
  if (!projects.length) list.append(el("li", { class: "none" }, t("home.none")));
  list.querySelector("input")?.focus();
  const gone = store.session.can_create ? await get("api/deleted") : [];
  trash.hidden = !gone.length;
  trash.replaceChildren(
    el("summary", {}, t("home.trash")),
    el("ul", {}, gone.map((/** @type {Deleted} */ one) => el("li", {}, el("bdi", {}, one.name), button(t("home.back"), () => bringBack(one.id))))),
  );
}

/** @param {Project} project */
function card(project) {
  const [first] = project.bitexts;
  const open = renaming === project.id ? renamer(project) : opener(project, first);
  return el(
    "li",
    { class: "project", "data-project": project.id },
    open,
    el("span", { class: "languages" }, first ? languages(first) : t("home.empty")),
    progress(project),
    el("span", { class: "changed" }, t("home.changed", { when: date(project.changed) })),
    project.bitexts.length > 1 && bitexts(project),
    menu(project),
  );
}

/** @param {Project} project @param {Bitext | undefined} first */
function opener(project, first) {
  const show = () => (first ? emit("show", project.id, first.id) : emit("dialog", "pair", { project: project.id }));
  return button(el("bdi", {}, project.name), show, { class: "name" });
}

/** @param {Bitext} _ */
const languages = ({ source, target }) => `${languageName(source.language)} – ${languageName(target.language)}`;

/** Of all bitexts of the project together. @param {Project} project */
function progress(project) {
  /** @param {"pairs" | "pairs_decided"} name */
  const sum = (name) => project.bitexts.reduce((total, one) => total + one.progress[name], 0);
  const [pairs, decided] = [sum("pairs"), sum("pairs_decided")];
  if (!pairs) return el("span");
  const text = t("pairs.of", { decided, count: pairs });
  return el("span", { class: "far" }, el("progress", { max: pairs, value: decided, "aria-label": text }), text);
}

/** @param {Project} project */
function bitexts(project) {
  /** @param {Bitext} bitext */
  const one = (bitext) =>
    el("li", {}, button(el("bdi", {}, bitextName(bitext)), () => emit("show", project.id, bitext.id), { class: "plain" }));
  return el(
    "details",
    { class: "bitexts" },
    el("summary", {}, t("home.bitexts", { count: project.bitexts.length })),
    el("ul", {}, project.bitexts.map(one)),
  );
}

/** @param {Project} project */
function menu(project) {
  const path = projectPath(project.id);
  /** @param {string} where @param {Query} [query] */
  const saved = (where, query) => queue(async () => say(t("export.done", { file: await download(where, query) })));
  const exports = project.bitexts.slice(0, 1).map(({ id }) =>
    ["tmx", "xlsx", "docx"].map((format) =>
      button(`${t("home.download")}: ${format.toUpperCase()}`, () => saved(`${path}/bitexts/${id}/export`, { format })),
    ),
  );
  const own = editor() && store.session.can_create;
  const content = [
    own && button(t("home.rename"), () => rename(project)),
    own && button(t("home.copy"), () => queue(() => post(`${path}/copy`))),
    exports,
    button(t("home.download.file"), () => saved(`${path}/file`)),
    own && button(t("home.delete"), () => queue(() => deleted(project)), { class: "danger" }),
  ];
  const name = t("home.menu", { name: project.name });
  const node = el("details", { class: "menu" }, el("summary", { "aria-label": name, title: name }, "⋯"));
  node.append(el("div", { class: "sheet end", onclick: () => (node.open = false) }, content));
  return node;
}

/** @param {Project} project */
function rename(project) {
  renaming = project.id;
  paint().catch(fail);
}

/** @param {Project} project */
function renamer(project) {
  const field = el("input", { type: "text", maxlength: 80, value: project.name, "aria-label": t("home.renamed") });
  const node = el("form", { class: "name" }, field, el("button", { type: "submit", class: "main" }, t("home.save")));
  const over = () => {
    renaming = "";
    return paint();
  };
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    queue(async () => {
      await patch(projectPath(project.id), { name: field.value });
      await over();
    });
  });
  node.addEventListener("keydown", (event) => event.key === "Escape" && over().catch(fail));
  return node;
}

/** Deletes, and offers to take that back. @param {Project} project */
async function deleted(project) {
  const gone = await remove(projectPath(project.id));
  say(t("home.deleted", { name: project.name }), "note", gone.id && { [t("command.undo.label")]: () => bringBack(gone.id) });
}

/** @param {string} id */
const bringBack = (id) => queue(() => post(`api/deleted/${encodeURIComponent(id)}/back`));
