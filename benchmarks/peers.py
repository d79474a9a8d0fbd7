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

import numpy as np
from common import say

from polyalign.encoders import Encoder
from polyalign.scoring import Group
from polyalign.threads import one_thread_each

Peer = Callable[[Sequence[str], Sequence[str]], list[Group]]

_FLOOR = 0.4  # the best on news of .1 to .5


def installed(encoder: Encoder) -> Iterator[tuple[str, Peer]]:
    """The peers that can run here, with their names; the others are named on standard error."""
    yield "mutual best match", partial(mutual_best, encoder)
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
