// The store: what the page knows at this moment. All modules read it, `set` alone changes it and says so by events.
// @ts-check

/** @type {ReadonlyMap<number, Chosen>} */
export const NOTHING = new Map();

/** Where the cursor is before it is anywhere. @type {Readonly<Cursor>} */
export const START = { row: null, run: false, index: 0, side: "source", segment: null };

const NONE = /** @type {any} */ (null); // what is read of the store is there by then

/** What is known at home. */
export const HOME = { project: NONE, bitext: NONE, view: NONE, cursor: START };

/** What is known, frozen: another one after each `set`. @type {Readonly<Known>} */
export let store = Object.freeze({
  ...HOME, // view is RowsView or TextsView, cursor where commands work
  session: NONE,
  projects: [],
  revision: 0, // of the rows that are shown: sent as `seen` with every operation
  filters: {},
  folded: true, // runs of unaligned rows are one line each
  opened: new Set(), // ids of the rows of runs that are open
  onward: true, // to the next row after a decision
  controls: false, // control characters are shown
  marked: null, // the cell that waits for its partner
  chosen: NOTHING, // by the ids of segments: what L, M, A, ... work on together
});

/** @type {Map<string, ((...values: any[]) => unknown)[]>} */
const listeners = new Map();

/**
 * Calls back whenever `set` changes what has that name, and whenever `emit` names that event.
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {(...values: Events[Name]) => unknown} callback
 */
export function on(name, callback) {
  listeners.set(name, [...(listeners.get(name) ?? []), callback]);
}

/**
 * Tells all that listen; done when they are.
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {Events[Name]} values
 */
export function emit(name, ...values) {
  return Promise.all((listeners.get(name) ?? []).map((callback) => callback(...values)));
}

/** Changes some of what is known; who listens to several of these is told once. @param {Partial<Known>} changes */
export function set(changes) {
  const before = store;
  store = Object.freeze({ ...before, ...changes });
  const names = /** @type {(keyof Known)[]} */ (Object.keys(changes)).filter((name) => changes[name] !== before[name]);
  for (const callback of new Set(names.flatMap((name) => listeners.get(name) ?? []))) callback();
}

export const atHome = () => store.view === null;
export const editor = () => store.session?.role === "editor";
/** @type {readonly Side[]} */
export const SIDES = ["source", "target"];
/** @param {Side} side @returns {Side} */
export const other = (side) => (side === "source" ? "target" : "source");
export const projectPath = (id = store.project.id) => `api/projects/${encodeURIComponent(id)}`;
export const bitextPath = () => `${projectPath()}/bitexts/${store.bitext.id}`;

/** The attributes of a text of a side of the bitext. @param {Side} side */
export const langOf = (side) => ({ lang: store.bitext[side].language, dir: store.bitext[side].direction });

/** The filter as the server takes it, runs folded only where nothing is left out or reordered. @param {Query} extra */
export function listingQuery(extra = {}) {
  const query = new URLSearchParams(store.filters);
  if (store.folded && !filtered()) {
    query.set("collapse", "true");
    if (store.opened.size) query.set("open", [...store.opened].join());
  }
  for (const [name, value] of Object.entries(extra)) query.set(name, String(value));
  return query;
}

export const filtered = () => Object.keys(store.filters).length > 0;

/** @param {ShownBitext} bitext */
export const rowCount = (bitext) => Object.values(bitext.counts).reduce((sum, count) => sum + count, 0);
