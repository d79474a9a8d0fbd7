"""The report to read, and checked pairs as a file of pairs again."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import islice
from typing import Any, get_args

from polyalign.bitext import Bitext
from polyalign.characters import runs_right_to_left, without_controls
from polyalign.checking.checker import MIN_SCORE, Report, counts, signature
from polyalign.checking.verdicts import KINDS, Checked
from polyalign.codes import Code
from polyalign.formats.bitexts.reviews import state_of
from polyalign.parts import Bead, Review, Row, Segment, Side, SideName

SCHEMA = "polyalign.check/1"
MOST_SHOWN = 5_000  # pairs of a page that people read
FORMATS = ("table", "json", "jsonl", "html")

_STEERING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # of the direction
_DIRECTION = 50  # texts that tell which way a side is written
_STYLE = """body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-top:1px solid #d5dde5;padding:.5rem;text-align:start;\
vertical-align:top}td.text{width:38%}td.score{font-variant-numeric:tabular-nums}mark{background:#ffe08a}
ul{margin:0;padding-left:1.1rem}.kind{font-weight:600}small{color:#55667a}"""


def listed(report: Report, min_score: float = MIN_SCORE) -> Iterator[Checked]:
    """The pairs that a reader should see: below a score, or with a problem."""
    return (pair for pair in (checked.doubted(min_score) for checked in report) if pair.problems)


def json_text(report: Report, min_score: float = MIN_SCORE) -> Iterator[str]:
    """One JSON object: signature, summary, and the pairs that a reader should see, with their texts."""
    head: dict[str, Any] = {"schema": SCHEMA, "signature": signature()}
    head["languages"] = list(report.languages)
    head |= {"summary": report.summary(min_score), "fault": str(report.fault) if report.fault else None}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "pairs": ['
    for number, checked in enumerate(listed(report, min_score)):
        texts = {"place": checked.place, "source_text": checked.source, "target_text": checked.target}
        yield ("," if number else "") + "\n" + json.dumps(checked.to_dict() | texts, ensure_ascii=False)
    yield "\n]}\n"


def json_lines(report: Report, min_score: float = MIN_SCORE) -> Iterator[str]:
    """A line for every pair of the file: id, score and problems."""
    del min_score
    for checked in report:
        yield json.dumps(checked.to_dict(), ensure_ascii=False) + "\n"


def table(report: Report, min_score: float = MIN_SCORE) -> Iterator[str]:
    """The pairs that a reader should see, four lines or more for each, and the summary."""
    for checked in listed(report, min_score):
        place = f"  {checked.place}" if checked.place else ""
        yield f"{checked.score:.2f}  {checked.id + 1}{place}\n"
        for text in (checked.source, checked.target):
            yield f"      \u2068{_showable(text)}\u2069\n"
        for problem in checked.problems:
            yield f"    ! \u2068{_showable(str(problem))}\u2069\n"
    yield counts(report.summary(min_score)) + "\n"


def html_page(report: Report, min_score: float = MIN_SCORE) -> Iterator[str]:
    """A page to read or print: how many pairs have which problem, and the pairs, what is missing marked."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    summary = report.summary(min_score)
    rows = "".join(
        f"<tr><td>{count:,}</td><td>{escape(kind)}</td><td>{escape(KINDS[kind])}</td></tr>\n"
        for kind, count in summary["problems"].items()
    )
    fault = f"<p><strong>{_safe(str(report.fault))}</strong></p>\n" if report.fault else ""
    yield f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{digest}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pairs to check</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Pairs to check</h1>
{fault}<p>{summary["doubtful"]:,} of {summary["pairs"]:,} pairs have a score below {min_score:g}.</p>
<table>
{rows}</table>
<table>
<thead><tr><th>Score</th><th>Source</th><th>Target</th><th>What is wrong</th></tr></thead>
<tbody>
"""
    shown = listed(report, min_score)
    for checked in islice(shown, MOST_SHOWN):
        yield _html_row(checked)
    more = sum(1 for _ in shown)
    said = f"<p>{more:,} more are in the report as JSON lines.</p>\n" if more else ""
    said = said or ("" if summary["doubtful"] or rows else "<p>No pair needs a look.</p>\n")
    yield f"</tbody>\n</table>\n{said}<footer><code>{_safe(signature())}</code></footer>\n</body>\n</html>\n"


def _html_row(checked: Checked) -> str:
    cells = []
    texts = zip(get_args(SideName), (checked.source, checked.target), checked.languages, strict=True)
    for side, text, tag in texts:
        direction = "rtl" if runs_right_to_left(text) else "ltr"
        shown = _safe(text)
        if span := next(filter(None, (getattr(problem, side) for problem in checked.problems)), None):
            first, last = span  # of what is missing over there
            shown = f"{_safe(text[:first])}<mark>{_safe(text[first:last])}</mark>{_safe(text[last:])}"
        cells.append(f'<td class="text" lang="{_safe(tag)}" dir="{direction}">{shown}</td>')
    problems = "".join(
        f'<li><span class="kind">{_safe(problem.kind)}</span>: <bdi>{_safe(problem.says)}</bdi></li>'
        for problem in checked.problems
    )
    place = f"<br><small>{_safe(checked.place)}</small>" if checked.place else ""
    number = f"<small>{checked.id + 1}</small>{place}"
    return (
        f'<tr><td class="score">{checked.score:.2f}<br>{number}</td>{"".join(cells)}'
        f"<td><ul>{problems}</ul></td></tr>\n"
    )


def _safe(text: str) -> str:
    return escape(_showable(text))


def _showable(text: str) -> str:
    """The text without what escapes from its line."""
    return _STEERING.sub("", without_controls(text))


@dataclass(frozen=True, slots=True)
class Streamed(Bitext):
    """A bitext whose rows come one by one from somewhere else; its sides hold but a few segments."""

    given: Callable[[], Iterator[Row]] = lambda: iter(())

    def rows(self) -> Iterator[Row]:
        """The rows, from the first one on."""
        return self.given()


def as_bitext(report: Report, rows: Callable[[], Iterable[Checked]]) -> Streamed:
    """Checked pairs as a bitext that any writer of rows takes.

    Problems are its flags; states and comments are the file's.
    """
    sample = list(islice(rows(), _DIRECTION))
    source, target = (
        Side(tag, tuple(_segment(k, getattr(checked, side)) for k, checked in enumerate(sample)))
        for tag, side in zip(report.languages, get_args(SideName), strict=True)
    )
    made = (source, target, (), "parallel", signature())
    return Streamed(*made, given=lambda: (_row(k, checked) for k, checked in enumerate(rows())))


def _segment(number: int, text: str, codes: tuple[Code, ...] = ()) -> Segment:
    return Segment(number, 0, len(text), text, codes=codes)


def _row(number: int, checked: Checked) -> Row:
    state = state_of(checked.state) or "auto"
    review = Review(state, checked.comment, tuple(map(str, checked.problems)), checked.about)
    source = _segment(number, checked.source, checked.source_codes)
    target = _segment(number, checked.target, checked.target_codes)
    told = [bool(segment.codes or segment.text.strip()) for segment in (source, target)]
    if all(told):
        bead = Bead((number,), (number,), checked.score, review=review, origin=checked.origin)
        return Row((source,), (target,), bead)
    if told[0]:
        return Row((replace(source, review=review),), ())
    return Row((), (replace(target, review=review),))
