"""Gold beads between segments that are given: strict, lax, pairs, noise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import Any, ClassVar, get_args

from polyalign.bitext import Bitext
from polyalign.errors import InputError
from polyalign.formats.common import Unit
from polyalign.parts import SideName
from polyalign.scoring.lookup import located, occurrences, packed
from polyalign.scoring.measures import Counts, Measure, Rates, harmonic, parted, ratio

Ids = tuple[int, ...]
Group = tuple[Ids, Ids]  # the source and the target ids of a bead, ascending; one twice, if it is there twice
Texts = tuple[tuple[str, ...], tuple[str, ...]]

SIDES = get_args(SideName)


def _figures(n: Counts) -> dict[str, Rates]:
    found = {}
    for name, right, predicted, hit, gold in (
        ("strict", "right", "predicted_beads", "right", "gold_beads"),
        ("lax", "touching", "predicted_beads", "touched", "gold_beads"),
        ("pair", "right_pairs", "predicted_pairs", "right_pairs", "gold_pairs"),
    ):
        precision, recall = ratio(n[right], n[predicted]), ratio(n[hit], n[gold])
        found[f"{name}_p"], found[f"{name}_r"] = precision, recall
        found[f"{name}_f1"] = harmonic(precision, recall)
    return found | {"noise": ratio(n["noisy"], n["predicted_beads"])}


STRICT = Measure(
    "strict",
    (
        *("gold_beads", "predicted_beads", "right", "touching", "touched"),
        *("gold_pairs", "predicted_pairs", "right_pairs", "noisy"),
    ),
    _figures,
    ("gold_beads", "predicted_beads"),
)


@dataclass(frozen=True, slots=True)
class Segmented:
    """A document whose gold names segments by their ids, which count from 0.

    `sizes` are the numbers of source and target segments and `texts` the segments, None where nobody
    knows; `noise` are those that were put in from elsewhere, None where the gold does not say.
    """

    measure: ClassVar[Measure] = STRICT

    id: str
    gold: frozenset[Group] = field(repr=False)
    sizes: tuple[int, int] | None = None
    texts: Texts | None = field(default=None, repr=False)
    noise: tuple[frozenset[int], frozenset[int]] | None = field(default=None, repr=False)
    languages: tuple[str, str] = ("", "")

    @classmethod
    def read(cls, row: Mapping[str, Any], *, id: str, name: str) -> Segmented:  # noqa: A002
        """The document of a JSON object with `gold`, perhaps `src`, `tgt`, `src_noise`, `tgt_noise`.

        Raises InputError.
        """
        texts = None
        if "src" in row or "tgt" in row:
            texts = _strings(row, "src", name), _strings(row, "tgt", name)
        sizes = texts and (len(texts[0]), len(texts[1]))
        noise = None
        if row.get("src_noise") or row.get("tgt_noise"):
            noise = (
                _flagged(row, "src_noise", sizes and sizes[0], name),
                _flagged(row, "tgt_noise", sizes and sizes[1], name),
            )
        languages = str(row.get("src_lang", "")), str(row.get("tgt_lang", ""))
        return cls(id, _groups(row["gold"], sizes, name), sizes, texts, noise, languages)

    @property
    def size(self) -> int:
        """How many gold beads there are."""
        return len(self.gold)

    def counts(self, beads: Collection[Group]) -> tuple[int, ...]:
        """What is counted of these beads, each of which counts once."""
        beads = frozenset(beads)
        gold_links, links, noise = _links(self.gold), _links(beads), self.noise or ()
        return (
            len(self.gold),
            len(beads),
            len(self.gold & beads),
            sum(_touches(bead, gold_links) for bead in beads),
            sum(_touches(bead, links) for bead in self.gold),
            sum(map(len, gold_links.values())),
            sum(map(len, links.values())),
            sum(len(targets & gold_links[i]) for i, targets in links.items() if i in gold_links),
            sum(any(not n.isdisjoint(ids) for n, ids in zip(noise, bead, strict=False)) for bead in beads),
        )

    def parts(self, *outputs: Collection[Group]) -> list[tuple[Segmented, list[Collection[Group]]]]:
        """The document in parts, each with its beads of each output, whose counts add up to its own.

        Beads that share a segment, in the gold or in an output, stay together.
        """
        found = parted((self.gold, *outputs), lambda bead: (*bead[0], *(~j for j in bead[1])))
        return [(replace(self, gold=frozenset(gold)), [*beads]) for gold, *beads in found]

    def from_row(self, row: Mapping[str, Any], *, name: str) -> frozenset[Group]:
        """The beads under "beads", else those under "gold". Raises InputError."""
        if "beads" not in row and "gold" not in row:
            raise InputError(f'{name} has no "beads": give [[[source ids], [target ids]], ...]')
        return _groups(row.get("beads", row.get("gold")), self.sizes, name)

    def from_bitext(self, bitext: Bitext, *, name: str) -> frozenset[Group]:
        """The beads of a bitext whose segments are those of the gold. Raises InputError."""
        for k, side in enumerate((bitext.source, bitext.target)):
            if self.sizes and len(side.segments) != self.sizes[k]:
                raise InputError(
                    f"{name} has {len(side.segments):,} {SIDES[k]} segments and the gold {self.sizes[k]:,}: "
                    "align the segments of the gold (pair --pre-segmented)"
                )
            self._check(k, ((s.id, s.text) for s in side.segments), name)
        return frozenset((bead.source, bead.target) for bead in bitext.beads)

    def from_units(self, units: Sequence[Unit], *, name: str) -> frozenset[Group]:
        """The beads of rows, by their ids if all have some, else by where their texts stand in the gold.

        Raises InputError where neither tells.
        """
        beads = zip(self._ids(0, units, name), self._ids(1, units, name), units, strict=True)
        return frozenset((source, target) for source, target, unit in beads if unit.source and unit.target)

    def _ids(self, k: int, units: Sequence[Unit], name: str) -> list[Ids]:
        rows = [((u.source, u.source_ids), (u.target, u.target_ids))[k] for u in units]
        if all(len(texts) == len(ids) for texts, ids in rows):
            for texts, ids in rows:
                self._check(k, zip(ids, texts, strict=True), name)
            return [tuple(sorted(set(ids))) for _, ids in rows]
        if self.texts is None:
            raise InputError(f"{name} has no ids and the gold no texts: give a file with ids, such as json")
        pieces = [packed(text) for text in self.texts[k]]
        ends = list(accumulate(map(len, pieces), initial=0))
        starting = {a: i for i, (a, b) in enumerate(pairwise(ends)) if a < b}
        ending = {b: i for i, (a, b) in enumerate(pairwise(ends)) if a < b}
        whole = "".join(pieces)

        def places(text: str) -> list[Ids]:
            found = ((at, at + len(text)) for at in occurrences(whole, text))
            return [
                tuple(i for i in range(starting[a], ending[b] + 1) if pieces[i])
                for a, b in found
                if a in starting and b in ending
            ]

        told = located(units, SIDES[k], places, name=name)
        return [tuple(sorted({i for ids in own for i in ids})) for own in told]

    def _check(self, k: int, segments: Iterable[tuple[int, str]], name: str) -> None:
        """Raise InputError for a segment that the gold does not have, or has with another text."""
        for i, text in segments:
            if self.sizes and not 0 <= i < self.sizes[k]:
                raise InputError(_out_of_range(f"{name} names {SIDES[k]} segment {i}", self.sizes[k]))
            own = self.texts[k][i] if self.texts else text
            if own != text and packed(own) != packed(text):
                raise InputError(
                    f"{name}: {SIDES[k]} segment {i} has another text than in the gold: "
                    "align the segments of the gold (pair --pre-segmented)"
                )

    def content(self) -> Any:
        """Sizes, texts, beads and noise."""
        noise = self.noise and [sorted(ids) for ids in self.noise]
        return [self.sizes, self.texts, sorted(self.gold), noise]


def _links(beads: Iterable[Group]) -> dict[int, frozenset[int]]:
    """The target segments that each source segment is paired with; shared, as a bead may be large."""
    found: dict[int, frozenset[int]] = {}
    for source, target in beads:
        targets = frozenset(target)
        for i in source:
            found[i] = found[i] | targets if i in found else targets
    return found


def _touches(bead: Group, links: Mapping[int, frozenset[int]]) -> bool:
    return any(i in links and not links[i].isdisjoint(bead[1]) for i in bead[0])


def _groups(rows: Any, sizes: tuple[int, int] | None, name: str) -> frozenset[Group]:
    """The beads of a JSON value; those with an empty side are none. Raises InputError."""
    if not isinstance(rows, list):
        raise InputError(f"{name}: its beads are no list: give [[[source ids], [target ids]], ...]")
    found = set()
    for number, row in enumerate(rows):
        where = f"{name}: bead {number}"
        sides = [row.get(side) for side in SIDES] if isinstance(row, dict) else row
        if not isinstance(sides, list) or len(sides) < 2:
            raise InputError(f"{where} has no two sides: give [[source ids], [target ids]]")
        group = _ids_of(sides[0], sizes and sizes[0], where), _ids_of(sides[1], sizes and sizes[1], where)
        if all(group):
            found.add(group)
    return frozenset(found)


def _ids_of(ids: Any, size: int | None, where: str) -> Ids:
    if not isinstance(ids, list) or any(type(i) is not int for i in ids):
        raise InputError(f"{where} has a side that is no list of whole numbers: give segment ids")
    for i in ids:
        if i < 0 or (size is not None and i >= size):
            raise InputError(_out_of_range(f"{where} names segment {i}", size))
    return tuple(sorted(ids))


def _out_of_range(what: str, size: int | None) -> str:
    last = "" if size is None else f" and end at {size - 1}"
    return f"{what}, which is not there: ids count from 0{last}"


def _strings(row: Mapping[str, Any], key: str, name: str) -> tuple[str, ...]:
    value = row.get(key)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InputError(f'{name}: "{key}" is no list of strings: give the segments of that side')
    return tuple(value)


def _flagged(row: Mapping[str, Any], key: str, size: int | None, name: str) -> frozenset[int]:
    """The segments with a flag. Raises InputError where the flags are not one a segment, 0 or 1."""
    flags = row.get(key) or []
    fits = isinstance(flags, list) and (not flags or size in (None, len(flags)))
    if not fits or not all(isinstance(flag, int) and flag in (0, 1) for flag in flags):
        what = f'{name}: "{key}" is no list of a 0 or 1 for each segment'
        raise InputError(f"{what}: give one, or leave it out")
    return frozenset(i for i, flag in enumerate(flags) if flag)
