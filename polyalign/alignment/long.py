"""Long texts, a window at a time: time grows with their length, memory hardly does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from polyalign.alignment import Alignment, Half, Link, align, spans_of
from polyalign.alignment.choice import chosen
from polyalign.alignment.context import Extents, order_of
from polyalign.alignment.sections import Section, sections_of
from polyalign.alignment.seeds import seeds_of
from polyalign.alignment.spans import Floats, Ints
from polyalign.alignment.windows import Window, windows_of

BATCH = 2_000  # sentences that are encoded at a time
_WORTH_OVER = 0.3  # of a link, where windows disagree
_SAMPLED = 2_000  # links that the order is measured on

Report = Callable[[str, int, int], None]


class Encoder(Protocol):
    """What is asked of an encoder: unit vectors of texts, and of stretches of units."""

    def encode(self, texts: Sequence[str]) -> Floats: ...
    def encode_spans(self, units: Sequence[str], spans: Sequence[tuple[int, int]]) -> Floats: ...


@dataclass(frozen=True)
class Text:
    """One side: the clauses of each sentence, and the sentences that are never aligned.

    A unit is a clause. Groups have up to `largest` sentences, in a close reading up to `largest_close`, and
    if sentences stay `whole`, at least one. `translations` are those of the clauses, where they are
    translated.
    """

    clauses: Sequence[tuple[str, ...]]
    silent: frozenset[int]
    largest: int
    largest_close: int
    whole: bool = False
    translations: Sequence[tuple[str, ...]] | None = None

    def __len__(self) -> int:
        return len(self.clauses)

    @cached_property
    def edges(self) -> Ints:
        """The first unit of each sentence, and the number of units."""
        return np.cumsum([0, *map(len, self.clauses)], dtype=np.int64)

    @cached_property
    def costs(self) -> Ints:
        """How many groups each sentence adds, at most; 1 for what is never aligned."""
        counts, groups = np.diff(self.edges), np.full(len(self), self.largest)
        if not self.whole:
            groups += counts * (counts + 1) // 2 - 1
        groups[list(self.silent)] = 1
        return np.asarray(groups)

    def leads(self, other: Text) -> bool:
        """Whether windows are stretches of this text, which does not depend on who asks first."""
        return (len(self), [*self.clauses]) <= (len(other), [*other.clauses])


def align_long(
    source: Text,
    target: Text,
    encoder: Encoder,
    *,
    order: float | None = None,
    calibrated: bool = True,
    report: Report = lambda _stage, _done, _total: None,
) -> Alignment:
    """The links of two long texts in their units, nearly as `align` would give them.

    `report` is called with a stage ("encoding" or "aligning"), and how much of how much is done.
    `order` and `calibrated` as in `align`.
    """
    if not source.leads(target):
        found = align_long(target, source, encoder, order=order, calibrated=calibrated, report=report)
        return found.mirrored
    total = len(source) + len(target)
    vectors = _vectors(source, encoder, lambda n: report("encoding", n, total))
    others = _vectors(target, encoder, lambda n: report("encoding", len(source) + n, total))
    seeds, costs = seeds_of(vectors, others), (source.costs, target.costs)
    anywhere = Section((0, len(source)), (0, len(target)), closed=False)
    sections = [anywhere] if order == 0 else sections_of(seeds, (vectors, others), costs)
    windows = windows_of(seeds, sections, *costs)
    links: list[Link] = []
    for k, window in enumerate(windows):
        links += _links(window, (source, target), encoder, order, calibrated)
        report("aligning", k + 1, len(windows))
    return united(links, int(source.edges[-1]))


def united(links: Sequence[Link], source_units: int) -> Alignment:
    """The links that are worth most together, each unit in one of them, out of those of all windows.

    `source_units` is more than any unit of the source.
    """
    best: dict[tuple[tuple[int, int], tuple[int, int]], Link] = {}
    for link in links:
        key = link.source, link.target
        if key not in best or link.score > best[key].score:
            best[key] = link
    kept = [best[key] for key in sorted(best)]
    members = [
        [*range(*link.source), *range(source_units + link.target[0], source_units + link.target[1])]
        for link in kept
    ]
    worth = np.array([max(link.score - _WORTH_OVER, 0.001) for link in kept])
    taken = [kept[k] for k in chosen(worth, members).tolist()]
    return Alignment(tuple(taken), _order(taken))


def _order(links: Sequence[Link]) -> float:
    """Kendall's tau of the links, of evenly spaced ones where they are many."""
    some = links[:: max(1, -(-len(links) // _SAMPLED))]
    ends = np.array([(*link.source, *link.target) for link in some], dtype=np.int64).reshape(-1, 4)
    return order_of(Extents(*ends.T))


def _links(
    window: Window, texts: tuple[Text, Text], encoder: Encoder, order: float | None, calibrated: bool
) -> Iterator[Link]:
    """The links of a window that touch its core, in units of the texts; closed ones may be read closely."""
    source, home_s = _excerpt(texts[0], window.source, encoder)
    target, home_t = _excerpt(texts[1], window.target, encoder)
    first, last = texts[0].edges[list(window.core)].tolist()
    closely = texts[0].largest_close if window.closed else None
    for link in align(source, target, order=order, calibrated=calibrated, closely=closely).links:
        here = _at_home(link.source, home_s)
        if here[0] < last and first < here[1]:
            yield replace(link, source=here, target=_at_home(link.target, home_t))


def _at_home(span: tuple[int, int], home: Ints) -> tuple[int, int]:
    return int(home[span[0]]), int(home[span[1] - 1]) + 1


def _excerpt(text: Text, rows: Ints, encoder: Encoder) -> tuple[Half, Ints]:
    """These sentences as a side of their own, and which unit of the text each of its units is.

    No group bridges a gap between the sentences: an empty one that is skipped fills it.
    """
    gaps = np.flatnonzero(np.diff(rows) > 1) + 1
    sentences = np.insert(rows, gaps, -1).tolist()
    clauses = [_of(text.clauses, k) for k in sentences]
    silent = frozenset(place for place, k in enumerate(sentences) if k < 0 or k in text.silent)
    spans = spans_of([len(c) for c in clauses], text.largest, skip=silent, whole=text.whole)
    units = [unit for c in clauses for unit in c]
    said = text.translations
    translations = [unit for k in sentences for unit in _of(said, k)] if said is not None else None
    home = [int(text.edges[k]) + i for k, c in zip(sentences, clauses, strict=True) for i in range(len(c))]
    half = Half.encoded(spans, units, encoder, translations)
    return half, np.array(home, dtype=np.int64)


def _of(sentences: Sequence[tuple[str, ...]], k: int) -> tuple[str, ...]:
    """The clauses of sentence k, or of the empty one that fills a gap (-1)."""
    return sentences[k] if k >= 0 else ("",)


def _vectors(text: Text, encoder: Encoder, done: Callable[[int], None]) -> Floats:
    """The vector of each sentence (n, d), zeros for what is never aligned."""
    parts = []
    for start in range(0, len(text), BATCH):
        rows = range(start, min(start + BATCH, len(text)))
        parts.append(encoder.encode([" ".join(text.clauses[k]) for k in rows]))
        parts[-1][[k - start for k in rows if k in text.silent]] = 0
        done(rows[-1] + 1)
    return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)
