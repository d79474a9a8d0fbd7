"""Numbers in running text at which verses and the items of lists begin or end."""

from __future__ import annotations

import re
from collections.abc import Sequence

_VERSE = re.compile(r"[﴾﴿]\s?\d{1,3}\s?[﴾﴿]|۝\s?\d{0,3}")
# A class of characters at the front lets the engine skip to the next candidate quickly.
_NUMBER = re.compile(r"[(\[{\d](?<!\S.)(?:(?<=\d)\d{0,2}|\d{1,3})(?:[)\]}](?=\s|[^\W\d_]|\Z)|[.-](?=\s))")
_STOPS, _COMMAS = tuple(".!?…؟۔"), tuple(",،;؛")
_NEAR = 8  # characters around a number that are looked at
_LEAST_CLOSING = 3  # two numbers behind words may be references


def numbered(text: str, *, ordinals: bool) -> set[int]:
    """The offsets at which numbers cut a line.

    Where numbers of one form count on and the first begins the line, a verse or item begins at each of
    them; where the last ends the line, a verse ends at each; the signs of verses of the Koran always end
    them. A list behind a colon is cut where its items end in stops, as it is one sentence elsewhere.
    With `ordinals` "2." may mean "second", so that no list is known by it.
    """
    cuts = {match.end() for match in _VERSE.finditer(text)}
    runs: dict[str, list[re.Match[str]]] = {}  # by what stands around the numbers
    last: dict[str, int] = {}
    for match in _NUMBER.finditer(text):
        form = "".join(c for c in match.group() if not c.isdecimal())
        number = int(match.group().strip("([{}]).-"))
        if number != last.get(form, 0) + 1:
            cuts |= _cuts(text, form, runs.pop(form, []), ordinals=ordinals)
        runs.setdefault(form, []).append(match)
        last[form] = number
    return cuts.union(*(_cuts(text, form, run, ordinals=ordinals) for form, run in runs.items()))


def _cuts(text: str, form: str, run: Sequence[re.Match[str]], *, ordinals: bool) -> set[int]:
    """Where numbers of one form that count on cut the line."""
    if len(run) < 2:
        return set()
    starts, ends = [match.start() for match in run], [match.end() for match in run]
    before = [text[max(0, start - _NEAR) : start].rstrip() for start in starts[:2]]
    if starts[0] < _NEAR and not any(map(str.isalnum, before[0])):
        return set() if form == "." and (ordinals or len(run) == 2) else set(starts[1:])
    if before[0].endswith(":") and before[1].endswith(_STOPS):
        return set(starts)
    closing = form in ("()", "{}") and len(run) >= _LEAST_CLOSING
    if closing and len(text) - ends[-1] < _NEAR and not text[ends[-1] :].strip():
        return set() if any(text.startswith(_COMMAS, end) for end in ends) else set(ends)
    return set()
