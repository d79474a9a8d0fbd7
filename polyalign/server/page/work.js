// Operations: sent to the server, and the view brought to what they left.
// @ts-check

import { Refused, get, post } from "./api.js";
import { mode } from "./caret.js";
import { HOME, NOTHING, bitextPath, emit, filtered, listingQuery, projectPath, set, store } from "./store.js";
import * as outbox from "./outbox.js";
import { deliver, fail, reach, say } from "./saving.js";
import { named, t } from "./strings.js";

/**
 * Sends one operation and shows what it did. Raises Refused; a conflict is shown first.
 * @param {string} operation @param {object} fields @param {{stay?: boolean}} options
 */
export async function operate(operation, fields, options = {}) {
  return settled(await sent(operation, fields), options);
}

/** @param {string} operation @param {object} fields */
export function sent(operation, fields, seen = store.revision) {
  return delivered("operations", { operation, ...fields, seen, who: who() });
}

/** Takes those of the proposals to realign that somebody chose. @param {number} proposals @param {number[]} chosen */
export async function take(proposals, chosen) {
  return settled(await delivered("realigned", { proposals, chosen, who: who() }));
}

/** @param {"undo" | "redo"} motion */
export async function undo(motion) {
  const name = store.project[motion];
  if (!name) return say(t(`say.nothing_to_${motion}`));
  const change = await delivered(motion, { seen: store.revision, who: who() });
  await settled(change);
  say(t(`say.done.${motion}`, { operation: named("operation", name) }));
}

export const who = () => localStorage.getItem("polyalign.who") || store.session.who;

/** @param {string} action @param {object} fields */
async function delivered(action, fields) {
  const entry = outbox.keep(store.project, action, fields);
  emit("changing");
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
    const named = store.projects.filter(({ name }) => name === entry.project);
    const project = named.find(({ id }) => id === entry.id) ?? named[0];
    if (!project) orphans.push(entry.project);
    else
      await deliver(entry, () => post(`${projectPath(project.id)}/${entry.action}`, entry.json)).catch((error) => {
        fail(error);
        say(t("say.before_not_saved", { why: error.message }), "error");
      });
    if (project) adopt([await reach(() => get(projectPath(project.id)))]);
  }
  return orphans;
}

/**
 * Brings the view to a change: the rows in place where only their contents changed, else the list anew.
 * @param {ShownChange} change
 */
export async function settled(change, { stay = false } = {}) {
  set({ chosen: NOTHING, marked: null });
  mode();
  const elsewhere = change.bitext !== undefined && change.bitext !== store.bitext.id;
  if (elsewhere) say(t("say.elsewhere"));
  if (elsewhere || !patched(change)) await reach(() => refresh({ focus: stay || elsewhere ? null : change.focus }));
  return change;
}

/** @param {ShownChange} change */
function patched(change) {
  const terms = /_terms?$/.test(change.operation); // which other rows may have, too
  const next = change.revision === store.revision + 1 && !terms;
  if (!next || change.removed.length || filtered() || !store.view.patch(change.rows)) return false;
  set({ revision: change.revision });
  adopt([changed(store.project, change)]);
  return true;
}

/** The project as the change left it: undo, redo, counts. @param {Project} _ @param {ShownChange} _ */
function changed({ bitexts, ...project }, { revision, undo, redo, counts, progress }) {
  /** @param {Bitext} bitext */
  const own = (bitext) => (bitext.id === store.bitext.id && counts ? { ...bitext, counts, progress } : bitext);
  return { ...project, bitexts: bitexts.map(own), revision, undo, redo };
}

/**
 * The list anew, the cursor on `focus` or where it was, and what it is on where it was on the screen.
 * @param {{focus?: number | null}} _
 */
export async function refresh({ focus = null } = {}) {
  const [project] = await Promise.all([get(projectPath()), store.view.refresh(focus)]);
  adopt([project]);
}

/**
 * Takes projects as they are now, the open one perhaps among them; `others` stay as they are.
 * @param {readonly Project[]} found
 */
export function adopt(found, others = store.projects) {
  const all = new Map([...others, ...found].map((project) => [project.id, project]));
  const project = all.get(store.project?.id) ?? HOME.project;
  const bitext = project?.bitexts.find((/** @type {Bitext} */ { id }) => id === store.bitext?.id) ?? project?.bitexts[0];
  set({ projects: [...all.values()], project, bitext: bitext ?? HOME.bitext });
}

/** {row, index}: a row as it is now and its place in the listing; null where it is gone. @param {number} id */
export async function placed(id) {
  try {
    return await get(`${bitextPath()}/rows/${id}`, listingQuery());
  } catch (error) {
    if (error instanceof Refused && [400, 404].includes(error.status)) return null;
    throw error;
  }
}
