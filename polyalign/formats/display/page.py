"""A page to read or print: one HTML file with its style inside, no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePath

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.formats.bitexts import reviews
from polyalign.formats.bitexts.wordlinks import groups
from polyalign.formats.common import Options, direction
from polyalign.formats.display.table import summary
from polyalign.parts import Range, Review, Row, Segment, Side, SideName
from polyalign.tags import UNDETERMINED

STYLE = Path(__file__).with_name("page.css")
_BANDS = ("under 0.2", "0.2–0.4", "0.4–0.6", "0.6–0.8", "0.8–1")
_STATES = {"confirmed": "✓ confirmed", "rejected": "✗ rejected", "needs-review": "? needs review"}
_ORIGINS = {"person": "by hand", "file": "from a file"}
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LIT = "tr:has(.w{k}:hover) .w{k} {{ background: var(--p1); color: var(--on-low); }}\n"
_LANGUAGE = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class _Column:
    """A side of the page: which it is, the name of its file, its language and its direction, escaped."""

    side: SideName
    file: str
    language: str
    direction: str


def html_page(bitext: Bitext, options: Options) -> Iterator[str]:
    """The page: who is aligned with whom, then a table of source, score and target in reading order."""
    columns = _column(bitext.source, "source"), _column(bitext.target, "target")
    lit = max((1 + max(groups(bead)[0].values()) for bead in bitext.beads if bead.words), default=0)
    yield _head(bitext, columns, lit)
    for row in bitext.rows():
        if row.bead or options.unaligned:
            yield _row(row, columns)
    signature = f"<code>{_safe(bitext.signature)}</code>" if bitext.signature else "polyalign"
    yield f"</tbody>\n</table>\n<footer>{signature}</footer>\n</body>\n</html>\n"


def _column(side: Side, name: SideName) -> _Column:
    """The column of a side, under the name of its file without folders."""
    file = _safe(PurePath(side.path).name if side.path else "") or "untitled"
    tag = side.language.replace("_", "-")
    return _Column(name, file, tag if _LANGUAGE.fullmatch(tag) else UNDETERMINED, direction(side))


def _head(bitext: Bitext, columns: tuple[_Column, _Column], lit: int) -> str:
    """`lit` is how many groups of words a row has at most, each of which lights up as a whole."""
    style = STYLE.read_text(encoding="utf-8") + "".join(_LIT.format(k=k) for k in range(lit))
    # by which a content security policy names the style, so that no other is obeyed
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    names = [column.file for column in columns]
    notes = "".join(f"<li>{_safe(note)}</li>\n" for note in bitext.notes)
    notes = f"<ul>\n{notes}</ul>\n" if notes else ""
    chips = "\n".join(f'<span class="chip p{i}">{band}</span>' for i, band in enumerate(_BANDS))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{digest}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{names[0]} – {names[1]}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1><bdi>{names[0]}</bdi><span class="and">and</span><bdi>{names[1]}</bdi></h1>
<p>{_safe(f"{bitext.mode.capitalize()} texts: {summary(bitext)}")}</p>
{notes}<p class="legend">How probable it is that both sides say the same:
{chips}</p>
</header>
<table>
<thead><tr>
{_heading(columns[0])}
<th scope="col" class="score">Score</th>
{_heading(columns[1])}
</tr></thead>
<tbody>
"""


def _safe(text: str) -> str:
    return escape(without_controls(text))


def _heading(column: _Column) -> str:
    name = f"<bdi>{column.file}</bdi><small>{column.language}</small>"
    return f'<th scope="col" dir="{column.direction}">{name}</th>'


def _row(row: Row, columns: tuple[_Column, _Column]) -> str:
    source, target = columns
    ours, theirs = groups(row.bead) if row.bead else ({}, {})
    cells = [_cell(row.source, source, target, ours), _score(row), _cell(row.target, target, source, theirs)]
    kinds = ["alone"] if row.bead is None else []
    if any(s.boilerplate for s in row.source + row.target):
        kinds.append("aside")
    if row.review.state == "rejected":
        kinds.append("rejected")
    mark = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<tr{mark}>\n" + "\n".join(cells) + "\n</tr>\n" + _said(row.review, " ".join(["said", *kinds]))


def _said(review: Review, kinds: str) -> str:
    """The comment and the flags, in a row of their own below the texts."""
    flags = "".join(f"<li>{_isolated(flag)}</li>" for flag in reviews.flags(review))
    lines = "<br>".join(map(_isolated, reviews.comment(review).splitlines()))
    told = f'<p class="comment" dir="auto">{lines}</p>' if lines else ""
    told += f'<ul class="flags">{flags}</ul>' if flags else ""
    return f'<tr class="{kinds}"><td colspan="3">{told}</td></tr>\n' if told else ""


def _isolated(text: str) -> str:
    return f"<bdi>{_safe(text)}</bdi>"


def _score(row: Row) -> str:
    """The score as number and colour; why it is so, where the aligner said it, for who points at it."""
    bead, state = row.bead, row.review.state
    decided = f'<span class="tag {state}">{_STATES[state]}</span>' if state in _STATES else ""
    if bead is None:
        return f'<td class="score">{decided}</td>'
    kind = "" if bead.kind == "1-1" else f'<span class="kind"><bdi>{bead.kind}</bdi></span>'
    overlap = '<span class="tag">overlap</span>' if bead.overlap else ""
    score = "" if bead.origin == "machine" else f'<span class="tag">{_ORIGINS[bead.origin]}</span>'
    if bead.score is not None:
        score = chip(bead.score, _safe(bead.explanation or bead.explain())) + score
    return f'<td class="score">{score}{kind}{overlap}{decided}</td>'


def chip(score: float, title: str = "") -> str:
    """A score as number and colour, with a title, escaped, where there is one."""
    said = f' title="{title}"' if title else ""
    return f'<span class="chip p{min(int(score * 5), 4)}"{said}>{score:.2f}</span>'


def _cell(segments: tuple[Segment, ...], column: _Column, other: _Column, words: Mapping[Range, int]) -> str:
    if not segments:
        none = f'<span class="none" dir="ltr">no counterpart in the {column.side}</span>'
        return f'<td class="empty" dir="{column.direction}">{none}</td>'
    texts = "\n".join(_segment(segment, other, words) for segment in segments)
    return f'<td lang="{column.language}" dir="{column.direction}">\n{texts}\n</td>'


def _segment(segment: Segment, other: _Column, words: Mapping[Range, int]) -> str:
    tags = [segment.boilerplate] if segment.boilerplate else []
    if _BIDI_CONTROLS.search(segment.text):
        tags.append("direction controls")
    told = ""
    if segment.translation:
        where = f'lang="{other.language}" dir="{other.direction}"'
        sure = "" if segment.quality is None else f" {segment.quality:.0%}"
        text = f"<bdi>{_safe(segment.translation)}</bdi>{_tag(f'machine translation{sure}')}"
        told = f'<span class="mt" {where}>{text}</span>'
    elif segment.translation is not None:
        tags.append("not translatable by the model")
    if segment.gloss:
        told += _gloss(segment, other)
    text = f"<bdi>{''.join(_marked(segment, words))}</bdi>{''.join(map(_tag, tags))}"
    return f'<p><bdi class="id">{segment.id + 1}</bdi><span class="text">{text}{told}</span></p>'


def _gloss(segment: Segment, other: _Column) -> str:
    """The words of a segment, each with its counterpart, in the order of the text."""
    pairs = []
    for gloss in segment.gloss:
        word = segment.text[gloss.span[0] - segment.start : gloss.span[1] - segment.start]
        said = f'<b lang="{other.language}" dir="{other.direction}">{_safe(gloss.text)}</b>'
        pairs.append(f"<span><bdi>{_safe(word)}</bdi> {said}</span>")
    return f'<span class="gloss">{" · ".join(pairs)}{_tag("word by word, no translation")}</span>'


def _marked(segment: Segment, words: Mapping[Range, int]) -> Iterator[str]:
    """The text, in which the words that are linked are marked with the number of their group."""
    at = 0
    for (start, end), group in sorted(words.items()):
        start, end = start - segment.start, end - segment.start
        if at <= start < end <= len(segment.text):
            yield _safe(segment.text[at:start])
            yield f'<span class="w{group}">{_safe(segment.text[start:end])}</span>'
            at = end
    yield _safe(segment.text[at:])


def _tag(words: str) -> str:
    return f' <span class="tag" lang="en" dir="ltr">{_safe(words)}</span>'
