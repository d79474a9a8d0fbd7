"""How often each flag is raised on right pairs, and how often it notices what was damaged on purpose.

    python benchmarks/qa.py [SHARED_DIR] [--sets GLOB] [--no-detection] [--json FILE] [--markdown FILE]

SHARED_DIR (../shared) holds bench/news-parallel.SRC-TGT.jsonl, of which the gold beads are taken (in
some of them a clause has no counterpart: these are rightly flagged, too), and
mt/flores-dev.SRC-TGT.tsv, sentence by sentence. The numbers and names checks were tuned on both.

Each damage is done to every pair that it can be done to: a digit is changed, a number left out, the
target replaced by the source, by its first third or by a sentence of the source's language, a phrase of
three words said again three times or one of six words once more, a name replaced by another one of as
many words (ten times: which name comes in decides much, and pairs with names are few), a question mark
lost, an address changed that was put into both sides. "Caught" is the share in which the flag of that
damage is raised; of pairs that had it before nothing is counted.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from common import SHARED, decimals, markdown, save, say

from polyalign.detection import detect
from polyalign.qa import NAMES, Pair, flags
from polyalign.qa.names import named

Damage = Callable[[Pair, "Stock", random.Random], Pair | None]


@dataclass(frozen=True)
class Stock:
    """What damages are made of: the source sentences of a set, and the names in its targets."""

    sentences: Sequence[str]
    names: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Row:
    """The figures of one set: shares of pairs, milliseconds a pair without the language detector."""

    set: str
    pairs: int
    milliseconds: float
    raised: dict[str, float]
    caught: dict[str, float | None]
    damaged: dict[str, int]


def digit(pair: Pair, _: Stock, dice: random.Random) -> Pair | None:
    """Another digit in the target."""
    places = [match.start() for match in re.finditer(r"\d", pair.target)]
    if not places:
        return None
    k = dice.choice(places)
    other = dice.choice([d for d in "0123456789" if d != pair.target[k]])
    return replace(pair, target=pair.target[:k] + other + pair.target[k + 1 :])


def number(pair: Pair, _: Stock, dice: random.Random) -> Pair | None:
    """A number less in the target."""
    found = list(re.finditer(r"\d+(?:[.,]\d+)*", pair.target))
    if not found:
        return None
    match = dice.choice(found)
    return replace(pair, target=pair.target[: match.start()] + pair.target[match.end() :])


def copy(pair: Pair, _: Stock, _dice: random.Random) -> Pair | None:
    """The source as the target."""
    return replace(pair, target=pair.source)


def wrong_language(pair: Pair, stock: Stock, dice: random.Random) -> Pair | None:
    """A sentence of the source's language as the target."""
    return replace(pair, target=dice.choice(stock.sentences))


def half(pair: Pair, _: Stock, _dice: random.Random) -> Pair | None:
    """The first third of the words of the target."""
    words = pair.target.split()
    return replace(pair, target=" ".join(words[: len(words) // 3])) if len(words) >= 6 else None


def loop(pair: Pair, _: Stock, dice: random.Random) -> Pair | None:
    """Three words of the target three times more."""
    return _again(pair, 3, 3, dice)


def again(pair: Pair, _: Stock, dice: random.Random) -> Pair | None:
    """Six words of the target once more."""
    return _again(pair, 6, 1, dice)


def _again(pair: Pair, size: int, times: int, dice: random.Random) -> Pair | None:
    words = pair.target.split()
    if len(words) < size:
        return None
    k = dice.randrange(len(words) - size + 1)
    said = words[: k + size] + times * words[k : k + size] + words[k + size :]
    return replace(pair, target=" ".join(said))


def name(pair: Pair, stock: Stock, dice: random.Random) -> Pair | None:
    """Another name in the target."""
    found = named(pair.target, pair.languages[1])
    if not found:
        return None
    old = dice.choice(found)
    new = dice.choice([name for name in stock.names if len(name) == len(old) and name != old] or [old])
    return replace(pair, target=pair.target.replace(" ".join(old), " ".join(new)))


def question(pair: Pair, _: Stock, _dice: random.Random) -> Pair | None:
    """No question mark in the target that ends with one."""
    asks = pair.target.rstrip("\"'”’ ").endswith("?")
    return replace(pair, target=pair.target.replace("?", ".")) if asks else None


def address(pair: Pair, _: Stock, dice: random.Random) -> Pair | None:
    """An address in both sides that differs in one letter."""
    ours, theirs = dice.sample("abcdefgh", 2)
    here, there = (f"https://www.example.org/{letter}/news" for letter in (ours, theirs))
    return replace(pair, source=f"{pair.source} {here}", target=f"{pair.target} {there}.")


DAMAGES: dict[str, tuple[str, Damage]] = {
    "digit changed": ("numbers", digit),
    "number left out": ("numbers", number),
    "two thirds cut": ("length", half),
    "copy of the source": ("untranslated", copy),
    "wrong language": ("language", wrong_language),
    "3 words in a loop": ("repetition", loop),
    "6 words again": ("repetition", again),
    "name exchanged": ("names", name),
    "address changed": ("urls", address),
    "question mark lost": ("punctuation", question),
}

DRAWS = {"name exchanged": 10}


def from_bench(path: Path) -> Iterator[Pair]:
    """The gold beads of a set."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for source, target in row["gold"]:
            if source and target:
                ours = " ".join(row["src"][k] for k in source)
                theirs = " ".join(row["tgt"][k] for k in target)
                yield Pair(ours, theirs, row["src_lang"], row["tgt_lang"])


def from_flores(path: Path) -> Iterator[Pair]:
    """The sentences with their references."""
    source, target = path.stem.partition(".")[2].split("-")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Pair(row["source"], row["reference"], source, target)


def told(text: str) -> str:
    """The language of a text."""
    return detect(text).language


def measured(label: str, pairs: Sequence[Pair], *, detection: bool) -> Row:
    """All figures of a set."""
    start = time.process_time()
    for pair in pairs:
        flags(pair)
    spent = time.process_time() - start
    asked = told if detection else None
    right = [frozenset(flag.name for flag in flags(pair, detect=asked)) for pair in pairs]
    raised = Counter(name for found in right for name in found)
    shares = {name: round(raised[name] / len(pairs), 4) for name in NAMES}
    shares["any"] = round(sum(map(bool, right)) / len(pairs), 4)
    names = sorted({name for pair in pairs for name in named(pair.target, pair.languages[1])})
    stock = Stock([pair.source for pair in pairs], names)
    hits = {name: list(noticed(name, pairs, right, stock, asked)) for name in DAMAGES}
    caught = {name: round(sum(found) / len(found), 4) if found else None for name, found in hits.items()}
    counts = {name: len(found) for name, found in hits.items()}
    return Row(label, len(pairs), round(1000 * spent / len(pairs), 3), shares, caught, counts)


def noticed(
    damage: str,
    pairs: Sequence[Pair],
    before: Sequence[frozenset[str]],
    stock: Stock,
    asked: Callable[[str], str] | None,
) -> Iterator[bool]:
    """Whether the flag of a damage is raised on each pair that it was done to."""
    flag, done = DAMAGES[damage]
    dice = random.Random(damage)
    right = [pair for pair, found in zip(pairs, before, strict=True) if flag not in found]
    for pair in (pair for pair in right for _ in range(DRAWS.get(damage, 1))):
        worse = done(pair, stock, dice)
        if worse is not None and worse != pair:
            asking = asked if flag == "language" else None
            yield flag in {found.name for found in flags(worse, detect=asking)}


def table(rows: Sequence[Row]) -> str:
    """Two tables: what is raised on right pairs, and what is caught of each damage, in percent."""
    sets = [row.set for row in rows]

    def percent(value: float | None) -> str:
        return decimals(None if value is None else 100 * value, 1)

    raised = [[name, *(percent(row.raised[name]) for row in rows)] for name in (*NAMES, "any")]
    raised += [["pairs", *(str(row.pairs) for row in rows)]]
    raised += [["ms a pair", *(decimals(row.milliseconds, 2) for row in rows)]]
    caught = [
        [f"{name} ({DAMAGES[name][0]})", *(percent(row.caught[name]) for row in rows)] for name in DAMAGES
    ]
    return (
        f"{markdown(['raised on right pairs, %', *sets], raised)}\n\n{markdown(['caught, %', *sets], caught)}"
    )


def main() -> None:
    """Measure all sets, print the tables, save the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED, help="where bench/ and mt/ are")
    parser.add_argument("--sets", default="*", help="only the sets whose name matches")
    parser.add_argument("--no-detection", action="store_true", help="tell languages by their script only")
    parser.add_argument("--json", type=Path, help="save the figures here too")
    parser.add_argument("--markdown", type=Path, help="save the tables here too")
    options = parser.parse_args()
    paths = [*sorted(options.shared.glob("bench/news-parallel.*.jsonl"))]
    paths += sorted(options.shared.glob("mt/flores-dev.*.tsv"))
    rows = []
    for path in (path for path in paths if fnmatch(path.stem, options.sets)):
        say(path.stem)
        pairs = list(from_bench(path) if path.suffix == ".jsonl" else from_flores(path))
        rows.append(measured(path.stem, pairs, detection=not options.no_detection))
    print(table(rows))
    save(options.json, [asdict(row) for row in rows])
    if options.markdown:
        options.markdown.write_text(f"{table(rows)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
