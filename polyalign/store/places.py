"""Where in a text that somebody edited the places of the original are, and with them its codes."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from polyalign.codes import Code, placed, unpacked


def codes_now(codes: str, original: str, edited: str | None) -> tuple[Code, ...]:
    """The codes of a segment in its text as it is now; they are kept with their places in the original."""
    held = unpacked(codes, len(original))
    if edited is None or not held:
        return held
    blocks = _blocks(original, edited)
    now = placed(held, lambda at: _place(blocks, at, len(original), len(edited)))
    # a code that stood for a space, as for a break, stands for no more than that
    return tuple(
        code
        if original[old.start : old.end] == edited[code.start : code.end]
        else replace(code, end=code.start)
        for old, code in zip(held, now, strict=True)
    )


def matching(text: str, other: str, at: int) -> int:
    """Where in the other text the place `at` of this one is, by the characters that both have."""
    return _place(_blocks(text, other), at, len(text), len(other))


def _blocks(text: str, other: str) -> list[tuple[int, int, int]]:
    found = SequenceMatcher(None, text, other, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in found]


def _place(blocks: list[tuple[int, int, int]], at: int, size: int, other: int) -> int:
    """The place in the other text; the ends are there where the first and last characters are kept."""
    kept = [block for block in blocks if block[2]]
    if at == 0:
        return kept[0][1] if kept and kept[0][0] == 0 else 0
    if at == size and not (kept and sum(kept[-1][::2]) == size):
        return other
    place = 0
    for one, two, length in kept:
        if one >= at:
            break
        place = two + min(at - one, length)
    return place
