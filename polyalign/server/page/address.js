// What the URL holds: the token, what is open, and the filter. A reload, and a copied link, show the same.

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

/** {project, bitext, view, row, filters}; filters holds only what narrows or orders the rows. */
export function read() {
  const now = new URLSearchParams(location.search);
  const filters = {};
  for (const name of FILTERS) if (now.get(name)) filters[name] = now.get(name);
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

export function write({ project, bitext, view, row, folded, filters }) {
  const now = new URLSearchParams({ token });
  const put = (name, value) => value && now.set(name, value);
  put("project", project);
  put("bitext", bitext);
  put("view", view === "texts" && view);
  if (bitext) put("folded", !folded && "false");
  for (const name of FILTERS) put(name, filters[name]);
  put("row", row);
  const path = `${location.pathname}?${now}`;
  if (path !== location.pathname + location.search) history.replaceState(null, "", path);
}
