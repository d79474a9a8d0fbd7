// Decisions that the server has not answered for: kept through reload and restart, until it has.
// @ts-check

const PREFIX = "polyalign.unsent.";
const LATER = "polyalign.later";

/**
 * A decision that is kept: `json` is what the server is sent, `at` when it was made (milliseconds).
 * @typedef {{key: string, id: string, project: string, action: string, json: object, at: number}} Entry
 */

/**
 * A decision that is kept from now on.
 * @param {{id: string, name: string}} project
 * @param {string} action
 * @param {object} fields
 * @returns {Entry}
 */
export function keep(project, action, fields) {
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const json = { ...fields, key, project: project.name };
  const entry = { key, id: project.id, project: project.name, action, json, at: Date.now() };
  stored(() => localStorage.setItem(PREFIX + key, JSON.stringify(entry)));
  return entry;
}

/** @param {{key: string}} entry */
export const drop = ({ key }) => stored(() => localStorage.removeItem(PREFIX + key));

/**
 * What is kept, in the order in which it was decided.
 * @returns {Entry[]}
 */
export function kept() {
  const names = stored(() => Object.keys(localStorage)) ?? [];
  const found = names.filter((name) => name.startsWith(PREFIX)).map((name) => JSON.parse(localStorage.getItem(name) ?? "null"));
  return found.sort((one, other) => one.at - other.at);
}

/**
 * Commands that were given but not begun, for this window after a reload.
 * @param {object} later
 */
export const leave = (later) => stored(() => sessionStorage.setItem(LATER, JSON.stringify(later)));

export function left() {
  const text = stored(() => sessionStorage.getItem(LATER));
  stored(() => sessionStorage.removeItem(LATER));
  return text ? JSON.parse(text) : null;
}

/**
 * Browsers may refuse to store: then it is kept for as long as the page is open.
 * @template Found
 * @param {() => Found} action
 * @returns {Found | undefined}
 */
function stored(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}
