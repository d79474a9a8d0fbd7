"""What the API gives, as the types that its OpenAPI description shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from polyalign.parts import Origin, SideName, State

JobState = Literal["waiting", "running", "done", "failed", "cancelled"]
JobKind = Literal["pair", "read", "realign", "translate", "terms"]
Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a request is refused, in one line. `fault` is the class of the error in a word ("empty", "large",
    "damaged" ...), or what is wrong with the field that was sent, where one is to blame.
    """

    detail: str
    field: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ShownFlag:
    """What a check found in a row; `ignored` where somebody dismissed it.

    `places` are those of what it names: a segment, and from which character of its text to which.
    """

    name: str
    says: str
    ignored: bool
    places: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ShownCode:
    """An inline code that stands before character `at` of a text, and what it is known by."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class ShownSegment:
    """A segment; `number` is its place in its text, from 1, `original` set where somebody edited it.

    `hits` are where the text of the filter is found, in characters of `text`, `terms` where those of the
    glossary are, each with what the glossary has for it.
    """

    id: int
    number: int
    text: str
    original: str | None
    boilerplate: str
    translation: str | None
    place: str
    codes: tuple[ShownCode, ...] = ()
    hits: tuple[tuple[int, int], ...] = ()
    quality: float | None = None
    terms: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ShownReply:
    """An answer to a comment; the one without a text says who wrote the comment, and when."""

    text: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """What a reviewer decided on a row; `who` is empty for what was settled between several."""

    who: str
    state: State
    at: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row; `number` is its place in document order, from 1.

    `score` is the aligner's probability that the pair is right, null where none has judged it; `origin`
    is who made the pair, an aligner, a person or a file.
    """

    id: int
    number: int
    kind: str
    score: float | None
    origin: Origin
    by_hand: bool
    state: State
    keep: bool
    comment: str
    deleted: bool
    overlap: bool
    source: tuple[ShownSegment, ...]
    target: tuple[ShownSegment, ...]
    flags: tuple[ShownFlag, ...]
    evidence: Mapping[str, float]
    who: str
    at: str
    replies: tuple[ShownReply, ...] = ()
    verdicts: tuple[ShownVerdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How many pairs there are, and sentences that only one text has; of either, how many are decided.

    Boilerplate and deleted rows do not count. A pair is decided when it is confirmed or rejected, a
    sentence without a counterpart when somebody said so. `expected` is how many of the pairs that
    nobody decided are wrong, by their scores; `unscored` of them have none. From some decisions on the
    scores are corrected by them: then `decisions` is how many there are, and `curve` how (a, b, c of
    logit p = a ln s - b ln(1 - s) + c), else 0 and nothing.
    """

    pairs: int
    pairs_decided: int
    alone: int
    alone_decided: int
    expected: float
    unscored: int
    decisions: int = 0
    curve: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class ShownAgreement:
    """How two reviewers agree on the rows that both decided; `kappa` is null where chance says all."""

    one: str
    other: str
    rows: int
    agreed: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What several reviewers decided: how far each two agree, and the rows that are to be settled."""

    agreements: tuple[ShownAgreement, ...]
    disputed: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Of the pairs with a score from `low` to `high` (null: of those without one): how many were accepted as
    they are, corrected by hand, rejected, put off, and how many nobody decided.
    """

    low: float | None
    high: float | None
    accepted: int
    corrected: int
    rejected: int
    doubtful: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Worked:
    """What somebody did: operations, rows that they touched, hours of work (pauses left out)."""

    who: str
    operations: int
    rows: int
    hours: float
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """The review of a bitext in figures."""

    shares: tuple[Share, ...]
    work: tuple[Worked, ...]
    flags: Mapping[str, int]
    comments: int
    terms: int
    progress: Progress
    agreements: tuple[ShownAgreement, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring unaligned rows of one side that are shown as one; `run` is the first one's id.

    `count` is of their sentences.
    """

    run: int
    side: SideName
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a listing, from `offset` on; `total` counts all of it."""

    revision: int
    total: int
    offset: int
    rows: tuple[ShownRow | Run, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """A letter for each item of a listing, in its order: c confirmed, r rejected, n needs review; of what
    nobody decided, 0 to 4 a pair by its score in fifths, p a pair without a score, u what only one text
    has, b boilerplate.
    """

    revision: int
    states: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and its place in a listing, that of its run where it is in one; None where it is not there."""

    row: ShownRow | None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class TextSegment:
    """A segment where it stands in its text; `partners` are the numbers of its counterparts, from 1."""

    id: int
    number: int
    text: str
    boilerplate: str
    row: int
    state: State
    score: float | None
    origin: Origin
    partners: tuple[int, ...]
    aligned: bool


@dataclass(frozen=True, slots=True)
class TextPage:
    """A part of a text in its own order."""

    revision: int
    total: int
    offset: int
    segments: tuple[TextSegment, ...]


@dataclass(frozen=True, slots=True)
class ShownSide:
    """One document of a bitext."""

    language: str
    direction: Direction
    path: str | None
    segments: int


@dataclass(frozen=True, slots=True)
class ShownCalibration:
    """How the scores are corrected by decisions: points of the curve (none without it), and in tenths of the
    scores how many pairs were decided and how many of these were right.
    """

    decisions: int
    curve: tuple[tuple[float, float], ...]
    tenths: tuple[tuple[int, int], ...]
    expected: float
    uncorrected: float


@dataclass(frozen=True, slots=True)
class ShownPreset:
    """An export for a tool: its format, how many pairs and terms it holds, what it leaves out, and why."""

    name: str
    format: str
    pairs: int
    terms: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ShownBitext:
    """A bitext; `counts` are of its rows by state, without deleted ones, `progress` says how far it is."""

    id: int
    name: str
    mode: str
    signature: str
    notes: tuple[str, ...]
    rows: int
    counts: Mapping[str, int]
    progress: Progress
    source: ShownSide
    target: ShownSide


@dataclass(frozen=True, slots=True)
class ShownProject:
    """A project; `undo` and `redo` name what they would take, "" for nothing, `changed` is when it was."""

    id: str
    name: str
    revision: int
    undo: str
    redo: str
    bitexts: tuple[ShownBitext, ...]
    changed: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """What an operation did: rows as they are now, ids of those that are gone, where to look next."""

    revision: int
    operation: str
    bitext: int
    rows: tuple[ShownRow, ...]
    removed: tuple[int, ...]
    focus: int | None
    undo: str
    redo: str
    counts: Mapping[str, int]
    progress: Progress


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """A row that would be there; `score` is null where a segment would stay alone."""

    source: tuple[ShownSegment, ...]
    target: tuple[ShownSegment, ...]
    score: float | None


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """What aligning again would change in one place: rows that would go, and what would stand there."""

    number: int
    before: tuple[ShownRow, ...]
    after: tuple[ProposedRow, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else changed a row in the meantime: the rows as they are now."""

    detail: str
    revision: int
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """Long work. `stage` is what it is at, `done` of `total` is how far, `left` how many seconds that stage
    will take; null where it is unknown. `says` is the same in a line. `fault` is that of `error`.
    """

    id: str
    kind: JobKind
    project: str
    bitext: int | None
    state: JobState = "waiting"
    says: str = ""
    done: int = 0
    total: int | None = None
    stage: str = ""
    left: int | None = None
    error: str = ""
    fault: str = ""
    result: Mapping[str, int] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Started:
    """The job that was begun."""

    job: str


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks, and what this server can do."""

    role: Literal["editor", "reader"]
    who: str
    version: str
    reader_link: str | None
    flags: Mapping[str, str]
    formats: tuple[str, ...]
    translators: bool
    can_create: bool
    home: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownWords:
    """Which words of a row correspond, what only one side says, and why the row is one, in a sentence.

    A link is (source segment, start, end, target segment, start, end, probability), in characters of
    their texts, a difference (segment, start, end). `refused` says why words are not linked.
    """

    links: tuple[tuple[int, int, int, int, int, int, float], ...]
    differences: tuple[tuple[int, int, int], ...]
    why: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ShownPartner:
    """Segments of the other text that a segment may belong to, the row of the first, how probably, and
    whether that row is a pair already.
    """

    row: int
    segments: tuple[ShownSegment, ...]
    score: float
    aligned: bool


@dataclass(frozen=True, slots=True)
class Deleted:
    """A project that was deleted and can be brought back."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a file holds, a text or pairs of texts, and in which languages; else why it holds neither, in a
    line and in the word of `Trouble`.
    """

    name: str
    kind: Literal["text", "pairs", "nothing"]
    languages: tuple[str, ...]
    error: str
    fault: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the journal: who did what to which rows."""

    revision: int
    motion: str
    operation: str
    who: str
    at: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShownTerm:
    """A term of the glossary, with its names in the other language, the first choice first."""

    id: int
    source_language: str
    target_language: str
    source: str
    targets: tuple[str, ...]
    note: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A candidate for the glossary: in how many pairs the two correspond, in how many each side has its
    phrase, how far that is more than by chance (log-likelihood), and rows that have them.
    """

    source: str
    targets: tuple[str, ...]
    count: int
    source_count: int
    target_count: int
    likelihood: float
    dice: float
    rows: tuple[int, ...]
    examples: tuple[tuple[str, str], ...]
    known: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """A segment in which something is to be replaced; spans are of what is found and what comes instead."""

    row: int
    number: int
    side: SideName
    segment: int
    before: str
    after: str
    found: tuple[tuple[int, int], ...]
    made: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Replacements:
    """What replacing would change; `coded` segments are left out, as an inline code would lose its place."""

    revision: int
    replacements: tuple[Replacement, ...]
    coded: int
    more: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a returned file changed in a row, or would; `why` says why it is in conflict, empty where not."""

    place: str
    row: int | None
    what: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Updated:
    """What came of a returned file; `undo` is what one undo takes back."""

    changes: tuple[Taken, ...]
    revision: int
    undo: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A row of the concordance; spans are characters of a side's segments joined by single spaces."""

    project: str
    bitext: int
    row: ShownRow
    source_spans: tuple[tuple[int, int], ...]
    target_spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """A part of the rows in which something was found."""

    total: int
    offset: int
    hits: tuple[Hit, ...]
