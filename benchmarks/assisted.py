"""What a translation of one side is worth to the aligner: strict F1 without it, with it, with poor ones.

    python benchmarks/assisted.py [SHARED_DIR] [--sets GLOB] [--documents N] [--poor]
                                  [--json FILE] [--markdown FILE]

SHARED_DIR (../shared) holds bench/SET.SRC-TGT.jsonl, of which those with "src_mt" are measured, and
mt/flores-dev.SRC-TGT.tsv (source, reference, opus_mt). Of the latter, documents are made in the
manner of the news sets: of every 20 sentences 10% are left out on each side, and neighbours joined;
"comparable" ones are told in another order with 15 to 25% foreign sentences on each side, "hard" ones
with those of the other documents that are most alike. The weights have seen the sets of bench/, but
no translation, and nothing of flores.

--poor adds columns with translations that were spoiled: words dropped or replaced by words of other
sentences (30, 60, 100%), cut after 40% of the words, going round in circles, missing, the source
itself, the translation of the next sentence (for every sentence, or for every other one).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from itertools import accumulate, chain, pairwise
from pathlib import Path

from common import SHARED, decimals, markdown, save
from quality import ours, scores
from stories import Story, Stretch, Text, segmented

from polyalign import Aligner, Document, encoders, segment
from polyalign.encoders import Encoder
from polyalign.scoring import Group
from polyalign.translation import Progress, Translation

SIZE = 20  # sentences of a document that is made
KINDS = ("parallel", "comparable", "hard")
LEFT_OUT, JOINED, FOREIGN = 0.1, 0.2, (0.15, 0.25)

Table = Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """A translator that knows its texts by heart; what it does not know stays empty."""

    table: Table
    name: str = "a table"
    identity: str = "table"

    def translate(
        self, texts: Sequence[str], *, progress: Progress = lambda _done, _total: None
    ) -> list[Translation]:
        """The translations in the table."""
        progress(len(texts), len(texts))
        return [Translation(self.table.get(text, "")) for text in texts]


@dataclass(frozen=True)
class Case:
    """A story whose source is translated, sentence by sentence."""

    story: Story
    table: Table


@dataclass(frozen=True)
class Row:
    """Strict F1 on a set by what was heard: "off", "on", or how it was spoiled."""

    set: str
    documents: int
    strict_f1: dict[str, float]


@dataclass(frozen=True)
class Line:
    """A sentence with a human and a machine translation."""

    source: str
    reference: str
    machine: str


def by_heart(source: Sequence[str], machine: Sequence[str], language: str) -> dict[str, str]:
    """The translation of every sentence of segments, from those of the segments.

    Where both have as many sentences they go together; else words are dealt out by length.
    """
    table: dict[str, str] = {}
    for text, said in zip(source, machine, strict=True):
        ours = [part.shown for part in segment(text, language=language)] or [text]
        theirs = [part.shown for part in segment(said, language="en")]
        table |= zip(ours, theirs if len(theirs) == len(ours) else dealt(said.split(), ours), strict=True)
    return table


def dealt(words: Sequence[str], parts: Sequence[str]) -> list[str]:
    """The words in as many runs as there are parts, as long as these are."""
    ends = list(accumulate(map(len, parts), initial=0))
    edges = [round(end * len(words) / max(ends[-1], 1)) for end in ends]
    return [" ".join(words[a:b]) for a, b in pairwise(edges)]


def from_bench(path: Path) -> list[Case]:
    """The documents of a set whose source is translated; none where it is not."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Case(story, by_heart(row["src"], row["src_mt"], row["src_lang"]))
        for story, row in zip(segmented(path), rows, strict=True)
        if "src_mt" in row
    ]


def from_flores(path: Path, kind: str, encoder: Encoder) -> list[Case]:
    """Documents of one kind, made of all sentences."""
    language = path.stem.partition(".")[2].partition("-")[0]
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        lines = [Line(row["source"], row["reference"], row["opus_mt"]) for row in table]
    alike = nearest([line.reference for line in lines], encoder) if kind == "hard" else None
    dice = random.Random(f"{path.stem} {kind}")
    starts = range(0, len(lines) - SIZE + 1, SIZE)
    return [made(lines, range(k, k + SIZE), language, alike, kind, dice) for k in starts]


def nearest(texts: Sequence[str], encoder: Encoder) -> list[list[int]]:
    """For each text the others, the most similar first."""
    vectors = encoder.encode(texts)
    return [row.argsort()[::-1][1:].tolist() for row in vectors @ vectors.T]


def made(
    lines: Sequence[Line],
    own: range,
    language: str,
    alike: Sequence[Sequence[int]] | None,
    kind: str,
    dice: random.Random,
) -> Case:
    """The document of the sentences `own`."""
    sides = [[k for k in own if dice.random() > LEFT_OUT] for _ in range(2)]
    if kind != "parallel":
        sides[1] = in_other_order(sides[1], dice)
        strangers = foreign(lines, own, alike, dice)
        for side in sides:
            for _ in range(round(len(side) * dice.uniform(*FOREIGN))):
                side.insert(dice.randrange(len(side) + 1), next(strangers))
    source, target = (in_segments(side, dice) for side in sides)
    texts = (
        text([[lines[k].source for k in group] for group in source], language),
        text([[lines[k].reference for k in group] for group in target], "en"),
    )
    machine = [lines[k].machine for k in sides[0]]
    table = by_heart([lines[k].source for k in sides[0]], machine, language)
    return Case(Story(*texts, gold_of(source, target)), table)


def in_other_order(ids: Sequence[int], dice: random.Random) -> list[int]:
    """Runs of one to four neighbours, shuffled."""
    runs, left = [], list(ids)
    while left:
        size = dice.randint(1, 4)
        runs.append(left[:size])
        left = left[size:]
    dice.shuffle(runs)
    return list(chain.from_iterable(runs))


def foreign(
    lines: Sequence[Line], own: range, alike: Sequence[Sequence[int]] | None, dice: random.Random
) -> Iterator[int]:
    """Sentences of other documents, none twice: at random, or the most similar ones."""
    if alike is None:
        found = dice.sample(range(len(lines)), len(lines))
    else:
        found = [alike[k][rank] for rank in range(len(lines) - 1) for k in dice.sample(own, len(own))]
    return (k for k in dict.fromkeys(found) if k not in own)


def in_segments(ids: Sequence[int], dice: random.Random) -> list[list[int]]:
    """Segments of one sentence or two neighbours."""
    groups: list[list[int]] = []
    for k in ids:
        if groups and len(groups[-1]) < 2 and dice.random() < JOINED:
            groups[-1].append(k)
        else:
            groups.append([k])
    return groups


def text(groups: Sequence[Sequence[str]], language: str) -> Text:
    """One side, a segment a group."""
    document = Document.from_segments([" ".join(group) for group in groups], language=language)
    stretches: tuple[Stretch, ...] = tuple((s.start, s.end) for s in document.segments or ())
    return Text(document, stretches, None)


def gold_of(source: Sequence[Sequence[int]], target: Sequence[Sequence[int]]) -> frozenset[Group]:
    """The least groups of segments on both sides between which all shared sentences lie."""
    beads: list[tuple[set[int], set[int]]] = []
    place = {k: j for j, group in enumerate(target) for k in group}
    for i, group in enumerate(source):
        here, there = {i}, {place[k] for k in group if k in place}
        if there:
            for met in [bead for bead in beads if bead[1] & there]:
                beads.remove(met)
                here, there = here | met[0], there | met[1]
            beads.append((here, there))
    return frozenset((tuple(sorted(here)), tuple(sorted(there))) for here, there in beads)


Spoil = Callable[[Sequence[str], Sequence[str], random.Random], list[str]]  # sources, translations


def replaced(share: float) -> Spoil:
    """Spoils a share of the words: half are dropped, half are words of other sentences."""

    def spoil(_: Sequence[str], said: Sequence[str], dice: random.Random) -> list[str]:
        words = [word for one in said for word in one.split()]

        def kept(word: str) -> str:
            return word if dice.random() >= share else dice.choice(["", dice.choice(words)])

        return [" ".join(filter(None, map(kept, one.split()))) for one in said]

    return spoil


def next_one(step: int) -> Spoil:
    """Gives every step-th sentence the translation of the one after it."""
    return lambda _, said, __: [
        said[(k + 1) % len(said)] if k % step == 0 else one for k, one in enumerate(said)
    ]


SPOILED: dict[str, Spoil] = {
    "30%": replaced(0.3),
    "60%": replaced(0.6),
    "100%": replaced(1.0),
    "cut": lambda _, said, __: [" ".join(s.split()[: max(1, len(s.split()) * 2 // 5)]) for s in said],
    "circles": lambda _, said, __: [" ".join(s.split()[:3] * 12) for s in said],
    "missing": lambda _, said, __: [""] * len(said),
    "source": lambda source, _, __: list(source),
    "next": next_one(1),
    "every other": next_one(2),
}


def spoiled(case: Case, spoil: Spoil) -> Case:
    """The case with worse translations."""
    said = spoil([*case.table], [*case.table.values()], random.Random(0))
    return Case(case.story, dict(zip(case.table, said, strict=True)))


def strict_f1(cases: Sequence[Case], encoder: Encoder, *, heard: bool) -> float:
    """What comes out, with or without the translations."""
    aligners = (Aligner(encoder, translate=into_english(case.table) if heard else "off") for case in cases)
    answers = [ours(aligner, case.story) for aligner, case in zip(aligners, cases, strict=True)]
    return scores([case.story for case in cases], answers).strict.f1


def into_english(table: Table) -> Callable[[str, str], Told | None]:
    """What finds the translator with this table."""
    return lambda _source, target: Told(table) if target == "en" else None


def measured(name: str, cases: Sequence[Case], encoder: Encoder, *, poor: bool) -> Row:
    """The row of one set."""
    figures = {"off": strict_f1(cases, encoder, heard=False), "on": strict_f1(cases, encoder, heard=True)}
    for how, spoil in SPOILED.items() if poor else ():
        print(f"\r\x1b[K{name} {how} ", end="", file=sys.stderr, flush=True)
        figures[how] = strict_f1([spoiled(case, spoil) for case in cases], encoder, heard=True)
    return Row(name, len(cases), figures)


def sets(shared: Path, pattern: str, encoder: Encoder) -> Iterator[tuple[str, list[Case]]]:
    """Every set with translations whose name matches."""
    for path in sorted((shared / "bench").glob("*.jsonl")):
        if fnmatch(path.stem, pattern) and (cases := from_bench(path)):
            yield path.stem, cases
    for path in sorted((shared / "mt").glob("flores-*.tsv")):
        for kind in KINDS:
            name = f"flores-{kind}.{path.stem.partition('.')[2]}"
            if fnmatch(name, pattern):
                yield name, from_flores(path, kind, encoder)


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    ways = list(rows[0].strict_f1) if rows else []
    head = ("set", "documents", *ways)
    cells = ([r.set, str(r.documents), *map(decimals, r.strict_f1.values())] for r in rows)
    return markdown(head, cells)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every set, print the table and the signature, and write the files that were asked for."""
    parser = argparse.ArgumentParser(description="What a translation is worth to the aligner.")
    add = parser.add_argument
    add("shared", nargs="?", type=Path, default=SHARED, help="folder with bench/ and mt/")
    add("--sets", default="*", metavar="GLOB", help='such as "alignar-*" or "flores-*.tr-en"')
    add("--documents", type=int, metavar="N", help="of each set, at most")
    add("--poor", action="store_true", help="hear poor translations too")
    add("--json", type=Path, metavar="FILE")
    add("--markdown", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    encoder = encoders.load(encoders.DEFAULT)
    found = sets(options.shared, options.sets, encoder)
    rows = [measured(name, cases[: options.documents], encoder, poor=options.poor) for name, cases in found]
    signature = Aligner(encoder, translate="off").signature.replace("translate:off", "translate:by heart")
    text = f"{table(rows)}\n\n{signature}\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    save(options.json, {"rows": [asdict(row) for row in rows]})


if __name__ == "__main__":
    main()
