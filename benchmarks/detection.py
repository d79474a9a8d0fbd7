"""How often `polyalign.detect` is right, on lines and documents in 30 languages.

    python benchmarks/detection.py [--data FILE] [--json FILE]

Besides the lines and documents of the data it measures two harder kinds made from them: documents
with a quotation in another language (a fifth of the text), and the first three words of each line.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from polyalign.detection import detect
from polyalign.tags import UNDETERMINED

DATA = Path(__file__).parents[1].parent / "shared" / "lid" / "dev.tsv"


@dataclass(frozen=True)
class Sample:
    """A text, its true language, and the kind of text it is."""

    language: str
    unit: str
    text: str


@dataclass(frozen=True)
class Result:
    """What came of one kind of text; `confusions` counts "true>answer"."""

    unit: str
    texts: int
    accuracy: float
    undetermined: float
    milliseconds: float
    confusions: dict[str, int]


def read(path: Path) -> list[Sample]:
    """The rows of a tab-separated file with the columns language, unit, text."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Sample(row["language"], row["unit"], row["text"]) for row in rows]


def quoting(samples: list[Sample]) -> Iterator[Sample]:
    """Each document with a fourth of its length quoted from the next language's, in the middle."""
    documents = [s for s in samples if s.unit == "document"]
    for number, one in enumerate(documents):
        other = next(s for s in documents[number:] + documents if s.language != one.language)
        middle = len(one.text) // 2
        quoted = f' "{other.text[: len(one.text) // 4]}" '
        yield Sample(one.language, "quoting", one.text[:middle] + quoted + one.text[middle:])


def beginnings(samples: list[Sample]) -> Iterator[Sample]:
    """The first three words of each line, ten letters where words are not spaced."""
    for sample in samples:
        if sample.unit == "line":
            words = " ".join(sample.text.split()[:3])
            text = sample.text[:10] if sample.language in {"ja", "zh"} else words
            yield Sample(sample.language, "3 words", text)


def measured(unit: str, samples: Iterable[Sample]) -> Result:
    """The figures of one kind of text; "und" counts as wrong."""
    answers: Counter[tuple[str, str]] = Counter()
    start = time.perf_counter()
    for sample in samples:
        answers[sample.language, detect(sample.text).language] += 1
    total = answers.total()
    seconds = time.perf_counter() - start
    wrong = {f"{true}>{said}": n for (true, said), n in answers.most_common() if true != said}
    unsure = sum(n for (_, said), n in answers.items() if said == UNDETERMINED)
    accuracy = 1 - sum(wrong.values()) / total
    return Result(
        unit, total, round(accuracy, 4), round(unsure / total, 4), round(1000 * seconds / total, 2), wrong
    )


def table(results: Iterable[Result]) -> str:
    """The results in Markdown, the six most frequent confusions with them."""
    lines = ["| texts | number | accuracy | und | ms a text | confusions |", "|---|--:|--:|--:|--:|---|"]
    for r in results:
        common = ", ".join(f"{pair} {n}" for pair, n in list(r.confusions.items())[:6])
        figures = f"{r.accuracy:.4f} | {r.undetermined:.4f} | {r.milliseconds}"
        lines.append(f"| {r.unit} | {r.texts} | {figures} | {common} |")
    return "\n".join(lines)


def main() -> None:
    """Measure all kinds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA, help="tab-separated: language, unit, text")
    parser.add_argument("--json", type=Path, help="save the results here too")
    options = parser.parse_args()
    samples = read(options.data)
    detect("The first text waits until the models are loaded.")
    made = [*samples, *quoting(samples), *beginnings(samples)]
    units = dict.fromkeys(sample.unit for sample in made)
    results = [measured(unit, (s for s in made if s.unit == unit)) for unit in units]
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
