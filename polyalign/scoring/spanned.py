"""Gold by the fact, as stretches of two raw texts: the report measure, which no segmentation favours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args

from polyalign.bitext import Bitext
from polyalign.errors import InputError
from polyalign.formats.common import Unit
from polyalign.parts import Segment, SideName
from polyalign.scoring.lookup import kept, located, occurrences
from polyalign.scoring.measures import Counts, Measure, Rates, harmonic, parted, ratio

Stretch = tuple[int, int]  # start and end in a text, in characters
Spans = tuple[Stretch, ...]  # ascending, apart from each other
Passage = tuple[Spans, Spans]

SIDES = get_args(SideName)
FULL, PARTIAL = "full", "partial"


def _figures(n: Counts) -> dict[str, Rates]:
    precision = ratio(n["right"], n["right"] + n["wrong"], empty=1.0)
    recall = ratio(n["hit"], n["gold_entries"], empty=1.0)
    partial = n["gold_entries"] - n["full"]
    return {
        "precision": precision,
        "recall": recall,
        "f1": harmonic(precision, recall),
        "precision_by_chars": ratio(n["right_chars"], n["right_chars"] + n["wrong_chars"], empty=1.0),
        "recall_full": ratio(n["hit_full"], n["full"], empty=1.0),
        "recall_partial": ratio(n["hit"] - n["hit_full"], partial, empty=1.0),
        "tight": ratio(n["inside"], n["right_chars"], empty=1.0),
    }


REPORT = Measure(
    "report",
    (
        *("gold_entries", "full", "hit", "hit_full", "predicted_beads", "right", "wrong", "unsure"),
        *("right_chars", "wrong_chars", "inside"),
    ),
    _figures,
    ("gold_entries", "predicted_beads", "right", "wrong", "unsure"),
)


@dataclass(frozen=True, slots=True)
class GoldFact:
    """A fact that both texts tell, `full` or in part."""

    passage: Passage
    full: bool = True


@dataclass(frozen=True, slots=True)
class Spanned:
    """Two texts and the passages that tell the same facts; `unsure` ones count neither way."""

    measure: ClassVar[Measure] = REPORT

    id: str
    texts: tuple[str, str] = field(repr=False)
    entries: tuple[GoldFact, ...] = field(repr=False)
    unsure: tuple[Passage, ...] = field(default=(), repr=False)
    languages: tuple[str, str] = ("", "")

    @classmethod
    def read(cls, row: Mapping[str, Any], *, id: str, name: str) -> Spanned:  # noqa: A002
        """The document of a JSON object with `src_text`, `tgt_text`, `spans`, perhaps `unsure_spans`.

        Raises InputError.
        """
        texts = row.get("src_text"), row.get("tgt_text")
        if not (isinstance(texts[0], str) and isinstance(texts[1], str)):
            raise InputError(f'{name} has no "src_text" and "tgt_text": give the two texts as strings')
        both = (texts[0], texts[1])
        entries = []
        for number, (passage, rest) in enumerate(_passages(row["spans"], both, name)):
            if rest not in ([], [FULL], [PARTIAL]):
                raise InputError(f'{name}: entry {number} is neither "full" nor "partial": say which')
            entries.append(GoldFact(passage, rest != [PARTIAL]))
        unsure = tuple(passage for passage, _ in _passages(row.get("unsure_spans", []), both, name))
        languages = str(row.get("src_lang", "")), str(row.get("tgt_lang", ""))
        return cls(id, both, tuple(entries), unsure, languages)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def counts(self, beads: Collection[Passage]) -> tuple[int, ...]:
        """What is counted of these beads."""
        n = dict.fromkeys(REPORT.columns, 0)
        passages = [*(entry.passage for entry in self.entries), *self.unsure]  # so the unsure ones come last
        found = set()
        for bead in beads:
            hits = [k for k, entry in enumerate(passages) if all(map(_hit, bead, entry))]
            size = sum(map(_length, bead))
            sure = [k for k in hits if k < len(self.entries)]
            found.update(sure)
            if sure:
                n["right"] += 1
                n["right_chars"] += size
                n["inside"] += sum(
                    _common(own, merged(span for k in hits for span in passages[k][side]))
                    for side, own in enumerate(bead)
                )
            elif hits:
                n["unsure"] += 1
            else:
                n["wrong"] += 1
                n["wrong_chars"] += size
        n |= {"gold_entries": len(self.entries), "predicted_beads": len(beads), "hit": len(found)}
        n["full"] = sum(entry.full for entry in self.entries)
        n["hit_full"] = sum(self.entries[k].full for k in found)
        return tuple(n[column] for column in REPORT.columns)

    def parts(self, *outputs: Collection[Passage]) -> list[tuple[Spanned, list[Collection[Passage]]]]:
        """The document in parts, each with its beads of each output, whose counts add up to its own.

        What shares text, in the gold or in an output, stays together; unsure entries alone are no part.
        """

        def places(item: GoldFact | Passage) -> Iterator[int]:
            source, target = item.passage if isinstance(item, GoldFact) else item
            yield from (i for a, b in source for i in range(a, b))
            yield from (~j for a, b in target for j in range(a, b))

        sorts: list[Collection[Any]] = [self.entries, self.unsure, *outputs]
        return [
            (replace(self, entries=tuple(entries), unsure=tuple(unsure)), [*beads])
            for entries, unsure, *beads in parted(sorts, places)
            if entries or any(beads)
        ]

    def from_row(self, row: Mapping[str, Any], *, name: str) -> tuple[Passage, ...]:
        """The beads under "spans". Raises InputError."""
        if "spans" not in row:
            raise InputError(f'{name} has no "spans", and segment ids do not say where: give bitext JSON')
        return tuple(passage for passage, _ in _passages(row["spans"], self.texts, name))

    def from_bitext(self, bitext: Bitext, *, name: str) -> tuple[Passage, ...]:
        """The beads of a bitext of the two texts. Raises InputError where it is of others."""
        for k, side in enumerate((bitext.source, bitext.target)):
            for s in side.segments:
                if self.texts[k][s.start : s.end] != s.text:
                    raise InputError(
                        f"{name}: {SIDES[k]} segment {s.id} is not the gold's text from {s.start} to "
                        f"{s.end}: align the very texts of the gold"
                    )
        source, target = bitext.source.segments, bitext.target.segments
        return tuple((_spans_of(source, b.source), _spans_of(target, b.target)) for b in bitext.beads)

    def from_units(self, units: Sequence[Unit], *, name: str) -> tuple[Passage, ...]:
        """The beads of rows, by where their texts stand in those of the gold; ids say nothing here.

        Raises InputError where that cannot be told.
        """
        beads = zip(self._placed(0, units, name), self._placed(1, units, name), units, strict=True)
        return tuple((source, target) for source, target, unit in beads if unit.source and unit.target)

    def _placed(self, k: int, units: Sequence[Unit], name: str) -> list[Spans]:
        offsets = kept(self.texts[k])
        whole = "".join(self.texts[k][offset] for offset in offsets)

        def places(text: str) -> list[Stretch]:
            return [(offsets[at], offsets[at + len(text) - 1] + 1) for at in occurrences(whole, text)]

        return [*map(merged, located(units, SIDES[k], places, name=name))]

    def content(self) -> Any:
        """Texts, entries and unsure passages."""
        entries = sorted([*entry.passage, entry.full] for entry in self.entries)
        return [self.texts, entries, sorted(self.unsure)]


def merged(spans: Iterable[Stretch]) -> Spans:
    """The characters in any of the spans, as spans that neither overlap nor touch."""
    found: list[Stretch] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif start < end:
            found.append((start, end))
    return tuple(found)


def _spans_of(segments: Sequence[Segment], ids: Iterable[int]) -> Spans:
    return merged((segments[i].start, segments[i].end) for i in ids)


def _length(spans: Spans) -> int:
    return sum(end - start for start, end in spans)


def _common(one: Spans, other: Spans) -> int:
    """How many characters are in both."""
    return sum(max(0, min(b, d) - max(a, c)) for a, b in one for c, d in other)


def _hit(one: Spans, other: Spans) -> bool:
    """Whether what they share is at least half of the shorter one, which is not empty."""
    return 2 * _common(one, other) >= min(_length(one), _length(other)) > 0


def _passages(rows: Any, texts: tuple[str, str], name: str) -> list[tuple[Passage, list[Any]]]:
    """The passages of a JSON value, each with what stands after its two sides. Raises InputError."""
    if not isinstance(rows, list):
        raise InputError(f"{name}: its spans are no list: give [[[source spans], [target spans]], ...]")
    found = []
    for number, row in enumerate(rows):
        where = f"{name}: entry {number}"
        if not isinstance(row, list) or len(row) < 2:
            raise InputError(f"{where} has no two sides: give [[source spans], [target spans]]")
        found.append(((_spans(row[0], texts[0], where), _spans(row[1], texts[1], where)), row[2:]))
    return found


def _spans(value: Any, text: str, where: str) -> Spans:
    if not isinstance(value, list) or not value:
        raise InputError(f"{where} has an empty side: give [[start, end], ...]")
    for span in value:
        if not (isinstance(span, list) and [type(end) for end in span] == [int, int]):
            raise InputError(f"{where} has a span that is no [start, end]: give two character offsets")
        if not 0 <= span[0] < span[1] <= len(text):
            raise InputError(f"{where} goes from {span[0]} to {span[1]} in a text of {len(text)} characters")
    return merged((start, end) for start, end in value)
