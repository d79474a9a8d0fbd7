// The filter bar: what of the rows is shown, in which order. What it says is what the URL and the server get.
// @ts-check

import { bitextPath, editor, emit, filtered, listingQuery, on, rowCount, set, store } from "./store.js";
import { probability } from "./curves.js";
import { Refused, get } from "./api.js";
import { button, checkbox, debounce, el, errorLine, find, option } from "./dom.js";
import { STATES } from "./row.js";
import { fail, queue, say } from "./saving.js";
import { decimal, named, number, t } from "./strings.js";
import { operate } from "./work.js";
import { showError } from "./words.js";

/** @type {Record<string, string>} */
const KINDS = { "1-1": "1-1", "1-n": "1-n", "n-1": "n-1", "n-n": "n-n", "1-0": t("filter.only_source"), "0-1": t("filter.only_target") };
/** @type {Record<string, any>} the fields by the names of what they filter by, and what is beside them */
const parts = {};
let listed = 0; // rows that the filter shows

/** @param {HTMLElement} form */
export function build(form) {
  form.addEventListener("submit", (event) => event.preventDefault());
  parts.count = el("output", { class: "count", "aria-live": "polite" });
  parts.error = errorLine();
  parts.clear = button(t("filter.clear"), () => apply({}), { hidden: true });
  parts.accept = editor()
    ? button(t("accept_all.open"), acceptAll, { title: t("accept_all.title") })
    : null;
  form.append(
    searching(),
    checks("state", t("filter.state"), STATES),
    checks("kind", t("filter.kind"), KINDS),
    scores(),
    flags(),
    more(),
    select("order", t("filter.order"), { "": t("filter.order.document"), worst: t("filter.order.worst") }),
    parts.clear,
    el("span", { class: "push" }),
    parts.count,
    parts.accept ?? "",
    parts.error,
  );
  on("listed", (total) => counted((listed = total)));
  on("bitext", () => store.bitext && counted(listed));
  shown();
}

function searching() {
  parts.text = el("input", {
    type: "search",
    id: "search",
    placeholder: t("search.placeholder"),
    "aria-label": t("search.label"),
    maxlength: 1000,
    dir: "auto",
  });
  parts.text.addEventListener("input", debounce(250, () => change("text", parts.text.value)));
  parts.text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && !parts.text.value) store.view.focus();
    if (event.key === "Enter") store.view.focus();
  });
  parts.regex = checkbox({ id: "regex" });
  parts.regex.addEventListener("change", () => change("regex", parts.regex.checked ? "true" : ""));
  const regex = el(
    "label",
    { class: "toggle", title: t("search.regex.title") },
    parts.regex,
    el("bdi", {}, ".*"),
    el("span", { class: "hidden" }, t("search.regex")),
  );
  return el(
    "span",
    { class: "search" },
    parts.text,
    regex,
    select("side", t("search.side"), { "": t("search.side.both"), source: t("side.source"), target: t("side.target") }, true),
  );
}

/** @param {string} name @param {string} label @param {Record<string, string>} choices */
function select(name, label, choices, silent = false) {
  const node = el("select", { "aria-label": label }, Object.entries(choices).map(([value, text]) => option(value, text)));
  node.addEventListener("change", () => change(name, node.value));
  parts[name] = node;
  return silent ? node : el("label", {}, el("span", { class: "name" }, label), node);
}

/**
 * Several of some names, in a menu: none ticked is all of them.
 * @param {string} name @param {string} label @param {Record<string, string>} choices
 */
function checks(name, label, choices) {
  const boxes = Object.keys(choices).map((value) => checkbox({ value }));
  const changed = () =>
    change(name, boxes.filter((box) => box.checked).map((box) => box.value).join(","));
  const lines = Object.entries(choices).map(([value, text], place) =>
    el("label", {}, boxes[place], el("span", { class: `sample ${value}`, "aria-hidden": true }), text),
  );
  for (const box of boxes) box.addEventListener("change", changed);
  parts[name] = boxes;
  return menu(name, label, lines);
}

/** @param {string} name @param {string} label @param {Child} content */
function menu(name, label, content) {
  const summary = el("summary", {}, el("span", { class: "name" }, label), el("span", { class: "value" }));
  parts[`${name}Value`] = find(".value", summary);
  return el("details", { class: "menu", "data-menu": name }, summary, el("div", { class: "sheet" }, content));
}

function scores() {
  /** @param {string} name @param {string} label @param {string} none */
  const field = (name, label, none) => {
    const node = el("input", { type: "number", min: 0, max: 1, step: 0.05, placeholder: none, "aria-label": label });
    node.addEventListener("input", debounce(300, () => change(name, node.value === none ? "" : node.value)));
    parts[name] = node;
    return node;
  };
  return el(
    "span",
    { class: "scores" },
    el("span", { class: "name" }, t("score")),
    field("min_score", t("filter.min_score"), "0"),
    "–",
    field("max_score", t("filter.max_score"), "1"),
  );
}

function flags() {
  const names = Object.keys(store.session.flags ?? {});
  const node = select("flag", t("filter.flag"), {
    "": t("filter.flag.all"),
    any: t("filter.flag.any"),
    ...Object.fromEntries(names.map((name) => [name, named("flag", name)])),
  });
  for (const choice of node.querySelectorAll("option")) choice.title = choice.value in store.session.flags ? named("flag.hint", choice.value) : "";
  return node;
}

function more() {
  /** @param {string} name @param {string} label */
  const tick = (name, label) => {
    const box = checkbox();
    box.addEventListener("change", () => change(name, box.checked ? "true" : ""));
    parts[name] = box;
    return el("label", {}, box, label);
  };
  const folded = checkbox();
  folded.addEventListener("change", () => {
    set({ folded: folded.checked });
    emit("filter");
  });
  parts.folded = folded;
  return menu("more", t("more"), [
    select("origin", t("filter.origin"), {
      "": t("filter.origin.any"),
      machine: t("filter.origin.machine"),
      person: t("filter.origin.person"),
      file: t("filter.origin.file"),
    }),
    select("keep", t("filter.keep"), { "": t("filter.keep.any"), true: t("filter.keep.kept"), false: t("row.not_kept") }),
    tick("commented", t("filter.commented")),
    tick("deleted", t("filter.deleted")),
    el("hr"),
    el("label", {}, folded, t("filter.folded")),
  ]);
}

/** @param {string} name @param {string} value */
function change(name, value) {
  const filters = { ...store.filters, [name]: value };
  if (!value) delete filters[name];
  // how to search says nothing without a text: it is remembered, and the list stays
  if ((name === "regex" || name === "side") && !filters.text) set({ filters });
  else if (JSON.stringify(filters) !== JSON.stringify(store.filters)) apply(filters);
}

/** @param {Known["filters"]} filters */
function apply(filters) {
  const { regex, side, ...others } = filters;
  set({ filters: filters.text ? filters : others });
  parts.error.hidden = true;
  shown();
  emit("filter");
}

/** A pattern that the server refuses is said here, and the rows stay as they are. @param {any} error */
export function failed(error) {
  if (!(error instanceof Refused)) return fail(error);
  return showError(parts.error, error);
}

/** The controls as the filter is. */
function shown() {
  const { filters } = store;
  for (const name of ["text", "side", "min_score", "max_score", "flag", "keep", "origin", "order"])
    if (document.activeElement !== parts[name]) parts[name].value = filters[name] ?? "";
  for (const name of ["regex", "commented", "deleted"]) parts[name].checked = filters[name] === "true";
  for (const name of ["state", "kind"]) {
    const chosen = (filters[name] ?? "").split(",").filter(Boolean);
    for (const box of parts[name]) box.checked = chosen.includes(box.value);
    parts[`${name}Value`].textContent = chosen.length ? (chosen.length > 1 ? number(chosen.length) : (name === "state" ? STATES : KINDS)[chosen[0]]) : "";
  }
  parts.moreValue.textContent = ["keep", "origin", "commented", "deleted"].filter((name) => filters[name]).length || "";
  parts.folded.checked = store.folded;
  parts.clear.hidden = !filtered();
  for (const name of ["min_score", "max_score", "flag", "order"])
    parts[name].classList.toggle("set", Boolean(filters[name]));
}

/** @param {number} total */
function counted(total) {
  const all = rowCount(store.bitext);
  parts.count.textContent = filtered()
    ? t("rows.of", { shown: total, count: all })
    : t("rows", { count: all });
  const { pairs, pairs_decided: decided } = store.bitext.progress;
  if (store.filters.order === "worst" && pairs > decided)
    parts.count.textContent += ` · ${[t("pairs.left", { count: pairs - decided }), ...doubt(store.bitext.progress, pairs - decided)].join(t("comma"))}`;
  if (parts.accept) parts.accept.disabled = total === 0;
}

/**
 * How many of pairs that nobody decided are wrong, as far as their scores tell.
 * @param {{expected: number, unscored: number, decisions: number}} _ @param {number} left
 */
function doubt({ expected, unscored, decisions }, left) {
  const [scored, wrong] = [left - unscored, decimal(expected, 1)];
  const said = scored === left ? t("doubt.all", { wrong }) : t("doubt.some", { wrong, count: scored });
  const rests = decisions ? t("scores.corrected.short", { count: decisions }) : "";
  return [scored && said, scored && rests, unscored && t("doubt.unscored", { count: unscored })].filter(Boolean);
}

export function search() {
  if (!parts.text.offsetParent) find("#narrow-filters").click(); // where there is little room, it is folded away
  parts.text.focus();
  parts.text.select();
}

async function acceptAll() {
  await queue(async () => {
    const rows = await everyRow();
    const open = rows.filter((row) => row.state !== "confirmed").map((row) => row.id);
    if (!open.length) return say(t("accept_all.none"));
    const pairs = rows.filter((row) => row.state !== "confirmed" && row.source.length && row.target.length);
    const scores = pairs.map(({ score }) => score).filter((score) => score !== null);
    const { curve, decisions } = store.bitext.progress;
    const expected = scores.reduce((sum, score) => sum + 1 - probability(score, curve), 0);
    const said = [t("pairs", { count: pairs.length }), ...doubt({ expected, decisions, unscored: pairs.length - scores.length }, pairs.length)];
    const text = [
      t(filtered() ? "accept_all.filtered" : "accept_all.bitext", { count: open.length }),
      pairs.length ? `${said.join(t("comma"))}.` : "",
      t("undo.one"),
    ];
    emit("dialog", "confirm", {
      title: t("accept_all"),
      text: text.filter(Boolean).join(" "),
      label: t("accept_all.button", { count: open.length }),
      run: () => queue(() => operate("mark", { rows: open, state: "confirmed" })),
    });
    return undefined;
  });
}

/** All rows that pass the filter, runs opened. */
async function everyRow() {
  const rows = [];
  for (let total = 1; rows.length < total;) {
    const query = listingQuery({ offset: rows.length, limit: 500 });
    query.delete("collapse");
    const page = await get(`${bitextPath()}/rows`, query);
    if (!page.rows.length) break;
    rows.push(...page.rows);
    total = page.total;
    if (total > 2000) say(t("accept_all.looking", { shown: rows.length, count: total }));
  }
  return rows;
}
