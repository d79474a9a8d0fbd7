// The types that the modules of the page share. They lie beside tsconfig.json, as what lies beside the modules is
// shipped and served; types of what the server answers are in answers.d.ts.

type Side = "source" | "target";
type State = ShownRow["state"];
type Row = ShownRow;
type Segment = ShownSegment;
type Bitext = ShownBitext;
type Project = ShownProject;
type Span = readonly [start: number, end: number];
/** A segment, and from which character of its text to which. */
type Place = readonly [segment: number, start: number, end: number];

type ViewName = "rows" | "texts";
type RowsView = import("../../../polyalign/server/page/rows.js").RowsView;
type TextsView = import("../../../polyalign/server/page/texts.js").TextsView;
type Viewport = import("../../../polyalign/server/page/viewport.js").Viewport;

interface Block<Entry> {
  revision: number;
  total: number;
  items: Entry[];
}

/** What a listing of rows consists of. */
type Item = ShownRow | Run;

interface ShownRow {
  readonly run?: undefined;
}

interface Run {
  readonly id?: undefined;
  readonly source?: undefined;
  readonly target?: undefined;
  readonly kind?: undefined;
  readonly deleted?: undefined;
}

// The store

/** What the page knows. At home there is no project, bitext or view: what runs there does not read them unasked. */
interface Known {
  session: Session;
  projects: readonly ShownProject[];
  project: ShownProject;
  bitext: ShownBitext;
  view: View;
  revision: number;
  filters: Readonly<Record<string, string>>;
  folded: boolean;
  opened: ReadonlySet<number>;
  onward: boolean;
  controls: boolean;
  cursor: Readonly<Cursor>;
  marked: Readonly<Marked> | null;
  chosen: ReadonlyMap<number, Chosen>;
}

/** What may be told besides that something of `Known` changed. */
interface Events extends Record<keyof Known, []> {
  listed: [total: number]; // a list of rows was fetched
  patched: [index: number, row: ShownRow];
  changing: []; // an operation is sent
  filter: [row?: number]; // rows are to be listed anew
  renewed: []; // projects came or went
  search: [];
  turn: []; // to the other view
  rows: []; // to the rows view
  home: [];
  dialog: [name: string, options?: object];
  show: [project: string, bitext: number, row?: number];
}

/** Where the cursor is; `wish` is the side that somebody went to, `place` the index in the texts view. */
interface Cursor {
  row: number | null;
  run: boolean;
  index: number;
  side: Side;
  segment: number | null;
  wish?: Side;
  place?: number;
}

interface Chosen {
  readonly row: number;
  readonly side: Side;
}

interface Marked extends Chosen {
  segment: number;
}

// Views

interface View {
  readonly painting?: boolean;
  readonly list?: RowsView["list"];
  open(row: number | null, options?: { focus?: boolean }): Promise<void>;
  refresh(focus?: number | null): Promise<void>;
  holds(row: number): boolean;
  patch(rows: readonly ShownRow[]): boolean;
  repaint(): void;
  decorate(): void;
  focus(): void;
  move(delta: number): Promise<void>;
  step(delta: 1 | -1): Promise<void>;
  across(side: Side): unknown;
  onward(): Promise<() => unknown>;
  go(row: number, options?: Going): Promise<unknown>;
  current(): Promise<Current | null>;
  textOf(segment: number | null): HTMLElement | null;
}

/** What commands work on. */
interface Current {
  readonly row: ShownRow | null;
  readonly item: Item;
  readonly ids: readonly number[];
  readonly side: Side;
  readonly segment: ShownSegment | undefined;
}

/** How the cursor goes to an item: to which of its segments, whether it is scrolled to, by which margin. */
interface Pointing {
  side?: Side;
  segment?: number | null;
  last?: boolean;
  focus?: boolean;
  scroll?: boolean;
  margin?: number;
}

interface Going {
  index?: number;
  unfold?: boolean;
  segment?: number | null;
  side?: Side;
}

interface Anchor {
  index: number;
  y: number;
}

/** An item as a viewport takes it: made anew where `sign` is another one. */
interface Wanted {
  key: string | number;
  sign: string;
  make(): HTMLElement;
}

interface Content {
  wanted(index: number): Wanted;
  filled(): void;
  painted(first: number, last: number): void;
  dropped(node: HTMLElement): void;
  focus(): void;
}

/** Where a row stands, and where its target stands out of the order. */
interface Context {
  readonly index: number;
  readonly order: { arrow: "↑" | "↓"; number: number } | null;
}

// What is written, sent and said

interface Draft {
  what: "edit" | "comment" | "reply";
  row: number;
  segment: number | null;
  base: string;
  text: string;
  seen: number;
  note: string;
  saving?: boolean;
  conflict?: boolean;
  theirs?: string;
}

/** A cell in which a cut is looked for. */
interface Cuttable {
  readonly root: HTMLElement;
  readonly id: number;
  readonly text: string;
  readonly language: string;
}

interface Cut {
  readonly id: number;
  readonly at: number;
}

interface Command {
  readonly name: string;
  readonly keys: readonly string[];
  readonly label: string;
  readonly hint: string;
  readonly edits: boolean;
  readonly opens: number;
  run(): unknown;
}

type Cuts = Partial<Record<Side, Cut>>;
type Curve = ShownCalibration["curve"];
type Tenths = ShownCalibration["tenths"];

/** A line of the concordance: what was found, and the text of the other side, in which its counterpart is lit. */
interface Line {
  readonly node: HTMLElement;
  readonly side: Side;
  readonly span: Span;
  readonly counterpart: HTMLElement;
}

/** How new bitexts are aligned. */
interface Options {
  readonly mode: string;
  readonly translate: string;
}

/** A word that is lit. */
interface Lit {
  readonly row: Row;
  readonly segment: number;
  readonly at: number;
  readonly to?: number;
}

/** A file that was given, and from `Held` on what was seen in it and in which language somebody says it is. */
interface Given {
  readonly file: File;
  readonly path: string;
}

interface Held extends Given {
  readonly seen: LookedAt;
  language: string;
}

/** What is to be done with files. */
interface Plan {
  readonly pairs: readonly Held[][];
  readonly reads: readonly Held[];
  readonly alone: readonly Held[];
}

interface Listener {
  onevent(name: string, data: any): unknown;
  onopen(): void;
  onlost(): void;
}

interface Queued {
  name?: string;
  decides?: boolean;
}

type Query = Record<string, string | number | boolean | null | undefined>;

interface Asking {
  query?: Query | URLSearchParams;
  json?: unknown;
  form?: FormData;
  signal?: AbortSignal;
}

type Closing = { close(): void };

// The document

type Child = Node | string | number | false | null | undefined | readonly Child[];
type Props = Record<string, any> & { onclick?: (event: MouseEvent) => unknown };

/** What is in index.html, or stays away from readers. */
interface Parts {
  "#bitext": HTMLSelectElement;
  "#language": HTMLSelectElement;
  "#theme": HTMLSelectElement;
  "#map": HTMLCanvasElement;
  "#undo": HTMLButtonElement | null;
  "#redo": HTMLButtonElement | null;
  "#tools": HTMLElement | null;
  "#who": HTMLInputElement | null;
  "#blind": HTMLInputElement;
  "[data-job=translate]": HTMLElement | null;
  "#find": HTMLInputElement;
  "#controls": HTMLInputElement;
  "#onward": HTMLInputElement | null;
  ".editor textarea": HTMLTextAreaElement | null;
}

// what is looked for here is HTML: SVG is drawn, never asked
interface ParentNode {
  querySelector<Name extends keyof HTMLElementTagNameMap>(selector: Name): HTMLElementTagNameMap[Name] | null;
  querySelector(selector: string): HTMLElement | null;
  querySelectorAll<Name extends keyof HTMLElementTagNameMap>(selector: Name): NodeListOf<HTMLElementTagNameMap[Name]>;
  querySelectorAll(selector: string): NodeListOf<HTMLElement>;
}

interface Element {
  closest(selector: string): HTMLElement | null;
}
