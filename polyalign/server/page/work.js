// Operations: sent to the server, and the view brought to what they left.

import { Refused, get, post } from "./api.js";
import { mode } from "./caret.js";
import { bitextPath, desk, filtered, listingQuery, projectPath, tell } from "./desk.js";
import { deliver, say } from "./saving.js";

/** Sends one operation and shows what it did. Raises Refused; a conflict is shown first. */
export async function operate(operation, fields, options = {}) {
  return settled(await sent(operation, fields), options);
}

export function sent(operation, fields, seen = desk.revision) {
  const json = { operation, ...fields, seen, who: who() };
  return delivered(`${projectPath()}/operations`, json);
}

export async function undo(motion) {
  const name = desk.project[motion];
  if (!name) return say(`Nothing to ${motion}.`);
  const change = await delivered(`${projectPath()}/${motion}`, { seen: desk.revision, who: who() });
  await settled(change);
  say(`${motion === "undo" ? "Undone" : "Redone"}: ${name}.`);
}

export const who = () => localStorage.getItem("polyalign.who") || desk.session.who;

async function delivered(path, json) {
  try {
    return await deliver(
      () => post(path, json),
      (error) => arrived(error, json.seen),
    );
  } catch (error) {
    if (error instanceof Refused && [404, 409].includes(error.status)) await refresh();
    throw error;
  }
}

/** A retry met a conflict: was it our own first try, whose answer got lost? Else the conflict stands. */
async function arrived(error, seen) {
  const [last] = await get(`${projectPath()}/journal`, { limit: 1 });
  if (last?.revision !== seen + 1 || last.who !== who()) throw error;
  return { lost: true, revision: last.revision, operation: last.operation, rows: [], removed: [], focus: last.rows[0] };
}

/** Brings the view to a change: the rows in place where only their contents changed, else the list anew. */
export async function settled(change, { stay = false } = {}) {
  desk.chosen.clear();
  desk.marked = null;
  mode();
  const elsewhere = change.bitext !== undefined && change.bitext !== desk.bitext.id;
  if (elsewhere) say("That was in another bitext of this project.");
  if (elsewhere || !patched(change)) await refresh({ focus: stay || elsewhere ? null : change.focus });
  return change;
}

function patched(change) {
  const next = change.revision === desk.revision + 1;
  if (!next || change.lost || change.removed.length || filtered() || !desk.view.patch(change.rows)) return false;
  desk.revision = change.revision;
  known(change);
  return true;
}

/** What the change says of the project: undo, redo, counts. */
function known(change) {
  Object.assign(desk.project, { revision: change.revision, undo: change.undo, redo: change.redo });
  if (change.counts) desk.bitext.counts = change.counts;
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
