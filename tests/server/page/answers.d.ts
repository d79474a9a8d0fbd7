// What the server answers: made of polyalign/server/answers.py by tests/helpers/declarations.py.

interface Trouble {
  readonly detail: string;
  readonly field: string;
  readonly fault: string;
}

interface ShownFlag {
  readonly name: string;
  readonly says: string;
  readonly ignored: boolean;
  readonly places: readonly (readonly [number, number, number])[];
}

interface ShownCode {
  readonly at: number;
  readonly name: string;
}

interface ShownSegment {
  readonly id: number;
  readonly number: number;
  readonly text: string;
  readonly original: string | null;
  readonly boilerplate: string;
  readonly translation: string | null;
  readonly place: string;
  readonly codes: readonly ShownCode[];
  readonly hits: readonly (readonly [number, number])[];
  readonly quality: number | null;
  readonly terms: readonly (readonly [number, number, string])[];
}

interface ShownReply {
  readonly text: string;
  readonly who: string;
  readonly at: string;
}

interface ShownVerdict {
  readonly who: string;
  readonly state: "auto" | "confirmed" | "rejected" | "needs-review";
  readonly at: string;
}

interface ShownRow {
  readonly id: number;
  readonly number: number;
  readonly kind: string;
  readonly score: number | null;
  readonly origin: "machine" | "person" | "file";
  readonly by_hand: boolean;
  readonly state: "auto" | "confirmed" | "rejected" | "needs-review";
  readonly keep: boolean;
  readonly comment: string;
  readonly deleted: boolean;
  readonly overlap: boolean;
  readonly source: readonly ShownSegment[];
  readonly target: readonly ShownSegment[];
  readonly flags: readonly ShownFlag[];
  readonly evidence: Readonly<Record<string, number>>;
  readonly who: string;
  readonly at: string;
  readonly replies: readonly ShownReply[];
  readonly verdicts: readonly ShownVerdict[];
}

interface Progress {
  readonly pairs: number;
  readonly pairs_decided: number;
  readonly alone: number;
  readonly alone_decided: number;
  readonly expected: number;
  readonly unscored: number;
  readonly decisions: number;
  readonly curve: readonly [number, number, number] | null;
}

interface ShownAgreement {
  readonly one: string;
  readonly other: string;
  readonly rows: number;
  readonly agreed: number;
  readonly kappa: number | null;
}

interface Agreed {
  readonly agreements: readonly ShownAgreement[];
  readonly disputed: readonly ShownRow[];
}

interface Share {
  readonly low: number | null;
  readonly high: number | null;
  readonly accepted: number;
  readonly corrected: number;
  readonly rejected: number;
  readonly doubtful: number;
  readonly undecided: number;
}

interface Worked {
  readonly who: string;
  readonly operations: number;
  readonly rows: number;
  readonly hours: number;
  readonly first: string;
  readonly last: string;
}

interface Statistics {
  readonly shares: readonly Share[];
  readonly work: readonly Worked[];
  readonly flags: Readonly<Record<string, number>>;
  readonly comments: number;
  readonly terms: number;
  readonly progress: Progress;
  readonly agreements: readonly ShownAgreement[];
}

interface Run {
  readonly run: number;
  readonly side: "source" | "target";
  readonly count: number;
  readonly rows: readonly number[];
}

interface Page {
  readonly revision: number;
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly (ShownRow | Run)[];
}

interface Overview {
  readonly revision: number;
  readonly states: string;
}

interface Placed {
  readonly row: ShownRow | null;
  readonly index: number | null;
}

interface TextSegment {
  readonly id: number;
  readonly number: number;
  readonly text: string;
  readonly boilerplate: string;
  readonly row: number;
  readonly state: "auto" | "confirmed" | "rejected" | "needs-review";
  readonly score: number | null;
  readonly origin: "machine" | "person" | "file";
  readonly partners: readonly number[];
  readonly aligned: boolean;
}

interface TextPage {
  readonly revision: number;
  readonly total: number;
  readonly offset: number;
  readonly segments: readonly TextSegment[];
}

interface ShownSide {
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  readonly path: string | null;
  readonly segments: number;
}

interface ShownCalibration {
  readonly decisions: number;
  readonly curve: readonly (readonly [number, number])[];
  readonly tenths: readonly (readonly [number, number])[];
  readonly expected: number;
  readonly uncorrected: number;
}

interface ShownPreset {
  readonly name: string;
  readonly format: string;
  readonly pairs: number;
  readonly terms: number;
  readonly left_out: Readonly<Record<string, number>>;
}

interface ShownBitext {
  readonly id: number;
  readonly name: string;
  readonly mode: string;
  readonly signature: string;
  readonly notes: readonly string[];
  readonly rows: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly progress: Progress;
  readonly source: ShownSide;
  readonly target: ShownSide;
}

interface ShownProject {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly undo: string;
  readonly redo: string;
  readonly bitexts: readonly ShownBitext[];
  readonly changed: string;
}

interface ShownChange {
  readonly revision: number;
  readonly operation: string;
  readonly bitext: number;
  readonly rows: readonly ShownRow[];
  readonly removed: readonly number[];
  readonly focus: number | null;
  readonly undo: string;
  readonly redo: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly progress: Progress;
}

interface ProposedRow {
  readonly source: readonly ShownSegment[];
  readonly target: readonly ShownSegment[];
  readonly score: number | null;
}

interface ShownProposal {
  readonly number: number;
  readonly before: readonly ShownRow[];
  readonly after: readonly ProposedRow[];
}

interface Clash {
  readonly detail: string;
  readonly revision: number;
  readonly rows: readonly ShownRow[];
}

interface Job {
  readonly id: string;
  readonly kind: "pair" | "read" | "realign" | "translate" | "terms";
  readonly project: string;
  readonly bitext: number | null;
  readonly state: "waiting" | "running" | "done" | "failed" | "cancelled";
  readonly says: string;
  readonly done: number;
  readonly total: number | null;
  readonly stage: string;
  readonly left: number | null;
  readonly error: string;
  readonly fault: string;
  readonly result: Readonly<Record<string, number>> | null;
}

interface Started {
  readonly job: string;
}

interface Session {
  readonly role: "editor" | "reader";
  readonly who: string;
  readonly version: string;
  readonly reader_link: string | null;
  readonly flags: Readonly<Record<string, string>>;
  readonly formats: readonly string[];
  readonly translators: boolean;
  readonly can_create: boolean;
  readonly home: boolean;
  readonly notes: readonly string[];
}

interface ShownWords {
  readonly links: readonly (readonly [number, number, number, number, number, number, number])[];
  readonly differences: readonly (readonly [number, number, number])[];
  readonly why: string;
  readonly refused: string;
}

interface ShownPartner {
  readonly row: number;
  readonly segments: readonly ShownSegment[];
  readonly score: number;
  readonly aligned: boolean;
}

interface Deleted {
  readonly id: string;
  readonly name: string;
}

interface LookedAt {
  readonly name: string;
  readonly kind: "text" | "pairs" | "nothing";
  readonly languages: readonly string[];
  readonly error: string;
  readonly fault: string;
}

interface Logged {
  readonly revision: number;
  readonly motion: string;
  readonly operation: string;
  readonly who: string;
  readonly at: string;
  readonly rows: readonly number[];
}

interface ShownTerm {
  readonly id: number;
  readonly source_language: string;
  readonly target_language: string;
  readonly source: string;
  readonly targets: readonly string[];
  readonly note: string;
  readonly who: string;
  readonly at: string;
}

interface ShownCandidate {
  readonly source: string;
  readonly targets: readonly string[];
  readonly count: number;
  readonly source_count: number;
  readonly target_count: number;
  readonly likelihood: number;
  readonly dice: number;
  readonly rows: readonly number[];
  readonly examples: readonly (readonly [string, string])[];
  readonly known: boolean;
}

interface Replacement {
  readonly row: number;
  readonly number: number;
  readonly side: "source" | "target";
  readonly segment: number;
  readonly before: string;
  readonly after: string;
  readonly found: readonly (readonly [number, number])[];
  readonly made: readonly (readonly [number, number])[];
}

interface Replacements {
  readonly revision: number;
  readonly replacements: readonly Replacement[];
  readonly coded: number;
  readonly more: number;
}

interface Taken {
  readonly place: string;
  readonly row: number | null;
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly why: string;
}

interface Updated {
  readonly changes: readonly Taken[];
  readonly revision: number;
  readonly undo: string;
}

interface Hit {
  readonly project: string;
  readonly bitext: number;
  readonly row: ShownRow;
  readonly source_spans: readonly (readonly [number, number])[];
  readonly target_spans: readonly (readonly [number, number])[];
}

interface Hits {
  readonly total: number;
  readonly offset: number;
  readonly hits: readonly Hit[];
}
