"""The stamp by which a file that came out of a review project is known when it comes back.

It stands at the end of the signature, which most formats carry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STAMP = re.compile(r"(?: \| |^)review:(\d{1,9})\.(\d{1,9})\.([0-9a-f]{12})\b")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which bitext of a project a file holds, as of which revision; `digest` tells its texts from others."""

    bitext: int
    revision: int
    digest: str


def with_stamp(signature: str, stamp: Stamp) -> str:
    """The signature with the stamp in place of the one it had."""
    told = f"review:{stamp.bitext}.{stamp.revision}.{stamp.digest}"
    return " | ".join(filter(None, (unstamped(signature), told)))


def unstamped(signature: str) -> str:
    """The signature without a stamp."""
    return _STAMP.sub("", signature)


def stamp_in(text: str) -> Stamp | None:
    """The stamp in a signature, None where there is none."""
    found = _STAMP.search(text)
    return Stamp(int(found[1]), int(found[2]), found[3]) if found else None
