"""How many words the lexicons gloss, and how many rightly, on lines that they were not learned from.

    python benchmarks/glosses.py [SHARED_DIR] [--lines N] [--json FILE]

Arabic: SHARED_DIR/words/words.ar-en.jsonl, gold links of words; a gloss is right when it is a form of a word
that the gold links (both by `stems`). Words are with content when the gold links them with an English word
that is not among the 100 most frequent ones of its side. No link inside the pair is used: this is what a
reader gets where there is no counterpart. Arabic and Turkish: mt/flores-dev.LANG-en.tsv, where a gloss counts
as said when the human translation has a form of it; beside it how often the translation of another line has,
which is chance.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from common import SHARED, decimals, markdown, save

from polyalign.words.gloss import looked_up
from polyalign.words.stems import forms, stems

FREQUENT = 100


@dataclass(frozen=True)
class Row:
    """Words with content, the share of them that has a gloss, and the share of these that is right."""

    set: str
    words: int
    glossed: float
    right: float
    chance: float | None = None


def agree(one: str, other: str) -> bool:
    """Whether two English words may be forms of one."""
    return not {*stems(one.lower(), "en")}.isdisjoint(stems(other.lower(), "en"))


def by_gold(path: Path) -> Row:
    """Against gold links of words."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    common = {w for w, _ in Counter(w.lower() for row in rows for w in row["tgt"]).most_common(FREQUENT)}
    count = glossed = right = 0
    for row in rows:
        for k, word in enumerate(row["src"]):
            partners = [row["tgt"][j] for i, j in row["links"] if i == k]
            if not any(any(map(str.isalpha, w)) and w.lower() not in common for w in partners):
                continue
            found = next(looked_up(word, "ar", "en"), None)
            count += 1
            glossed += found is not None
            right += found is not None and any(agree(found.text, w) for w in partners)
    return Row("word links, ar-en", count, glossed / count, right / max(glossed, 1))


def by_translation(path: Path, language: str, lines: int) -> Row:
    """Against the human translations of the lines."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][:lines]
    said = [{stem for w in english(row["reference"]) for stem in stems(w, "en")} for row in rows]
    common = {
        w for w, _ in Counter(w for row in rows for w in english(row["reference"])).most_common(FREQUENT)
    }
    count = glossed = right = chance = 0
    for k, row in enumerate(rows):
        known = {g.span: g.text for g in looked_up(row["source"], language, "en")}
        for start, end, _ in forms(row["source"], language):
            text = known.get((start, end))
            if text is not None and text.lower() in common:
                continue  # little words, which every line has
            count += 1
            if text is not None:
                glossed += 1
                own = {*stems(text.lower(), "en")}
                right += not own.isdisjoint(said[k])
                chance += not own.isdisjoint(said[(k + 1) % len(said)])
    return Row(f"FLORES dev, {language}-en", count, glossed / count, right / glossed, chance / glossed)


def english(text: str) -> Iterator[str]:
    """The words of an English text."""
    return (word for _, _, word in forms(text, "en"))


def table(rows: Sequence[Row]) -> str:
    """The figures as a Markdown table."""
    cells = [[r.set, str(r.words), decimals(r.glossed), decimals(r.right), decimals(r.chance)] for r in rows]
    return markdown(("lines", "words with content", "glossed", "right", "by chance"), cells)


def main() -> None:
    """Prints the table, and writes the same figures to the JSON file that was asked for."""
    parser = argparse.ArgumentParser(description="How many words are glossed, and how many rightly.")
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--lines", type=int, default=998)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [by_gold(options.shared / "words" / "words.ar-en.jsonl")]
    for language in ("ar", "tr"):
        path = options.shared / "mt" / f"flores-dev.{language}-en.tsv"
        rows.append(by_translation(path, language, options.lines))
    print(table(rows))
    save(options.json, [asdict(row) for row in rows])


if __name__ == "__main__":
    main()
