// What the URL holds: the token, what is open, and the filter. A reload, and a copied link, show the same.
// @ts-check

const query = new URLSearchParams(location.search);

export const token = query.get("token") ?? "";

export const FILTERS = [
  "text",
  "regex",
  "side",
  "state",
  "kind",
  "min_score",
  "max_score",
  "flag",
  "keep",
  "origin",
  "commented",
  "deleted",
  "order",
];

/**
 * What is open; `filters` holds only what narrows or orders the rows.
 * @typedef {{project: string, bitext: number | null, view: ViewName, row: number | null, folded: boolean,
 *   filters: Record<string, string>}} Place
 */

/** @returns {Place} */
export function read() {
  const now = new URLSearchParams(location.search);
  /** @type {Record<string, string>} */
  const filters = {};
  for (const name of FILTERS) {
    const value = now.get(name);
    if (value) filters[name] = value;
  }
  /** @param {string} name */
  const number = (name) => (/^\d+$/.test(now.get(name) ?? "") ? Number(now.get(name)) : null);
  return {
    project: now.get("project") ?? "",
    bitext: number("bitext"),
    row: number("row"),
    view: now.get("view") === "texts" ? "texts" : "rows",
    folded: now.get("folded") !== "false",
    filters,
  };
}

/** From here on the address is a step of its own, which the browser's Back takes back. */
export const step = () => history.pushState(null, "", location.href);

/** @param {Place} place */
export function write({ project, bitext, view, row, folded, filters }) {
  const now = new URLSearchParams({ token });
  /** @param {string} name @param {string | number | false | null | undefined} value */
  const put = (name, value) => value && now.set(name, String(value));
  put("project", project);
  put("bitext", bitext);
  put("view", view === "texts" && view);
  if (bitext) put("folded", !folded && "false");
  for (const name of FILTERS) put(name, filters[name]);
  put("row", row);
  const path = `${location.pathname}?${now}`;
  if (path !== location.pathname + location.search) history.replaceState(null, "", path);
}
