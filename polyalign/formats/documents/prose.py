"""What the readers of documents share: blocks out of paragraphs, and notes on what was left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from polyalign.formats.common import Blocks
from polyalign.formats.decoding import Decoded, encoding_name

Placed = tuple[str, str]  # the text of a paragraph, cell or cue, and where it stands
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")


def gathered(paragraphs: Iterable[Placed], *, language: str = "", notes: Iterable[str] = ()) -> Blocks:
    """The paragraphs as blocks, cut at blank lines and without blank ones.

    `notes` is read after the paragraphs, so that it may count what they left out.
    """
    kept = [(part, place) for text, place in paragraphs for part in stretches(text)]
    return Blocks(tuple(text for text, _ in kept), tuple(place for _, place in kept), language, tuple(notes))


def titled(title: str, paragraphs: Iterable[Placed]) -> list[Placed]:
    """The paragraphs of a book with its title before them, unless it is among the first of them."""
    found = list(paragraphs)
    return [(title, "title"), *found] if title and title not in [text for text, _ in found[:3]] else found


def stretches(text: str) -> list[str]:
    """The text cut at blank lines, white space at the ends of its lines left out; no blank part."""
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        if stripped := line.strip():
            parts[-1].append(stripped)
        elif parts[-1]:
            parts.append([])
    return ["\n".join(lines) for lines in parts if lines]


def left_out(*counts: Mapping[str, int]) -> Iterator[str]:
    """One note for each kind of thing that was left out: "3 footnotes left out"; counted when first asked."""
    for held in counts:
        yield from (f"{counted(number, what)} left out" for what, number in held.items() if number)


def counted(number: int, what: str) -> str:
    """ "1 footnote", "3 footnotes"; "3 tables of contents", as the first noun is the thing."""
    if number != 1:
        ending = r"(ch|sh|s|x)?(?= of | outside | without |\Z)"
        what = re.sub(ending, lambda found: f"{found[1]}es" if found[1] else "s", what, count=1)
    return f"{number} {what}"


def told(found: Decoded) -> list[str]:
    """The note on a guessed encoding, none for one that is known."""
    if not found.guessed:
        return []
    return [f"encoding guessed: {encoding_name(found.encoding)} (--encoding overrides it)"]


def on_one_line(lines: Iterable[str]) -> str:
    """Lines that were broken for their width only, joined again; no space between two ideographs."""
    joined = ""
    for line in filter(None, lines):
        wide = bool(joined) and _is_wide(joined[-1]) and _is_wide(line[0])
        joined += line if wide or not joined else f" {line}"
    return joined


def _is_wide(char: str) -> bool:
    """Whether the character is of a script that is written without spaces: Chinese or Japanese."""
    return "\u2e80" <= char <= "\ua4cf" or "\uf900" <= char <= "\ufaff" or "\uff01" <= char <= "\uff60"
