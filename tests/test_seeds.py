"""The sample pairs: the gold quotes the files exactly, and the README's figures are true."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from polyalign.parts import SideName
from tests.helpers.places import SEEDS
from tests.helpers.seeds import NAMES, REAL, SIDES

RUN = 6


@dataclass(frozen=True)
class GoldSide:
    file: str
    language: str
    boilerplate: tuple[str, ...]
    unaligned: tuple[str, ...]

    @property
    def text(self) -> str:
        return (SEEDS / self.file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class GoldBead:
    source: tuple[str, ...]
    target: tuple[str, ...]


@dataclass(frozen=True)
class Gold:
    source: GoldSide
    target: GoldSide
    beads: tuple[GoldBead, ...]
    clauses: tuple[GoldBead, ...]

    def side(self, name: SideName) -> GoldSide:
        return self.source if name == "source" else self.target


def quoted(beads: tuple[GoldBead, ...], side: SideName) -> list[str]:
    return [stretch for bead in beads for stretch in stretches(bead, side)]


def stretches(bead: GoldBead, side: SideName) -> tuple[str, ...]:
    return bead.source if side == "source" else bead.target


@cache
def gold(name: str) -> Gold:
    data = json.loads((SEEDS / f"{name}.gold.json").read_text(encoding="utf-8"))
    assert data["schema"] == "polyalign.gold/1"
    sides = [
        GoldSide(row["file"], row["language"], tuple(row["boilerplate"]), tuple(row["unaligned"]))
        for row in (data["source"], data["target"])
    ]
    beads, clauses = (
        tuple(GoldBead(tuple(row["source"]), tuple(row["target"])) for row in data[level])
        for level in ("beads", "clauses")
    )
    return Gold(sides[0], sides[1], beads, clauses)


each_side = pytest.mark.parametrize(("name", "side"), [(n, s) for n in NAMES for s in SIDES])


def test_there_are_arabic_and_turkish_pairs() -> None:
    assert Counter(gold(name).source.language for name in NAMES) == {"ar": 2, "tr": 1}
    assert {gold(name).target.language for name in NAMES} == {"en"}
    files = {gold(name).side(side).file for name in NAMES for side in SIDES}
    assert files == {path.name for path in SEEDS.glob("*.txt")}


@each_side
def test_every_quoted_stretch_occurs_once(name: str, side: SideName) -> None:
    pair, part = gold(name), gold(name).side(side)
    for stretch in {*quoted(pair.beads, side), *quoted(pair.clauses, side), *part.unaligned}:
        assert part.text.count(stretch) == 1, stretch
        assert stretch == stretch.strip()
    lines = Counter(part.text.splitlines())
    assert all(lines[line] == 1 for line in part.boilerplate)


@each_side
def test_no_stretch_is_in_two_beads(name: str, side: SideName) -> None:
    for beads in (gold(name).beads, gold(name).clauses):
        assert not [stretch for stretch, times in Counter(quoted(beads, side)).items() if times > 1]


@each_side
def test_the_gold_quotes_the_whole_file(name: str, side: SideName) -> None:
    """Beads, unaligned sentences and boilerplate are all the file holds, but for white space."""
    pair, part = gold(name), gold(name).side(side)
    words = Counter(part.text.split())
    held = (*quoted(pair.beads, side), *part.unaligned, *part.boilerplate)
    assert Counter(" ".join(held).split()) == words


@each_side
def test_clauses_make_up_the_sentences(name: str, side: SideName) -> None:
    pair = gold(name)
    assert Counter(" ".join(quoted(pair.clauses, side)).split()) == Counter(
        " ".join(quoted(pair.beads, side)).split()
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_clause_bead_lies_within_one_bead(name: str) -> None:
    for clause in gold(name).clauses:
        holders = [bead for bead in gold(name).beads if holds(bead, clause)]
        assert len(holders) == 1, clause


def holds(bead: GoldBead, clause: GoldBead) -> bool:
    """Whether each stretch of the clause bead stands in a sentence of the bead, on both sides."""
    return all(
        any(stretch in sentence for sentence in stretches(bead, side))
        for side in SIDES
        for stretch in stretches(clause, side)
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_pairs_are_comparable_reports(name: str) -> None:
    """The order crosses, a quarter or more of each side stands alone, and groups are not neighbours."""
    pair = gold(name)
    starts = [[pair.target.text.index(t) for t in bead.target] for bead in pair.beads]
    firsts = [min(found) for found in starts]
    assert firsts != sorted(firsts)
    kinds = {(len(bead.source), len(bead.target)) for bead in pair.beads}
    assert {(1, 1), (1, 2), (2, 1)} <= kinds
    assert any(apart(bead, pair) for bead in pair.beads)
    for side in SIDES:
        alone, together = len(pair.side(side).unaligned), len(quoted(pair.beads, side))
        assert 12 <= alone + together <= 20
        assert 0.25 <= alone / (alone + together) <= 0.4


def apart(bead: GoldBead, pair: Gold) -> bool:
    """Whether two source sentences of the bead have another sentence between them."""
    starts = sorted(pair.source.text.index(sentence) for sentence in bead.source)
    between = (*quoted(pair.beads, "source"), *pair.source.unaligned)
    inside = [s for s in between if starts[0] < pair.source.text.index(s) < starts[-1]]
    return bool(inside)


def test_the_figures_of_the_readme() -> None:
    readme = (SEEDS / "README.md").read_text(encoding="utf-8")
    expected = {**dict(file_figures()), **{name: pair_figures(name) for name in NAMES}}
    rows = re.findall(r"^\| `([\w.]+)` \| ([\d |]+) \|$", readme, flags=re.M)
    assert {key: tuple(map(int, figures.split("|"))) for key, figures in rows} == expected


def file_figures() -> Iterator[tuple[str, tuple[int, ...]]]:
    for name in NAMES:
        for side in SIDES:
            part, paired = gold(name).side(side), len(quoted(gold(name).beads, side))
            alone = len(part.unaligned)
            yield part.file, (paired + alone, paired, alone, len(part.boilerplate))


def pair_figures(name: str) -> tuple[int, ...]:
    return len(gold(name).beads), len(gold(name).clauses)


@each_side
def test_no_sentence_comes_from_the_real_reports(name: str, side: SideName) -> None:
    if not REAL.is_dir():
        pytest.skip("the real reports (shared/seeds) are not here")
    real = {run for path in REAL.glob("*.txt") for run in runs(path.read_text(encoding="utf-8"))}
    assert real
    assert not real & set(runs(gold(name).side(side).text))


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """All runs of six words, in lower case, without punctuation."""
    words = re.findall(r"\w+", text.lower())
    return zip(*(words[i:] for i in range(RUN)), strict=False)
