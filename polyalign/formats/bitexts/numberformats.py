"""Numbers as a spreadsheet shows them, by the format of their cell (ECMA-376 part 1, 18.8.30 and 18.8.31).

Dates and times are written as ISO 8601 has them, whatever order the sheet has; numbers with a point and,
where the format groups them, commas.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

GENERAL = "General"
BUILT_IN = {  # by their numbers; those that differ by country are ISO's here
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    17: "yyyy-mm",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    **dict.fromkeys((14, 15, 16, *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((37, 38, 41, 42), "#,##0"),
    **dict.fromkeys((39, 40, 43, 44), "#,##0.00"),
}

_LONGEST = 100  # characters of a pattern; Excel has 30 places
_DAY = 86400  # seconds
_LAST_DAY = 2_958_466  # of the year 9999, and a day
_LEAP = 60  # 29 February 1900, a day that there was not
_EXACT = Context(prec=500, rounding=ROUND_HALF_UP)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<gap>[_*].)|\[(?P<bracket>[^\]]*)\]|(?P<half>am/pm|a/p)'
    r"|(?P<general>general)|(?P<date>y+|m+|d+|h+|s+)|(?P<scientific>[0#](?:\.0+)?e\+00)"
    r"|(?P<number>[0#?.,]*[0#?][0#?.,]*)|(?P<percent>%)|(?P<end>;)|(?P<text>@)|(?P<plain>[^a-z])|(?P<odd>.)",
    re.IGNORECASE | re.DOTALL,
)
_PATTERN = re.compile(r"(?P<whole>[0#?]*(,[0#?]+)*)(\.(?P<part>[0#?]*))?")
_COLOUR = re.compile(r"(black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d+)", re.IGNORECASE)
_ELAPSED = re.compile(r"h+", re.IGNORECASE)


class ShownNumber(str):
    """A number as its cell shows it ("12.5%"), which has the exact one with it."""

    exact: float

    def __new__(cls, text: str, exact: float) -> ShownNumber:
        """What is shown, and the number that is stored."""
        made = super().__new__(cls, text)
        made.exact = exact
        return made


class _Token(NamedTuple):
    kind: str
    text: str


def shown(value: str, code: str, *, since_1904: bool = False) -> str | None:
    """What a cell with this number and format shows; None where that is not known here, or no number.

    `since_1904` says that days are counted from 1904 on, as old Macintosh programs did.
    """
    try:
        number = float(value)
    except ValueError:
        return None
    sections = _sections(code)
    if sections is None or not math.isfinite(number):
        return None
    at = 1 if number < 0 and len(sections) > 1 else 2 if number == 0 and len(sections) > 2 else 0
    tokens = sections[at]
    kinds = {token.kind for token in tokens}
    if "odd" in kinds:
        return None
    if kinds & {"date", "elapsed", "half"}:
        return _moment(number, tokens, since_1904=since_1904)
    return _number(value.lstrip("-") if at == 1 else value, tokens)


@lru_cache(maxsize=1000)
def _sections(code: str) -> list[list[_Token]] | None:
    """The parts of a format for positive, negative and no numbers; None where it has conditions."""
    sections: list[list[_Token]] = [[]]
    for found in _TOKEN.finditer(code):
        kind, text = found.lastgroup or "", found[found.lastgroup or 0]
        if kind == "end":
            sections.append([])
            continue
        if kind == "bracket":
            kind, text = _bracket(text)
            if kind == "odd":
                return None
        if kind != "gap":
            sections[-1].append(_Token(kind, text))
    texts = [any(token.kind == "text" for token in section) for section in sections]
    return [s for s, is_text in zip(sections, texts, strict=True) if not is_text] or [[_Token("general", "")]]


def _bracket(text: str) -> tuple[str, str]:
    """What stands in brackets: a currency with its country, a colour, hours that go on beyond a day."""
    if text.startswith("$"):
        return "literal", text[1:].partition("-")[0]
    if _COLOUR.fullmatch(text):
        return "gap", ""
    return ("elapsed", text) if _ELAPSED.fullmatch(text) else ("odd", text)


def _number(value: str, tokens: Sequence[_Token]) -> str | None:
    number = Decimal(f"{float(value):.15g}").scaleb(2 * sum(token.kind == "percent" for token in tokens))
    said, numbers = "", 0
    for kind, text in tokens:
        found: str | None = text
        if kind in ("general", "scientific", "number"):
            numbers += 1
            if kind == "general":
                found = plain(value)
            elif kind == "number":
                found = _patterned(number, text)
            else:
                found = f"{float(number):.{max(len(text) - len('0.E+00'), 0)}E}"
        if found is None or numbers > 1:
            return None
        said += found
    return said.strip()


def _patterned(number: Decimal, pattern: str) -> str | None:
    """The number in digits as many as "#,##0.00" says."""
    form = _PATTERN.fullmatch(pattern)
    if not form or len(pattern) > _LONGEST:
        return None
    whole, part = form["whole"], form["part"] or ""
    rounded = abs(number).quantize(Decimal(1).scaleb(-len(part)), context=_EXACT)
    before, _, after = f"{rounded:f}".partition(".")
    before = before.lstrip("0").zfill(whole.count("0"))
    if "," in whole:
        before = f"{before[:1]}{re.sub(r'(?=(?:...)+$)', ',', before[1:])}"
    least = part.rfind("0") + 1
    after = after[:least] + after[least:].rstrip("0")
    return ("-" if number < 0 and rounded else "") + before + (f".{after}" if after else "")


def plain(value: str) -> str:
    """A number without a format: "3" for "3.0", and no more places than are exact."""
    if "." in value and len(value.strip("-0.")) > 16:
        value = f"{float(value):.15g}"
    return re.sub(r"(?<=\d)\.0+$", "", value)


def _moment(number: float, tokens: Sequence[_Token], *, since_1904: bool) -> str | None:
    """The date, the time or both, to the second; None for what is no date, or shows a part of one."""
    letters, seconds = _letters(tokens), round(number * _DAY)
    if any(token.kind == "elapsed" for token in tokens):
        return _clock(seconds // 3600, seconds, letters) if seconds >= 0 else None
    if not 0 <= number < _LAST_DAY or (_LEAP <= number < _LEAP + 1 and not since_1904):
        return None
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30 if number >= _LEAP else 31)
    moment = first + timedelta(seconds=seconds)
    return " ".join(filter(None, (_date(moment, letters), _clock(moment.hour, seconds, letters)))) or None


def _letters(tokens: Sequence[_Token]) -> list[str]:
    """What is shown: y m d h s, and n for minutes, which stand behind hours or before seconds."""
    shows = [token.text.lower() for token in tokens if token.kind in ("date", "elapsed")]
    letters = [text[0] for text in shows if not (text[0] == "d" and len(text) > 2)]  # a day of the week
    return [
        "n" if letter == "m" and (letters[k - 1 : k] == ["h"] or letters[k + 1 : k + 2] == ["s"]) else letter
        for k, letter in enumerate(letters)
    ]


def _date(moment: datetime, letters: Sequence[str]) -> str:
    if "d" in letters:
        return f"{moment:%Y-%m-%d}"
    if "y" in letters:
        return f"{moment:%Y-%m}" if "m" in letters else f"{moment:%Y}"
    return ""


def _clock(hours: int, seconds: int, letters: Sequence[str]) -> str:
    minutes, rest = f"{seconds // 60 % 60:02}", f":{seconds % 60:02}" if "s" in letters else ""
    if "h" in letters:
        return f"{hours:02}:{minutes}{rest}"
    return minutes + rest if "n" in letters and rest else ""
