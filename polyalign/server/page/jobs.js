// Long work: what the server is doing, how far it is, and a way to stop it. A reload shows it again.
// @ts-check

import { get, remove } from "./api.js";
import { editor, emit } from "./store.js";
import { button, el } from "./dom.js";
import { fail, say } from "./saving.js";
import { duration, named, t } from "./strings.js";
import { explained, trouble } from "./words.js";

/** @type {Map<string, Job>} */
const jobs = new Map();
/** @type {Map<string, number>} */
const begun = new Map();
const dismissed = new Set();
/** @type {Map<string, (job: Job) => void>} */
const awaited = new Map();
/** @type {HTMLElement} */
let root;

/** @param {HTMLElement} node */
export async function start(node) {
  root = node;
  await refresh();
  for (const job of jobs.values()) if (over(job)) dismissed.add(job.id);
  paint();
  setInterval(() => [...jobs.values()].some((job) => !over(job)) && paint(), 1000);
}

export async function refresh() {
  for (const job of await get("api/jobs")) jobs.set(job.id, job);
  paint();
}

/** @param {Job} job */
const over = (job) => ["done", "failed", "cancelled"].includes(job.state);

/** The job when it is over, whatever comes of it. @param {string} id @returns {Promise<Job>} */
export const finished = (id) =>
  new Promise((done) => {
    const job = jobs.get(id);
    if (job && over(job)) done(job);
    else awaited.set(id, done);
  });

/** A job that its reader waits for, or went on to see, needs no line any more. @param {string} id */
export function dismissJob(id) {
  dismissed.add(id);
  paint();
}

/** A job began, went on or ended. @param {Job} job */
export function heard(job) {
  const before = jobs.get(job.id);
  if (before && over(before)) return;
  jobs.set(job.id, job);
  if (!begun.has(job.id)) begun.set(job.id, Date.now());
  if (over(job)) ended(job);
  paint();
}

/** @param {Job} job */
function ended(job) {
  awaited.get(job.id)?.(job);
  if (job.state === "failed") say(t("job.failed", { what: named("job", job.kind), why: trouble(job.error, job.fault).message }), "error");
  if (job.state === "done") emit("renewed");
  if (job.result?.changes === 0) say(t("job.no_change"));
  if (job.state !== "failed" && !waits(job)) setTimeout(() => dismiss(job), 6000);
}

/** Whether something is to be done with what came out. @param {Job} _ */
const waits = ({ kind, result }) => (kind === "realign" ? Boolean(result?.changes) : Boolean(result?.bitext));

/** @param {Job} _ */
const dismiss = ({ id }) => dismissJob(id);

function paint() {
  const shown = [...jobs.values()].filter((job) => !dismissed.has(job.id));
  root.hidden = !shown.length;
  root.replaceChildren(...shown.map(line));
}

/** @param {Job} job */
function line(job) {
  const name = named("job", job.kind);
  const bar = over(job)
    ? null
    : el("progress", { max: job.total, value: job.total ? job.done : null, "aria-label": name });
  const says = job.error ? explained(trouble(job.error, job.fault)) : (job.state === "running" && stage(job)) || t(`job.state.${job.state}`);
  return el(
    "div",
    { class: "job", "data-state": job.state },
    el("b", {}, name),
    bar,
    el("span", { class: "says" }, says),
    el("span", { class: "time" }, over(job) ? "" : time(job)),
    actions(job),
  );
}

/** What it is at, and how far. @param {Job} _ */
function stage({ stage: name, done, total }) {
  const far = total ? t("job.of", { done, total }) : "";
  return [name && named("stage", name), far].filter(Boolean).join(t("comma"));
}

/** The time that is left, where that is known, else the time that it took so far. @param {Job} _ */
function time({ id, left }) {
  if (left !== null) return t("job.left", { time: duration(left) });
  return duration((Date.now() - (begun.get(id) ?? Date.now())) / 1000);
}

/** @param {Job} job */
function actions(job) {
  if (!over(job)) return editor() ? button(t("cancel"), () => remove(`api/jobs/${job.id}`).then(heard).catch(fail)) : null;
  const { changes, proposals } = job.result ?? {};
  const look = changes
    ? button(
        t("job.see", { count: changes }),
        () => emit("dialog", "proposals", { job, proposals, done: () => dismiss(job) }),
        { class: "main" },
      )
    : null;
  const made = job.state === "done" && ["pair", "read"].includes(job.kind) ? job.result?.bitext : undefined;
  const open = made
    ? button(
        t("open"),
        () => {
          dismiss(job);
          emit("show", job.project, made);
        },
        { class: "main" },
      )
    : null;
  return [look, open, button(t("job.dismiss"), () => dismiss(job))];
}
