"""A text that is too long for one input, in parts that are not: sentences, clauses, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

Size = Callable[[str], int]  # of a text, in pieces

LONGEST = 128  # pieces; a model is cut off at 512, and loses clauses well before

# An end of a sentence that is no abbreviation: a full stop after a word of five letters, any
# other mark, each with the quotes that close after it; where words are spaced, a space follows.
_SENTENCES = re.compile(
    r"(?<=\w{5}[.])\s+|(?<=\w{4}[.][\"'”’»)\]])\s+|(?<=[!?؟۔…])\s+|(?<=[!?؟][\"'”’»)\]])\s+|(?<=[。！？])"
)
_LEVELS = (
    re.compile(r"(?<=[.!?؟۔…])\s+|(?<=[。！？])"),
    re.compile(r"(?<=[؛;:])\s+|(?<=[；：])"),
    re.compile(r"(?<=[،,])\s+|(?<=[、，])|\s+(?=[–—-]\s)"),
    re.compile(r"\s+"),
)


def sentences(text: str) -> list[str]:
    """The sentences of a text that is one segment, cut only where an end is clear."""
    return [part for part in _SENTENCES.split(text) if part]


def parts(text: str, size: Size, limit: int = LONGEST) -> list[str]:
    """The text in parts of up to `limit` pieces, cut where it hurts least; in order, none blank."""
    return [part for sentence in sentences(text) for part in _cut(sentence, size, limit, _LEVELS)]


def joined(texts: Sequence[str]) -> str:
    """The translated parts as one text: spaces between them, but for scripts that have none."""
    line = ""
    for text in filter(None, texts):
        spaced = line and not (_unspaced(line[-1]) and _unspaced(text[0]))
        line += f" {text}" if spaced else text
    return line


def _unspaced(character: str) -> bool:
    """Whether it is of a script that sets no spaces: Chinese or Japanese, with their marks."""
    return "\u3000" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff" or character in "！，：；？"


def _cut(text: str, size: Size, limit: int, levels: Sequence[re.Pattern[str]]) -> Iterator[str]:
    total = size(text)
    if total <= limit:
        yield text
        return
    even = total / -(-total // limit)  # what each part has if all are alike
    if not levels:
        step = max(1, int(len(text) * limit / total / 2))
        yield from (text[start : start + step] for start in range(0, len(text), step))
        return
    cuts = [match.end() for match in levels[0].finditer(text)]
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    for run in _runs([piece for piece in pieces if piece.strip()], size, limit, even):
        yield from _cut(run.strip(), size, limit, levels[1:])


def _runs(pieces: Sequence[str], size: Size, limit: int, even: float) -> Iterator[str]:
    """Neighbours put together: as many as fit, and no more than an even share where that will do."""
    run, held = "", 0
    for piece in pieces:
        more = size(piece)
        if run and (held >= even or held + more > limit):
            yield run
            run, held = "", 0
        run, held = run + piece, held + more
    if run:
        yield run
