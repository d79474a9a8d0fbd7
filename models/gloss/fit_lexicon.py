"""Learns the lexicons of glosses: Arabic and Turkish words with their likeliest English counterparts.

    python models/gloss/fit_lexicon.py [SHARED_DIR] [--write]

Reads SHARED_DIR/mt/train.{ar,tr}-en.tsv and names.ar-en.tsv (../shared), and writes, with --write,
polyalign/words/lexicon.LANG-en.xz. Prints the figures of `benchmarks/glosses.py`. IBM Model 1 (Brown et al.
1993) in both directions, over words as they stand where they are frequent, and over what they may be a form
of where they are not. Lines of shared/words are left out, so that they can tell how good it is.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polyalign.words.stems import forms, stems

ROOT = Path(__file__).parents[2]
# times from which a word stands for itself, and from which another is one of its forms
FREQUENT, KNOWN = 5, 3
LONGEST = 40  # words of a sentence
ROUNDS = 6
LEAST_SHARE, LEAST_COUNT, LEAST_BOTH = 0.12, 0.9, 0.02
ROUNDED = 100

Pairs = list[tuple[list[str], list[str]]]


def words(text: str, language: str) -> list[str]:
    """The words of a text as the lexicon spells them."""
    return [word for _, _, word in forms(text, language)]


def held_out(shared: Path) -> set[str]:
    """The sentences, as their words, that must not be learned from."""
    lines = (shared / "words" / "words.ar-en.jsonl").read_text(encoding="utf-8").splitlines()
    rows = map(json.loads, lines)
    return {
        " ".join(words(" ".join(row[side]), tag))
        for row in rows
        for side, tag in (("src", "ar"), ("tgt", "en"))
    }


def read(path: Path, language: str, without: set[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The sentence pairs of a file, but those of which either sentence is held out."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            pair = words(row["source"], language), words(row["english"], "en")
            if without.isdisjoint(map(" ".join, pair)) and all(0 < len(side) <= LONGEST for side in pair):
                yield pair


def backed_off(pairs: Pairs, language: str) -> Pairs:
    """The pairs, each rare word replaced by the likeliest of what it may be a form of that is known."""
    count = Counter(word for source, _ in pairs for word in source)

    def known(word: str) -> str:
        if count[word] >= FREQUENT:
            return word
        return next((stem for stem in stems(word, language)[1:] if count[stem] >= KNOWN), word)

    return [([known(word) for word in source], target) for source, target in pairs]


def model1(pairs: Sequence[tuple[Sequence[int], Sequence[int]]], columns: int) -> NDArray[np.float64]:
    """Pairs of words (source, target) and how many links are expected of each, by IBM Model 1 (n, 3)."""
    cells, groups, group = [], [], 0
    for source, target in pairs:
        s, t = np.array([0, *source]), np.array(target)  # 0 is the empty word
        cells.append((t[:, None] + s[None, :] * columns).ravel())
        groups.append(np.repeat(np.arange(group, group + len(t)), len(s)))
        group += len(t)
    place, where = np.concatenate(cells), np.concatenate(groups)
    known, cell = np.unique(place, return_inverse=True)
    row = known // columns
    chance: NDArray[np.float64] = np.ones(len(known))
    links: NDArray[np.float64] = np.zeros(len(known))
    for _ in range(ROUNDS):
        each = chance[cell]
        each /= np.bincount(where, each, minlength=group)[where]
        links = np.asarray(np.bincount(cell, each, minlength=len(known)), np.float64)
        chance = links / np.bincount(row, links)[row]
    return np.stack([row, known % columns, links], axis=1)


def numbered(sentences: Sequence[Sequence[str]]) -> tuple[list[list[int]], list[str]]:
    """The words as numbers from 1, and the words by number."""
    names = ["", *sorted({word for sentence in sentences for word in sentence})]
    place = {word: k for k, word in enumerate(names)}
    return [[place[word] for word in sentence] for sentence in sentences], names


def learned(pairs: Pairs) -> dict[str, list[tuple[str, float]]]:
    """Up to two English words for each word, and how probable each is."""
    source, own = numbered([s for s, _ in pairs])
    target, other = numbered([t for _, t in pairs])
    there = {(int(a), int(b)): n for a, b, n in model1([*zip(source, target, strict=True)], len(other))}
    back = {(int(b), int(a)): n for a, b, n in model1([*zip(target, source, strict=True)], len(own))}
    # links that both directions make
    links = {key: min(n, back.get(key, 0.0)) for key, n in there.items() if key[0] and key[1]}
    count = Counter(word for sentence in source for word in sentence)
    counted = Counter(word for sentence in target for word in sentence)
    found: dict[int, list[tuple[float, int]]] = {}
    for (a, b), n in links.items():
        share = n / count[a]
        if share >= LEAST_SHARE and n >= LEAST_COUNT and n / counted[b] >= LEAST_BOTH * share:
            found.setdefault(a, []).append((share, b))
    return {
        own[a]: [(other[b], share) for share, b in sorted(best, key=lambda one: (-one[0], one[1]))[:2]]
        for a, best in found.items()
    }


def names(path: Path) -> Iterator[tuple[str, str]]:
    """Names in Arabic script and in Latin, one word each."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            own = words(row["source"], "ar")
            if len(own) == 1 and len(own[0]) > 2 and row["english"].isalpha():
                yield own[0], row["english"].capitalize()


def lexicon(shared: Path, language: str) -> dict[str, list[tuple[str, float]]]:
    """Everything that is known of a language."""
    pairs = [*read(shared / "mt" / f"train.{language}-en.tsv", language, held_out(shared))]
    found = learned(backed_off(pairs, language))
    if language == "ar":
        for own, name in names(shared / "mt" / "names.ar-en.tsv"):
            found.setdefault(own, [(name, 0.3)])
    return found


def main() -> None:
    """Fits both lexicons and writes them where that is wanted."""
    parser = argparse.ArgumentParser(description="Learns the lexicons of glosses.")
    parser.add_argument("shared", nargs="?", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    for language in ("ar", "tr"):
        found = lexicon(options.shared, language)
        lines = [
            "\t".join([own, *(f"{word} {max(1, round(share * ROUNDED))}" for word, share in best)])
            for own, best in sorted(found.items())
        ]
        data = lzma.compress(("\n".join(lines) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME)
        print(f"{language}: {len(found):,} words, {len(data):,} bytes", file=sys.stderr)
        if options.write:
            (ROOT / "polyalign" / "words" / f"lexicon.{language}-en.xz").write_bytes(data)


if __name__ == "__main__":
    main()
