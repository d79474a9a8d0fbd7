// The page: opens what the URL names, and joins the rooms together.
// @ts-check

import * as address from "./address.js";
import { get, listen, post } from "./api.js";
import { restsOn } from "./calibration.js";
import { followSelection } from "./caret.js";
import { COMMANDS, GROUPS, linkWith, run, toggle } from "./commands.js";
import * as outbox from "./outbox.js";
import { adopt, operate, refresh, resend } from "./work.js";
import { HOME, START, atHome, bitextPath, editor, emit, on, set, store } from "./store.js";
import { el, find, targetOf } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { draft } from "./editing.js";
import * as filters from "./filters.js";
import * as home from "./home.js";
import * as jobs from "./jobs.js";
import * as keys from "./keys.js";
import * as lights from "./lights.js";
import * as map from "./map.js";
import * as printing from "./printing.js";
import { STATES } from "./row.js";
import { startSettings } from "./settings.js";
import { RowsView } from "./rows.js";
import * as saving from "./saving.js";
import { TextsView } from "./texts.js";
import { bitextName, keyLabel } from "./labels.js";
import { LANGUAGES, chosenLanguage, decimal, direction, list, named, number, setLanguage, t, translatePage } from "./strings.js";
import { typing } from "./typing.js";
import { withoutCommands } from "./words.js";

/** @type {{rows: RowsView, texts: TextsView}} */
let views;
const MOTIONS = /** @type {const} */ (["undo", "redo"]);
/** @type {readonly ViewName[]} */
const NAMES = ["rows", "texts"];

async function start() {
  translatePage();
  startSettings();
  themed(localStorage.getItem("polyalign.theme") ?? "");
  saving.start(() => ({ project: store.project?.name, bitext: store.bitext?.id, cursor: store.cursor }));
  keys.start();
  printing.start();
  const [session, projects] = await Promise.all([get("api/session"), get("api/projects")]);
  set({ session, projects });
  document.body.dataset.role = session.role;
  if (!editor()) for (const node of document.querySelectorAll("[data-editor]")) node.remove();
  views = { rows: new RowsView(find("#rows")), texts: new TextsView(find("#texts")) };
  map.start(views.rows.viewport);
  lights.start(views.rows);
  const orphans = editor() ? await resend() : [];
  const wanted = address.read();
  set({ filters: wanted.filters, folded: wanted.folded });
  filters.build(find("#filters"));
  toolbar();
  header();
  pointers();
  home.start(find("#home"));
  await jobs.start(find("#jobs"));
  await show(wanted.project, wanted.bitext, wanted.view, wanted.row);
  again(outbox.left());
  if (orphans.length) saving.show("failed", t("saved.orphan", { project: orphans[0] }));
  if (session.notes.length) saving.say([el("span", { lang: "en", dir: "ltr" }, session.notes.map(withoutCommands).join("; "))], "error");
  listen("api/events", { onevent: heard, onopen: reconnected, onlost });
}

/**
 * Gives the commands again that were given before a reload, and not begun: on the row that they were given on.
 * @param {any} later
 */
function again(later) {
  if (!later?.cursor.row || later.project !== store.project?.name || later.bitext !== store.bitext?.id) return;
  saving.queue(() => store.view.go(later.cursor.row, { segment: later.cursor.segment, side: later.cursor.side }));
  for (const name of later.names) run(name);
}

/**
 * Opens a bitext; where none is named, home, or on a server of a few files the first of them.
 * @param {string} projectId @param {number | null} bitextId @param {ViewName} view @param {number | null} row
 */
export async function show(projectId, bitextId, view = "rows", row = null, back = false) {
  const first = store.session.home ? null : store.projects.find((one) => one.bitexts.length);
  const project = store.projects.find((one) => one.id === projectId) ?? first;
  const bitext = project?.bitexts.find((one) => one.id === bitextId) ?? project?.bitexts[0];
  set({ opened: new Set() });
  if (!project || !bitext) return goHome(back);
  entered("rows", back);
  set({ project, bitext });
  find("#home").hidden = true;
  await turn(view, row);
}

/**
 * Home or rows: going from one to the other is a step in the browser's history, but for one that goes back.
 * @param {string} place @param {boolean} back
 */
function entered(place, back) {
  const before = document.body.dataset.place;
  document.body.dataset.place = place;
  if (before && before !== place && !back) address.step();
}

/** @param {ViewName} view */
async function turn(view, row = store.cursor.row) {
  set({ view: views[view] });
  for (const name of NAMES) {
    find(`#${name}`).hidden = name !== view;
    find(`#view-${name}`).setAttribute("aria-pressed", String(name === view));
  }
  find("#map").hidden = view !== "rows";
  find("#filters").hidden = view === "texts";
  await store.view.open(row);
  remember();
}

/** The list of projects, where a new one begins. */
async function goHome(back = false) {
  entered("home", back);
  set(HOME);
  for (const name of [...NAMES, "map", "filters"]) find(`#${name}`).hidden = true;
  find("#home").hidden = false;
  await home.paint();
  remember();
}

const viewName = () => (store.view === views.texts ? "texts" : "rows");

const remember = () => {
  const { project, bitext, cursor, folded } = store;
  address.write({ project: project?.id, bitext: bitext?.id, view: viewName(), row: cursor.row, folded, filters: store.filters });
};

// What the server tells

/** @param {string} name @param {any} data */
function heard(name, data) {
  if (name === "job") return jobs.heard(data);
  if (name === "projects") return saving.queue(renewed);
  // behind what is under way, which may take rows away; where it fails the next fetch brings them
  if (name === "flags") return saving.queue(() => flagged(data), () => {});
  if (name !== "revision") return undefined;
  return saving.queue(() => changed(data));
}

/**
 * Another tab, or a job, changed a project: ours is brought up to date, the others only counted.
 * @param {{project: string, revision: number, who: string, operation: string}} _
 */
async function changed({ project, revision, who, operation }) {
  const known = store.projects.find((one) => one.id === project);
  if (known && revision <= known.revision) return;
  if (store.project?.id !== project || !store.bitext) return renewed();
  await refresh();
  saving.say(t(who ? "say.changed_by" : "say.changed", { who, operation: named("operation", operation) }));
}

/**
 * Slow checks found something in rows that were shown with quick flags alone.
 * @param {{project: string, rows: number[]}} _
 */
async function flagged({ project, rows }) {
  if (store.project?.id !== project || !store.bitext) return;
  const shown = rows.filter((row) => store.view.holds(row));
  if (shown.length > 20) return void (await refresh());
  const found = await Promise.all(shown.map((row) => get(`${bitextPath()}/rows/${row}`)));
  store.view.patch(found.map(({ row }) => row));
}

async function renewed() {
  const found = await get("api/projects");
  adopt(found, []);
  if (atHome()) return home.paint();
  if (!found.some((/** @type {Project} */ { id }) => id === store.project?.id)) await goHome();
  return undefined;
}

let lost = false;

function onlost() {
  lost = true;
  if (!saving.pending()) saving.show("offline", t("offline"), false);
}

function reconnected() {
  if (!lost) return;
  lost = false;
  jobs.refresh();
  if (!saving.pending()) saving.show("saved", t("saved"));
  saving.queue(async () => {
    const revision = store.revision;
    if (atHome()) return renewed();
    await refresh();
    if (store.revision !== revision) saving.say(t("say.up_to_date"));
  });
}

// Header and toolbar

function header() {
  find("#bitext").addEventListener("change", () => {
    const [project, bitext] = JSON.parse(find("#bitext").value);
    set({ cursor: START });
    saving.queue(() => show(project, bitext, viewName()));
  });
  for (const name of NAMES) find(`#view-${name}`).addEventListener("click", () => saving.queue(() => turn(name)));
  find(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    store.view?.focus();
  });
  const narrow = find("#narrow-filters");
  narrow.addEventListener("click", () => narrow.setAttribute("aria-expanded", String(find("#filters").classList.toggle("open"))));
  for (const motion of MOTIONS) find(`#${motion}`)?.addEventListener("click", () => run(motion));
  const languages = find("#language");
  languages.append(...Object.entries(LANGUAGES).map(([tag, name]) => el("option", { value: tag, lang: tag }, name)));
  languages.value = chosenLanguage;
  languages.addEventListener("change", () => setLanguage(languages.value));
  const theme = find("#theme");
  theme.value = document.documentElement.dataset.theme ?? "";
  theme.addEventListener("change", () => themed(theme.value));
  setting("#controls", (controls) => {
    set({ controls });
    store.view?.repaint();
  });
  setting("#onward", (onward) => set({ onward }), true);
  setting("#blind", (on) => {
    if (find("#blind-sign").hidden === !on) return;
    find("#blind-sign").hidden = !on;
    document.documentElement.dataset.blind = String(on);
    if (store.project) location.reload(); // what is known of the rows is what may not be seen
  });
  const who = find("#who");
  if (who) {
    who.value = localStorage.getItem("polyalign.who") || store.session.who;
    who.addEventListener("change", () => {
      localStorage.setItem("polyalign.who", who.value.trim());
      if (find("#blind").checked) location.reload();
    });
  }
  const translate = find("[data-job=translate]");
  if (translate) translate.hidden = !store.session.translators;
}

/** @param {string} selector @param {(on: boolean) => unknown} changed */
function setting(selector, changed, otherwise = false) {
  const box = /** @type {HTMLInputElement | null} */ (find(selector));
  if (!box) return;
  const name = `polyalign.${box.id}`;
  box.checked = (localStorage.getItem(name) ?? String(otherwise)) === "true";
  changed(box.checked);
  box.addEventListener("change", () => {
    localStorage.setItem(name, String(box.checked));
    changed(box.checked);
  });
}

/** @param {string} theme */
function themed(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  localStorage.setItem("polyalign.theme", theme);
}

function projectShown() {
  const options = store.projects.map((project) => {
    const choices = project.bitexts.map((bitext) => {
      const chosen = project.id === store.project?.id && bitext.id === store.bitext?.id;
      return el("option", { value: JSON.stringify([project.id, bitext.id]), selected: chosen }, bitextName(bitext));
    });
    return el("optgroup", { label: project.name }, choices);
  });
  find("#bitext").replaceChildren(...options);
  document.title = [store.bitext && bitextName(store.bitext), store.project?.name, "polyalign"]
    .filter(Boolean)
    .join(" · ");
  for (const motion of MOTIONS) moved(find(`#${motion}`), motion);
  progress();
}

/** @param {HTMLButtonElement | null} button @param {"undo" | "redo"} motion */
function moved(button, motion) {
  if (!button) return;
  const { label, keys } = COMMANDS[motion];
  const name = store.project?.[motion] ?? "";
  const whole = name ? `${label}: ${named("operation", name)}` : label;
  button.disabled = !name;
  button.title = `${whole} (${keyLabel(keys[0])})`;
  button.setAttribute("aria-label", whole);
}

function progress() {
  const box = find("#progress");
  box.hidden = !store.bitext;
  if (!store.bitext) return;
  const { counts, progress: how } = store.bitext;
  const total = how.pairs + how.alone || 1;
  const parts = { decided: how.pairs_decided, told: how.alone_decided };
  const bars = Object.entries(parts).map(([name, count]) => {
    const part = el("span", { class: `part ${name}` });
    part.style.width = `${(100 * count) / total}%`;
    return part;
  });
  find(".bar", box).replaceChildren(...bars);
  const pairs = t("pairs.of", { decided: how.pairs_decided, count: how.pairs });
  const alone = how.alone ? t("alone.of", { decided: how.alone_decided, count: how.alone }) : "";
  find(".figure", box).replaceChildren(...[pairs, alone].filter(Boolean).map((text) => el("span", {}, text)));
  box.setAttribute("aria-label", t("decided", { what: list([pairs, alone].filter(Boolean)) }));
  box.title = [
    t("decided", { what: "" }),
    pairs,
    alone,
    left(how),
    ...Object.entries(counts).map(([state, count]) => `${STATES[state]}: ${number(count)}`),
  ]
    .filter(Boolean)
    .join("\n");
}

/** What the scores say of the pairs that are left. @param {Progress} how */
function left(how) {
  const open = how.pairs - how.pairs_decided - how.unscored;
  return open > 0 && [t("doubt.left", { wrong: decimal(how.expected, 1), count: open }), restsOn(how)].join(". ");
}

function toolbar() {
  const tools = find("#tools");
  if (!tools) return;
  for (const group of ["decisions", "rows", "sentences"]) {
    const buttons = GROUPS[group].map((name, place) => tool(COMMANDS[name], group === "decisions" && place === 0));
    tools.append(el("div", { class: "group", role: "group", "aria-label": t(`group.${group}`) }, buttons));
  }
  tools.addEventListener("mousedown", (event) => event.preventDefault()); // the row keeps the focus
  tools.addEventListener("keydown", roved);
}

/** @param {Command} _ @param {boolean} first */
function tool({ name, keys: [key], label, hint }, first) {
  const node = el(
    "button",
    { type: "button", "data-command": name, title: `${label} (${keyLabel(key)}): ${hint}`, class: first ? "main" : null, tabindex: first ? 0 : -1 },
    label,
    el("kbd", { "aria-hidden": true }, keyLabel(key)),
  );
  node.addEventListener("click", () => run(name));
  return node;
}

/** @param {KeyboardEvent} event */
function roved(event) {
  const step = (Number(event.key === "ArrowRight") - Number(event.key === "ArrowLeft")) * (direction === "rtl" ? -1 : 1);
  if (!step) return;
  const all = [...document.querySelectorAll("#tools button")];
  const next = all[(all.indexOf(targetOf(event)) + step + all.length) % all.length];
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
}

/** How long work on the bitext is asked for: realigning shows what it would change. @type {Record<string, object>} */
const HOW = { realign: { preview: true }, translate: {} };

// The mouse

function pointers() {
  find("#rows").addEventListener("click", clicked);
  find("#rows").addEventListener("dblclick", (event) => targetOf(event).closest(".text") && event.altKey && run("edit"));
  find("#rows").addEventListener("focusin", focused);
  for (const node of document.querySelectorAll("[data-home]")) node.addEventListener("click", () => emit("home"));
  document.addEventListener("click", (event) => {
    const target = targetOf(event);
    const opener = target.closest("[data-dialog]");
    if (opener) openDialog(opener.dataset.dialog ?? "");
    const job = target.closest("[data-job]")?.dataset.job;
    if (job)
      saving.queue(async () =>
        jobs.heard(await get(`api/jobs/${(await post(`${bitextPath()}/${job}`, HOW[job])).job}`)),
      );
    for (const menu of openMenus()) if (!menu.contains(target) || opener || job) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of openMenus()) shut(menu);
  });
  document.addEventListener("copy", copied);
}

/** @param {HTMLDetailsElement} menu */
function shut(menu) {
  menu.open = false;
  find("summary", menu).focus();
}

const openMenus = () => [...document.querySelectorAll("details")].filter((node) => node.matches(".menu[open]"));

/** The side of a segment. @param {HTMLElement} segment */
const sideOf = (segment) => /** @type {Side} */ (segment.closest(".cell")?.dataset.side);

/** Small buttons of a row that are commands. */
const ACTS = ["accept", "review", "reject", "comment", "reply", "restore", "unfold"];

/** @param {MouseEvent} event */
function clicked(event) {
  const target = targetOf(event);
  const node = target.closest(".row:not(.hole)");
  if (!node || target.closest(".editor")) return;
  const act = target.closest("[data-act]");
  const segment = target.closest("[data-segment]");
  if (segment && (event.ctrlKey || event.metaKey || event.shiftKey) && editor() && !act) {
    event.preventDefault();
    return toggle(Number(segment.dataset.segment), Number(node.dataset.row), sideOf(segment));
  }
  placeCursor(node, segment);
  if (!act) return;
  const { act: name = "" } = act.dataset;
  if (ACTS.includes(name)) run(name);
  else if (name === "partner") linkPartner(node, act);
  else if (editor()) heed(Number(node.dataset.row), act);
}

/** @param {HTMLElement} node @param {HTMLElement | null} segment */
function placeCursor(node, segment) {
  const index = views.rows.list.where(
    (item) =>
      String(item.run ?? item.id) === (node.dataset.run ?? node.dataset.row) &&
      (item.run !== undefined) === "run" in node.dataset,
  );
  const own = segment ? { side: sideOf(segment), segment: Number(segment.dataset.segment) } : {};
  views.rows.point(index, { ...own, scroll: false });
}

/** @param {number} row @param {HTMLElement} act */
const heed = (row, act) =>
  saving.queue(() =>
    operate("ignore", { row, flag: act.closest("[data-flag]")?.dataset.flag, ignored: act.dataset.act === "ignore" }),
  );

/**
 * Links a sentence that stands alone with what was proposed for it.
 * @param {HTMLElement} node @param {HTMLElement} act
 */
function linkPartner(node, act) {
  const row = views.rows.rowOf(node);
  const partner = row && lights.partnersOf(row)[Number(act.dataset.partner)];
  if (partner) saving.queue(() => linkWith(row, partner), undefined, { decides: true });
}

/** Focus that comes in by Tab or a screen reader takes the cursor along. @param {Event} event */
function focused(event) {
  const segment = targetOf(event).closest("[data-segment]");
  const row = segment?.closest(".row");
  if (!segment || !row || draft || Number(segment.dataset.segment) === store.cursor.segment) return;
  placeCursor(row, segment);
}

/** Copying with nothing selected copies the sentence under the cursor. @param {ClipboardEvent} event */
function copied(event) {
  if (typing(event.target) || !getSelection()?.isCollapsed || document.querySelector("dialog[open]")) return;
  const text = views.rows.textOf(store.cursor.segment)?.textContent;
  if (store.view !== views.rows || !text) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
  saving.say(t("say.copied"));
}

for (const name of /** @type {const} */ (["projects", "project", "bitext"])) on(name, projectShown);
for (const name of /** @type {const} */ (["marked", "chosen"])) on(name, () => store.view?.decorate());
on("cursor", remember);
on("search", () => filters.search());
on("dialog", openDialog);
on("turn", () => turn(viewName() === "rows" ? "texts" : "rows"));
on("rows", () => turn("rows"));
on("filter", (row) =>
  saving.queue(async () => {
    set({ opened: new Set() });
    await views.rows.open(row ?? store.cursor.row, { focus: views.rows.focused() });
    remember();
  }, filters.failed),
);
on("show", (project, bitext, row) => saving.queue(() => show(project, bitext, "rows", row)));
on("renewed", () => saving.queue(renewed));
on("home", () => saving.queue(() => goHome()));
addEventListener("popstate", () => {
  const { project, bitext, view, row } = address.read();
  saving.queue(() => show(project, bitext, view, row, true));
});
followSelection(() => editor() && !draft);
addEventListener("beforeunload", (event) => {
  const written = draft && draft.text !== draft.base;
  if (saving.pending() || written) event.preventDefault();
});

saving.queue(start);
