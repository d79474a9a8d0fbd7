// Operations: sent to the server, and the view brought to what they left.

import { Refused, get, post } from "./api.js";
import { mode } from "./caret.js";
import { bitextPath, desk, filtered, listingQuery, projectPath, tell } from "./desk.js";
import * as outbox from "./outbox.js";
import { deliver, fail, reach, say } from "./saving.js";
import { named, t } from "./strings.js";

/** Sends one operation and shows what it did. Raises Refused; a conflict is shown first. */
export async function operate(operation, fields, options = {}) {
  return settled(await sent(operation, fields), options);
}

export function sent(operation, fields, seen = desk.revision) {
  return delivered("operations", { operation, ...fields, seen, who: who() });
}

/** Takes those of the proposals to realign that somebody chose. */
export async function take(proposals, chosen) {
  return settled(await delivered("realigned", { proposals, chosen, who: who() }));
}

export async function undo(motion) {
  const name = desk.project[motion];
  if (!name) return say(t(`say.nothing_to_${motion}`));
  const change = await delivered(motion, { seen: desk.revision, who: who() });
  await settled(change);
  say(t(`say.done.${motion}`, { operation: named("operation", name) }));
}

export const who = () => localStorage.getItem("polyalign.who") || desk.session.who;

async function delivered(action, fields) {
  const entry = outbox.keep(desk.project, action, fields);
  tell("changing");
  try {
    return await deliver(entry, () => post(`${projectPath()}/${action}`, entry.json));
  } catch (error) {
    if (error instanceof Refused && error.status === 409) await reach(refresh);
    throw error;
  }
}

/** Sends what was decided before the page was left; tells what is refused, and gives the projects that are not here. */
export async function resend() {
  const orphans = [];
  for (const entry of outbox.kept()) {
    const named = desk.projects.filter(({ name }) => name === entry.project);
    const project = named.find(({ id }) => id === entry.id) ?? named[0];
    if (!project) orphans.push(entry.project);
    else
      await deliver(entry, () => post(`${projectPath(project.id)}/${entry.action}`, entry.json)).catch((error) => {
        fail(error);
        say(t("say.before_not_saved", { why: error.message }), "error");
      });
    if (project) adopt(await reach(() => get(projectPath(project.id))));
  }
  return orphans;
}

/** Brings the view to a change: the rows in place where only their contents changed, else the list anew. */
export async function settled(change, { stay = false } = {}) {
  desk.chosen.clear();
  desk.marked = null;
  mode();
  const elsewhere = change.bitext !== undefined && change.bitext !== desk.bitext.id;
  if (elsewhere) say(t("say.elsewhere"));
  if (elsewhere || !patched(change)) await reach(() => refresh({ focus: stay || elsewhere ? null : change.focus }));
  return change;
}

function patched(change) {
  const terms = /_terms?$/.test(change.operation); // which other rows may have, too
  const next = change.revision === desk.revision + 1 && !terms;
  if (!next || change.removed.length || filtered() || !desk.view.patch(change.rows)) return false;
  desk.revision = change.revision;
  known(change);
  return true;
}

/** What the change says of the project: undo, redo, counts. */
function known(change) {
  Object.assign(desk.project, { revision: change.revision, undo: change.undo, redo: change.redo });
  if (change.counts) Object.assign(desk.bitext, { counts: change.counts, progress: change.progress });
  tell("project");
}

/** The list anew, the cursor on `focus` or where it was, and what it is on where it was on the screen. */
export async function refresh({ focus = null } = {}) {
  const [project] = await Promise.all([get(projectPath()), desk.view.refresh(focus)]);
  adopt(project);
}

export function adopt(project) {
  const place = desk.projects.findIndex((one) => one.id === project.id);
  if (place >= 0) desk.projects[place] = project;
  else desk.projects.push(project);
  if (desk.project?.id === project.id) {
    desk.project = project;
    desk.bitext = project.bitexts.find((one) => one.id === desk.bitext?.id) ?? project.bitexts[0] ?? null;
  }
  tell("project");
}

/** {row, index}: a row as it is now and its place in the listing; null where it is gone. */
export async function placed(id) {
  try {
    return await get(`${bitextPath()}/rows/${id}`, listingQuery());
  } catch (error) {
    if (error instanceof Refused && [400, 404].includes(error.status)) return null;
    throw error;
  }
}
