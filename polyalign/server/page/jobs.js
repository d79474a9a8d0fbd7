// Long work: what the server is doing, how far it is, and a way to stop it. A reload shows it again.

import { get, remove } from "./api.js";
import { editor, emit } from "./store.js";
import { button, el } from "./dom.js";
import { fail, say } from "./saving.js";
import { duration, named, t } from "./strings.js";
import { explained, trouble } from "./words.js";

const jobs = new Map();
const begun = new Map();
const dismissed = new Set();
const awaited = new Map();
let root = null;

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

const over = (job) => ["done", "failed", "cancelled"].includes(job.state);

/** The job when it is over, whatever comes of it. */
export const finished = (id) =>
  new Promise((done) => (jobs.has(id) && over(jobs.get(id)) ? done(jobs.get(id)) : awaited.set(id, done)));

/** A job that its reader waits for, or went on to see, needs no line any more. */
export function dismissJob(id) {
  dismissed.add(id);
  paint();
}

/** A job began, went on or ended. */
export function heard(job) {
  const before = jobs.get(job.id);
  if (before && over(before)) return;
  jobs.set(job.id, job);
  if (!begun.has(job.id)) begun.set(job.id, Date.now());
  if (over(job)) ended(job);
  paint();
}

function ended(job) {
  awaited.get(job.id)?.(job);
  if (job.state === "failed") say(t("job.failed", { what: named("job", job.kind), why: trouble(job.error, job.fault).message }), "error");
  if (job.state === "done") emit("renewed");
  if (job.result?.changes === 0) say(t("job.no_change"));
  if (job.state !== "failed" && !waits(job)) setTimeout(() => dismiss(job), 6000);
}

/** Whether something is to be done with what came out. */
const waits = ({ kind, result }) => (kind === "realign" ? result?.changes > 0 : Boolean(result?.bitext));

const dismiss = ({ id }) => dismissJob(id);

function paint() {
  const shown = [...jobs.values()].filter((job) => !dismissed.has(job.id));
  root.hidden = !shown.length;
  root.replaceChildren(...shown.map(line));
}

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

/** What it is at, and how far. */
function stage({ stage: name, done, total }) {
  const far = total ? t("job.of", { done, total }) : "";
  return [name && named("stage", name), far].filter(Boolean).join(t("comma"));
}

/** The time that is left, where that is known, else the time that it took so far. */
function time({ id, left }) {
  if (left !== null) return t("job.left", { time: duration(left) });
  return begun.has(id) ? duration((Date.now() - begun.get(id)) / 1000) : "";
}

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
  const opens = job.state === "done" && job.result?.bitext && ["pair", "read"].includes(job.kind);
  const open = opens
    ? button(
        t("open"),
        () => {
          dismiss(job);
          emit("show", job.project, job.result.bitext);
        },
        { class: "main" },
      )
    : null;
  return [look, open, button(t("job.dismiss"), () => dismiss(job))];
}
