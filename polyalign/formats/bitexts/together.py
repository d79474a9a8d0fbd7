"""Files that belong together: how they are called, and that all of them are complete or none is there."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path

from polyalign.bitext import Bitext
from polyalign.errors import UsageError
from polyalign.files import written_beside
from polyalign.formats.common import encoded


def tags_in_names(bitext: Bitext) -> tuple[str, str]:
    """What tells the files of the two sides apart: their languages, else "source" and "target"."""
    source, target = (re.sub("[^A-Za-z0-9_-]", "", side.language) for side in (bitext.source, bitext.target))
    same = source.lower() == target.lower()
    return ("source", "target") if same or not (source and target) else (source, target)


def stem_of(path: Path, suffix: str, *, what: str) -> Path:
    """The path without the suffix of its format. Raises UsageError for standard output, one stream only."""
    if path.name in ("-", ""):
        raise UsageError(f"{what}, which no stream holds: name them with -o, such as -o out{suffix}")
    return path.with_suffix("") if path.suffix.lower() == suffix else path


def write_together(bitext: Bitext, files: Mapping[Path, Iterable[str]]) -> tuple[Path, ...]:
    """Write text to each of the files; none takes its place before all are complete.

    Raises OSError, and UsageError where a text of the bitext itself would be replaced.
    """
    for path, side in product(files, (bitext.source, bitext.target)):
        if side.path and path.is_file() and os.path.exists(side.path) and path.samefile(side.path):
            raise UsageError(f"{path} is the text itself, which would be replaced: choose another name")
    with contextlib.ExitStack() as stack:
        for path, pieces in files.items():
            stack.enter_context(written_beside(path)).writelines(encoded(pieces))
    return tuple(files)
