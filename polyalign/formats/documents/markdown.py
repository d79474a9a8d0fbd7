"""Markdown in: its prose, without marks of emphasis, targets of links and code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from polyalign.errors import TooLargeError, UnreadableError
from polyalign.formats.common import Blocks
from polyalign.formats.decoding import decode
from polyalign.formats.documents.html import parsed_page
from polyalign.formats.documents.htmlblocks import page_blocks
from polyalign.formats.documents.prose import Placed, gathered, left_out, on_one_line, told

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_MARKDOWN_BYTES = 20_000_000  # at about 1 MB a second

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(?:.*\n)*?(?:\1|\.\.\.)[ \t]*(?:\n|\Z)")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,100}\]:")
_FOOTNOTE_MARK = re.compile(r"\[\^[^\]\s]{1,100}\](?!:)")
_TASK = re.compile(r"\A\[[ xX]\]\s+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"^lang(?:uage)?\s*[:=]\s*[\"']?([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)[\"']?\s*$", re.M
)


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:
    """Headings, paragraphs, list items and quotes ("line 12"), table cells ("line 12 column 2").

    Emphasis, targets of links and comments vanish; notes say how many code blocks, footnotes and
    front matters were left out. HTML inside gives its text. Raises UnreadableError, InputError.
    """
    if len(data) > MAX_MARKDOWN_BYTES:
        raise TooLargeError(f"{name} is above the limit of {MAX_MARKDOWN_BYTES // 1_000_000} MB: split it")
    found = decode(data, name=name, encoding=encoding)
    text = found.text.replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text)
    omitted: Counter[str] = Counter({"front matter": 1} if front else {})
    if front:  # its lines stay, so that the others keep their numbers
        text = "\n" * front[0].count("\n") + text[front.end() :]
    placed = _placed(_tokens(text, name), omitted, name)
    stated = _LANGUAGE.search(front[0]) if front else None
    notes = chain(told(found), left_out(omitted))
    return gathered(placed, language=stated[1] if stated else "", notes=notes)


def _tokens(text: str, name: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt

    try:
        return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    except (ValueError, LookupError, RecursionError) as error:
        raise UnreadableError(f"{name}: it cannot be read as Markdown: give it the suffix .txt") from error


def _placed(tokens: Sequence[Token], omitted: Counter[str], name: str) -> Iterator[Placed]:
    place, cell = "", 0
    for token in tokens:
        if token.map:
            place = f"line {token.map[0] + 1}"
        cell = 0 if token.type == "tr_open" else cell + (token.type in ("th_open", "td_open"))
        if token.type in ("fence", "code_block"):
            omitted["code block"] += 1
        elif token.type == "html_block":
            yield from ((text, place) for text in _html_texts(token.content, name))
        elif token.type == "table_close":
            cell = 0
        elif token.type == "inline":
            if _FOOTNOTE.match(token.content):
                omitted["footnote"] += 1
            else:
                yield _inline_text(token.children or []), f"{place} column {cell}" if cell else place


def _inline_text(children: Sequence[Token]) -> str:
    """What one reads of a line: soft breaks join, hard ones stay, marks and targets vanish."""
    lines: list[list[str]] = [[""]]
    for child in children:
        if child.type == "softbreak":
            lines[-1].append("")
        elif child.type == "hardbreak" or (child.type == "html_inline" and _BREAK.match(child.content)):
            lines.append([""])
        elif child.type == "image":
            lines[-1][-1] += _inline_text(child.children or [])
        elif child.type != "html_inline":
            lines[-1][-1] += child.content
    text = "\n".join(on_one_line(part.strip() for part in line) for line in lines)
    return _TASK.sub("", _FOOTNOTE_MARK.sub("", text))


def _html_texts(content: str, name: str) -> list[str]:
    try:
        return [block.text for block in page_blocks(parsed_page(content, name=name))]
    except UnreadableError:  # a comment, or tags only
        return []
