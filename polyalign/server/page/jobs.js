// Long work: what the server is doing, how far it is, and a way to stop it. A reload shows it again.

import { get, remove } from "./api.js";
import { editor, tell } from "./desk.js";
import { bdi, button, el } from "./dom.js";
import { fail, say } from "./saving.js";
import { named, number, t } from "./strings.js";
import { worded } from "./words.js";

const jobs = new Map();
const begun = new Map();
const dismissed = new Set();
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
  if (job.state === "failed") say(t("job.failed", { what: named("job", job.kind), why: worded(job.error) }), "error");
  if (job.state === "done") tell("renewed");
  if (job.result?.changes === 0) say(t("job.no_change"));
  if (job.state !== "failed" && !waits(job)) setTimeout(() => dismiss(job), 6000);
}

/** Whether something is to be done with what came out. */
const waits = ({ kind, result }) => (kind === "realign" ? result?.changes > 0 : Boolean(result?.bitext));

function dismiss(job) {
  dismissed.add(job.id);
  paint();
}

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
  const seconds = begun.has(job.id) && !over(job) ? `${number(Math.round((Date.now() - begun.get(job.id)) / 1000))} s` : "";
  const says = worded(job.error) || (!over(job) && job.says) || t(`job.state.${job.state}`);
  return el(
    "div",
    { class: "job", "data-state": job.state },
    el("b", {}, name),
    bar,
    bdi(says, "says"),
    bdi(seconds, "time"),
    actions(job),
  );
}

function actions(job) {
  if (!over(job)) return editor() ? button(t("cancel"), () => remove(`api/jobs/${job.id}`).then(heard).catch(fail)) : null;
  const { changes, proposals } = job.result ?? {};
  const look = changes
    ? button(
        t("job.see", { count: changes }),
        () => tell("dialog", "proposals", { job, proposals, done: () => dismiss(job) }),
        { class: "main" },
      )
    : null;
  const opens = job.state === "done" && job.result?.bitext && ["pair", "read"].includes(job.kind);
  const open = opens
    ? button(
        t("open"),
        () => {
          dismiss(job);
          tell("show", job.project, job.result.bitext);
        },
        { class: "main" },
      )
    : null;
  return [look, open, button(t("job.dismiss"), () => dismiss(job))];
}
