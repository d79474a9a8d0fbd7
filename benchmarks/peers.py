"""Other aligners, each a function from two lists of sentences to beads, to be measured beside ours."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from common import say

from polyalign.encoders import Encoder
from polyalign.scoring import Group
from polyalign.threads import one_thread_each

Peer = Callable[[Sequence[str], Sequence[str]], list[Group]]

_FLOOR = 0.4  # the best on news of .1 to .5
# as the paper on Bertalign sets them: neighbours of a sentence, sentences in a bead, how far the second path
# may stray from the first, and what it costs to leave a sentence out
_NEAREST, _LARGEST, _STRAY, _SKIP = 3, 5, 5, -0.1


def installed(encoder: Encoder) -> Iterator[tuple[str, Peer]]:
    """The peers that can run here, with their names; the others are named on standard error."""
    yield "mutual best match", partial(mutual_best, encoder)
    yield "Bertalign's method", partial(two_paths, encoder)
    if find_spec("galechurch"):
        yield "galechurch", galechurch
    else:
        say("galechurch is left out: pip install galechurch")
    if shutil.which("hunalign"):
        yield "hunalign, no dictionary", hunalign
    else:
        say("hunalign is left out: no such program on the PATH")


def mutual_best(encoder: Encoder, source: Sequence[str], target: Sequence[str]) -> list[Group]:
    """Pairs of sentences that are each other's nearest by cosine, above a floor; no groups."""
    if not source or not target:
        return []
    with one_thread_each():
        cosine = encoder.encode(source) @ encoder.encode(target).T
    forward, backward = cosine.argmax(axis=1), cosine.argmax(axis=0)
    mutual = np.flatnonzero((backward[forward] == np.arange(len(source))) & (cosine.max(axis=1) > _FLOOR))
    return [((i,), (j,)) for i, j in zip(mutual.tolist(), forward[mutual].tolist(), strict=True)]


def two_paths(encoder: Encoder, source: Sequence[str], target: Sequence[str]) -> list[Group]:
    """Beads of a monotone path by embeddings of groups, near one by single sentences.

    The method of Bertalign (Liu and Zhu 2023), after the paper: a group fits another by their cosine, less
    the mean of what either fits on average beside the other, as far as they are as long as each other.
    """
    if not source or not target:
        return []
    sides = [(texts, _groups(encoder, texts)) for texts in (source, target)]
    anchor = _first_path(sides[0][1][1] @ sides[1][1][1].T)
    ratio = sum(map(len, source)) / max(sum(map(len, target)), 1)
    best = {(0, 0): (0.0, (0, 0))}
    for i in range(len(source) + 1):
        low, high = anchor[max(i - 1, 0)] - _STRAY, anchor[min(i, len(source) - 1)] + 1 + _STRAY
        if i == len(source):
            high = len(target)
        for j in range(max(0 if i == 0 else low, 0), min(high, len(target)) + 1):
            steps = [(i - 1, j, _SKIP), (i, j - 1, _SKIP)]
            steps += [
                (i - m, j - n, _fit(sides, (i - m, m), (j - n, n), ratio))
                for m in range(1, _LARGEST)
                for n in range(1, _LARGEST + 1 - m)
                if (i - m, j - n) in best
            ]
            known = [(best[a, b][0] + gain, (a, b)) for a, b, gain in steps if (a, b) in best]
            if known:
                best[i, j] = max(known)
    edges, place = [(len(source), len(target))], (len(source), len(target))
    while place != (0, 0):
        place = best[place][1]
        edges.append(place)
    return between((a, b, c, d) for (a, c), (b, d) in pairwise(edges[::-1]))


def _groups(encoder: Encoder, texts: Sequence[str]) -> list[Any]:
    """The unit vectors of all groups of 1 to _LARGEST - 1 sentences, by size and first sentence."""
    spans = [[(k, k + size) for k in range(len(texts) - size + 1)] for size in range(1, _LARGEST)]
    vectors = encoder.encode_spans(texts, [span for some in spans for span in some])
    return [None, *np.split(vectors, np.cumsum([len(some) for some in spans])[:-1])]


def _first_path(cosine: Any) -> list[int]:
    """The target sentence beside which each source sentence stands on the best 1-1 path."""
    n, m = cosine.shape
    near = np.argsort(-cosine, axis=1)[:, :_NEAREST]
    gain = np.full((n, m), -1.0)
    np.put_along_axis(gain, near, np.take_along_axis(cosine, near, axis=1), axis=1)
    best = np.zeros((n + 1, m + 1))
    for i in range(n):
        best[i + 1, 1:] = np.maximum(best[i, 1:], best[i, :-1] + gain[i])
        best[i + 1] = np.maximum.accumulate(best[i + 1])
    beside, j = [0] * n, m
    for i in range(n, 0, -1):
        while j and best[i, j] == best[i, j - 1]:
            j -= 1
        beside[i - 1] = max(j - 1, 0)
        if j and best[i, j] > best[i - 1, j]:
            j -= 1
    return beside


def _fit(sides: Sequence[Any], ours: tuple[int, int], theirs: tuple[int, int], ratio: float) -> float:
    """How well a group (first, size) of the source fits one of the target."""
    (source, a), (target, b) = sides
    (i, m), (j, n) = ours, theirs
    own, other = a[m][i], b[n][j]
    beside = [float(own @ b[1][k]) for k in (j - 1, j + n) if 0 <= k < len(target)]
    beside += [float(a[1][k] @ other) for k in (i - 1, i + m) if 0 <= k < len(source)]
    length, across = sum(map(len, source[i : i + m])), ratio * sum(map(len, target[j : j + n]))
    alike = np.log2(1 + min(length, across) / max(length, across, 1))
    return float((float(own @ other) - (sum(beside) / len(beside) if beside else 0.0)) * alike)


def galechurch(source: Sequence[str], target: Sequence[str]) -> list[Group]:
    """Beads by the lengths of sentences (Gale and Church, 1993), from the package of that name."""
    from galechurch import align

    beads = align(list(source), list(target)).beads
    return between((b.source_start, b.source_end, b.target_start, b.target_end) for b in beads)


def hunalign(source: Sequence[str], target: Sequence[str]) -> list[Group]:
    """Beads of the program hunalign (Varga et al., 2005) with an empty dictionary."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("dictionary", "source", "target")]
        for path, texts in zip(paths, ([], source, target), strict=True):
            path.write_text("".join(f"{' '.join(t.split()) or '-'}\n" for t in texts), encoding="utf-8")
        done = subprocess.run(["hunalign", *map(str, paths)], capture_output=True, check=True)
    return rungs(done.stdout.decode().splitlines())


def rungs(lines: Iterable[str]) -> list[Group]:
    """The beads of hunalign's ladder: a bead lies between one line (source, target, score) and the next."""
    places = [tuple(map(int, line.split("\t")[:2])) for line in lines]
    return between((a[0], b[0], a[1], b[1]) for a, b in pairwise(places))


def between(edges: Iterable[tuple[int, int, int, int]]) -> list[Group]:
    """The beads with two sides out of (source start, source end, target start, target end)."""
    return [(tuple(range(a, b)), tuple(range(c, d))) for a, b, c, d in edges if a < b and c < d]
