"""A bitext with its gold, as files of scoring hold it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from polyalign.parts import Bead
from tests.helpers.samples import harbour

Row = dict[str, Any]


BITEXT = replace(harbour(), beads=(*harbour().beads[:1], Bead((2,), (1,), 0.9), Bead((3,), (0, 2), 0.4)))


SIDES = {"src": [s.text for s in BITEXT.source.segments], "tgt": [s.text for s in BITEXT.target.segments]}


LANGUAGES = {"src_lang": "ar", "tgt_lang": "en"}


GOLD: Row = {"id": "port", "gold": [[[0], [3]], [[2], [1, 2]], [[3], [0]], [[1], []]], **SIDES, **LANGUAGES}


BEADS = [[list(bead.source), list(bead.target)] for bead in BITEXT.beads]


MONDAY = BITEXT.target.segments[3]


REPORT: Row = {
    "id": "port",
    "src_text": "\n".join(SIDES["src"]),
    "tgt_text": "\n".join(SIDES["tgt"]),
    "spans": [[[[0, 20]], [[MONDAY.start, MONDAY.end]], "full"]],
    "unsure_spans": [],
    **LANGUAGES,
}


def lines(path: Path, *rows: Row) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


TWO = (GOLD, GOLD | {"id": "two"})
