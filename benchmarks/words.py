"""How well the words of a pair are linked, against gold: precision, recall, F1, AER, and pairs a second.

usage: python benchmarks/words.py WORDS_DIR [--eflomal SHARED_DIR]

WORDS_DIR holds words.SRC-TGT.jsonl files (see models/words/fit_links.py). The weights that come with the
package know what they were fitted on; fit_links.py gives the figures of languages not seen. --eflomal (pip
install eflomal; GPL) measures that statistical aligner (Östling and Tiedemann 2016) on the same sentences,
beside which it learns from the translations of SHARED_DIR: mt/train.SRC-TGT.tsv, or the beads of books/.
A link between spans of characters counts for all pairs of tokens that it overlaps on both sides. All gold
links are sure, so AER is 1 - F1 (Och and Ney 2003). Beside ours: the mutual best match of the same vectors,
by cosine and by margin (as SimAlign's "argmax", Jalili Sabet et al. 2020, with other vectors), and the
diagonal.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polyalign import encoders
from polyalign.words.features import WordSimilarities
from polyalign.words.links import compare_many
from polyalign.words.tokens import read_words

MOST_TOKENS = 200  # of a text that a statistical aligner learns from

Span = tuple[int, int]
Link = tuple[int, int]  # tokens, by their numbers
Found = tuple[int, int, int, int]  # start and end in the source, then in the target


@dataclass(frozen=True)
class Gold:
    """A pair of tokenised sentences and the links between their tokens."""

    source_tokens: Sequence[str]
    target_tokens: Sequence[str]
    links: frozenset[tuple[int, int]]

    @property
    def source(self) -> str:
        """The tokens with spaces between them."""
        return " ".join(self.source_tokens)

    @property
    def target(self) -> str:
        """The same of the target."""
        return " ".join(self.target_tokens)

    def covered(self, found: Iterable[Found]) -> set[tuple[int, int]]:
        """The pairs of tokens that the links overlap."""
        ours, theirs = spans(self.source_tokens), spans(self.target_tokens)
        return {
            (i, j)
            for start, end, first, last in found
            for i in overlapped(ours, start, end)
            for j in overlapped(theirs, first, last)
        }

    def table(self, look: WordSimilarities) -> NDArray[np.float32]:
        """The gold between the words of a look."""
        ours = np.array(
            [[max(a, x) < min(b, y) for x, y in spans(self.source_tokens)] for a, b in look.source.spans]
        )
        theirs = np.array(
            [[max(a, x) < min(b, y) for x, y in spans(self.target_tokens)] for a, b in look.target.spans]
        )
        gold = np.zeros((len(self.source_tokens), len(self.target_tokens)), dtype=np.int64)
        gold[tuple(np.array(sorted(self.links)).T)] = 1
        return np.asarray(ours.astype(np.int64) @ gold @ theirs.T.astype(np.int64) > 0, dtype=np.float32)


@dataclass(frozen=True)
class Measure:
    """Links in common with the gold, over those found (precision) and those in the gold (recall)."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def spans(tokens: Sequence[str]) -> list[Span]:
    """Where tokens stand that are joined by spaces."""
    starts = accumulate((len(token) + 1 for token in tokens), initial=0)
    return [(start, start + len(token)) for start, token in zip(starts, tokens, strict=False)]


def overlapped(spans: Sequence[Span], start: int, end: int) -> list[int]:
    """The numbers of the spans that have a character in common with a stretch."""
    return [k for k, (a, b) in enumerate(spans) if max(a, start) < min(b, end)]


def gold_in(folder: Path) -> dict[str, list[Gold]]:
    """The sets of a folder, by their pair of languages."""
    sets = {}
    for path in sorted(folder.glob("words.*.jsonl")):
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        sets[path.name.split(".")[1]] = [
            Gold(r["src"], r["tgt"], frozenset(map(tuple, r["links"]))) for r in rows
        ]
    return sets


def measured(rows: Sequence[Gold], found: Sequence[Iterable[Found]]) -> Measure:
    """The links found in each pair against its gold, all links of a set together."""
    covered = [row.covered(links) for row, links in zip(rows, found, strict=True)]
    common = sum(len(own & row.links) for own, row in zip(covered, rows, strict=True))
    return Measure(common / max(sum(map(len, covered)), 1), common / sum(len(row.links) for row in rows))


def table_row(name: str, measure: Measure) -> str:
    """A line of a Markdown table."""
    figures = (measure.precision, measure.recall, measure.f1, 1 - measure.f1)
    return " | ".join([f"| {name}", *(f"{figure:.3f}" for figure in figures)]) + " |"


def mutual(table: NDArray[np.float32], look: WordSimilarities) -> list[Found]:
    """The words that are each other's best."""
    pairs = enumerate(table.argmax(axis=1).tolist())
    best = [(i, j) for i, j in pairs if table[:, j].argmax() == i]
    return [(*look.source.spans[i].tolist(), *look.target.spans[j].tolist()) for i, j in best]


def diagonal(look: WordSimilarities) -> list[Found]:
    """Each source word with the target word at the same place of its text."""
    ours, theirs = look.source.spans.tolist(), look.target.spans.tolist()
    return [(*span, *theirs[k * len(theirs) // len(ours)]) for k, span in enumerate(ours)]


def translations(shared: Path, name: str) -> Iterator[tuple[str, str]]:
    """What a statistical aligner may learn from, tokens joined by spaces; nothing where there is nothing."""
    pairs: list[tuple[str, str]] = []
    if (path := shared / f"mt/train.{name}.tsv").exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            pairs = [(row["source"], row["english"]) for row in rows]
    elif (path := shared / f"books/books.{name}.jsonl").exists():
        for book in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            sides = book["src"], book["tgt"]
            beads = (
                [[text[k] for k in ids] for text, ids in zip(sides, bead, strict=False)]
                for bead in book["gold"]
            )
            pairs += [(" ".join(ours), " ".join(theirs)) for ours, theirs in beads if ours and theirs]
    for pair in pairs:
        source, target = (re.findall(r"\w+|[^\w\s]", text) for text in pair)
        if 0 < len(source) < MOST_TOKENS and 0 < len(target) < MOST_TOKENS:
            yield " ".join(source), " ".join(target)


def eflomal(rows: Sequence[Gold], more: Sequence[tuple[str, str]]) -> list[list[Found]]:
    """The links of eflomal, both directions joined by grow-diag-final-and."""
    from eflomal import Aligner

    texts = [[f"{pair[k]}\n" for pair in [*((r.source, r.target) for r in rows), *more]] for k in (0, 1)]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("forward", "backward")]
        Aligner().align(*texts, links_filename_fwd=str(files[0]), links_filename_rev=str(files[1]))
        lines = zip(*(file.read_text().splitlines()[: len(rows)] for file in files), strict=True)
    both = (
        [{(int(i), int(j)) for i, _, j in (link.partition("-") for link in way.split())} for way in line]
        for line in lines
    )
    found = []
    for row, (forward, backward) in zip(rows, both, strict=True):
        ours, theirs = spans(row.source_tokens), spans(row.target_tokens)
        found.append([(*ours[i], *theirs[j]) for i, j in sorted(grow_diag_final_and(forward, backward))])
    return found


def grow_diag_final_and(forward: set[Link], backward: set[Link]) -> set[Link]:
    """What both say, what one says beside it for a word that has none, then what links two that have none.

    As Koehn et al. 2005, "Edinburgh system description".
    """
    links = forward & backward

    def free(i: int, j: int) -> tuple[bool, bool]:
        return all(i != a for a, _ in links), all(j != b for _, b in links)

    grown = True
    while grown:
        around = sorted({(i + a, j + b) for i, j in links for a in (-1, 0, 1) for b in (-1, 0, 1)})
        before = len(links)
        for link in around:
            if link in forward | backward and any(free(*link)):
                links.add(link)
        grown = len(links) > before
    for link in (*sorted(forward), *sorted(backward)):
        if all(free(*link)):
            links.add(link)
    return links


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--eflomal", type=Path, metavar="SHARED_DIR")
    options = parser.parse_args(arguments)
    encoder = encoders.load(encoders.DEFAULT)
    assert isinstance(encoder, encoders.PieceReader)
    ways: dict[str, Callable[[WordSimilarities], list[Found]]] = {
        "diagonal": diagonal,
        "mutual best by cosine": lambda look: mutual(look.cosine, look),
        "mutual best by margin": lambda look: mutual(look.margin(), look),
    }
    print("| set, way | precision | recall | F1 | AER |\n|---|---|---|---|---|")
    for name, rows in gold_in(options.folder).items():
        languages = (name.split("-")[0], name.split("-")[1])
        texts = [text for row in rows for text in (row.source, row.target)]
        words = read_words(texts, languages * len(rows), encoder)
        looks = [WordSimilarities.of(source, target) for source, target in zip(words, words, strict=True)]
        for way, linked in ways.items():
            print(table_row(f"{name}, {way}", measured(rows, [linked(look) for look in looks])))
        begun = time.perf_counter()
        links = list(
            compare_many([(row.source, row.target) for row in rows], languages=languages, encoder=encoder)
        )
        rate = len(rows) / (time.perf_counter() - begun)
        found = [[(*link.source, *link.target) for link in own.links] for own in links]
        if options.eflomal:
            more = list(translations(options.eflomal, name))
            peer = measured(rows, eflomal(rows, more))
            print(table_row(f"{name}, eflomal, learnt from {len(more):,} more pairs", peer))
        print(table_row(f"{name}, links ({rate:,.0f} pairs a second)", measured(rows, found)), flush=True)


if __name__ == "__main__":
    main()
