// What the page knows at this moment; every room reads it, and says so when it changed it.

import { t } from "./strings.js";

export const desk = {
  session: null,
  projects: [],
  project: null,
  bitext: null,
  revision: 0, // of the rows that are shown: sent as `seen` with every operation
  view: null, // RowsView or TextsView
  filters: {},
  folded: true, // runs of unaligned rows are one line each
  opened: new Set(), // ids of the rows of runs that are open
  onward: true, // to the next row after a decision
  controls: false, // control characters are shown
  cursor: { row: null, index: 0, side: "source", segment: null },
  marked: null, // the cell that waits for its partner: {segment, side, row, text}
  chosen: new Map(), // segment id -> {row, side}: what L, M, A, ... work on together
  draft: null, // a text or comment that is being written
};

const listeners = new Map();

/** Calls back whenever `tell` names that topic; `tell` gives when all are done. */
export function on(topic, callback) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), callback]);
}

export function tell(topic, ...values) {
  return Promise.all((listeners.get(topic) ?? []).map((callback) => callback(...values)));
}

export const atHome = () => desk.view === null;
export const editor = () => desk.session?.role === "editor";
export const other = (side) => (side === "source" ? "target" : "source");
export const projectPath = (id = desk.project.id) => `api/projects/${encodeURIComponent(id)}`;
export const bitextPath = () => `${projectPath()}/bitexts/${desk.bitext.id}`;

/** The filter as the server takes it. Runs are folded only where nothing is left out or reordered. */
export function listingQuery(extra = {}) {
  const query = new URLSearchParams(desk.filters);
  if (folding()) {
    query.set("collapse", "true");
    if (desk.opened.size) query.set("open", [...desk.opened].join(","));
  }
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  return query;
}

export const filtered = () => Object.keys(desk.filters).length > 0;
export const folding = () => desk.folded && !filtered();

export function rowCount(bitext) {
  return Object.values(bitext.counts).reduce((sum, count) => sum + count, 0);
}

/** The name of a bitext: its own, else those of its files. */
export function bitextName(bitext) {
  const file = (side) => (bitext[side].path ?? "").split(/[\\/]/).at(-1);
  return bitext.name || [file("source"), file("target")].filter(Boolean).join(" – ") || t("bitext.numbered", { number: bitext.id });
}
