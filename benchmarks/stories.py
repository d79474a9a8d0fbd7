"""Documents with gold beads: the sets of BENCH_DIR (JSON Lines) and the raw pairs of seeds/."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

from polyalign import Document, read, segment
from polyalign.scoring import Group, Segmented
from polyalign.tags import UNDETERMINED

Stretch = tuple[int, int]  # start and end in the text of a document


@dataclass(frozen=True)
class Text:
    """One side of a story: a document, and where each gold sentence stands in it.

    `noise` are the sentences that no bead may touch; None where the gold does not say.
    """

    document: Document
    sentences: tuple[Stretch, ...]
    noise: frozenset[int] | None

    @cached_property
    def segments(self) -> tuple[Stretch, ...]:
        """What an aligner gets that takes lists: the given segments, else ours, with what they say."""
        document = self.document
        found = document.segments
        if found is None:
            found = segment(document.text, document.language or UNDETERMINED)
        return tuple((s.start, s.end) for s in found)

    @property
    def strings(self) -> list[str]:
        """The texts of `segments`."""
        return [self.document.text[start:end] for start, end in self.segments]

    def gold_ids(self, found: Sequence[Stretch]) -> tuple[int, ...]:
        """The gold sentences that these stretches mostly cover, or that mostly cover them."""
        return tuple(k for k, gold in enumerate(self.sentences) if any(_same(gold, one) for one in found))


@dataclass(frozen=True)
class Story:
    """Two texts and the gold beads between their sentences."""

    source: Text
    target: Text
    gold: frozenset[Group]

    @property
    def languages(self) -> str:
        """The tags as in the name of a set: "ar-en"."""
        return f"{self.source.document.language}-{self.target.document.language}"

    def group(
        self,
        source: tuple[int, ...],
        source_at: Sequence[Stretch],
        target: tuple[int, ...],
        target_at: Sequence[Stretch],
    ) -> Group:
        """A bead in ids of the gold, from ids of segments and where those segments stand."""
        return (
            self.source.gold_ids([source_at[i] for i in source]),
            self.target.gold_ids([target_at[j] for j in target]),
        )

    def scored(self) -> Segmented:
        """The gold as `polyalign score` knows it."""
        noise = self.source.noise or frozenset(), self.target.noise or frozenset()
        return Segmented("", self.gold, noise=noise)


def as_text(story: Story, between: str = " ") -> Story:
    """The same story as plain text, `between` what were segments; the gold stands where it stood."""
    return replace(story, source=_run_on(story.source, between), target=_run_on(story.target, between))


def _run_on(text: Text, between: str) -> Text:
    document = text.document
    return replace(text, document=Document(document.text.replace("\n", between), language=document.language))


def united(beads: Iterable[tuple[Group, float]]) -> dict[Group, float]:
    """The beads with their scores, those that share a sentence made one, as probable as the least of them.

    Beads between clauses are parts of what the gold says of whole sentences.
    """
    whole: dict[Group, float] = {}
    for bead, score in beads:
        met = [one for one in whole if any(not set(a).isdisjoint(b) for a, b in zip(one, bead, strict=True))]
        least = min([score, *(whole.pop(one) for one in met)])
        source, target = (tuple(sorted(set().union(*ids))) for ids in zip(bead, *met, strict=True))
        whole[source, target] = least
    return whole


def sets(bench: Path, seeds: Path, pattern: str = "*") -> Iterator[tuple[str, list[Story]]]:
    """Every set whose name matches, with its stories: "news-parallel.ar-en", then "seeds-baku.ar-en"."""
    for path in sorted(bench.glob("*.jsonl")):
        if fnmatch(path.stem, pattern):
            yield path.stem, segmented(path)
    for path in sorted(seeds.glob("*.gold.json")):
        story = raw(path)
        name = f"seeds-{path.name.removesuffix('.gold.json')}.{story.languages}"
        if fnmatch(name, pattern):
            yield name, [story]


def segmented(path: Path) -> list[Story]:
    """The stories of a file with a document a line, already cut into the segments of the gold."""
    with path.open(encoding="utf-8") as lines:
        return [_segmented(json.loads(line)) for line in lines if line.strip()]


def _segmented(row: Mapping[str, Any]) -> Story:
    texts = []
    for side in ("src", "tgt"):
        document = Document.from_segments(row[side], language=row[f"{side}_lang"])
        sentences = tuple((s.start, s.end) for s in document.segments or ())
        flags = row.get(f"{side}_noise")
        noise = None if flags is None else frozenset(k for k, flag in enumerate(flags) if flag)
        texts.append(Text(document, sentences, noise))
    gold = frozenset((tuple(sorted(s)), tuple(sorted(t))) for s, t in row["gold"] if s and t)
    return Story(texts[0], texts[1], gold)


def raw(path: Path) -> Story:
    """The story of a NAME.gold.json (polyalign.gold/1), which quotes two files beside it."""
    data = json.loads(path.read_text(encoding="utf-8"))
    texts, ids = [], []
    for side in ("source", "target"):
        document = read(path.parent / data[side]["file"], language=data[side]["language"])
        told = [quote for bead in data["beads"] for quote in bead[side]]
        alone = [*data[side]["unaligned"], *data[side]["boilerplate"]]
        stretches = {quote: _found(document.text, quote) for quote in (*told, *alone)}
        order = sorted(stretches, key=lambda quote: stretches[quote])
        number = {quote: k for k, quote in enumerate(order)}
        noise = frozenset(number[quote] for quote in alone)
        texts.append(Text(document, tuple(stretches[quote] for quote in order), noise))
        ids.append([tuple(sorted(number[quote] for quote in bead[side])) for bead in data["beads"]])
    return Story(texts[0], texts[1], frozenset(zip(*ids, strict=True)))


def _found(text: str, quote: str) -> Stretch:
    """Where a quotation stands: as lines of its own if it does, as a dateline is a word elsewhere too."""
    plain = re.escape(quote)
    found = re.search(rf"^{plain}$", text, flags=re.MULTILINE) or re.search(plain, text)
    if found is None:
        raise ValueError(f"the gold quotes what the text does not say: {quote}")
    return found.span()


def _same(one: Stretch, other: Stretch) -> bool:
    common = min(one[1], other[1]) - max(one[0], other[0])
    return common > 0 and 2 * common >= min(one[1] - one[0], other[1] - other[0])
