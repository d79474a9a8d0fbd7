"""Numbers in running text at which verses and the items of lists begin or end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_VERSE = re.compile(r"[﴾﴿]\s?\d{1,3}\s?[﴾﴿]|۝\s?\d{0,3}")
# A class of characters at the front lets the engine skip to the next candidate quickly.
_NUMBER = re.compile(r"[(\[{\d](?<!\S.)(?:(?<=\d)\d{0,2}|\d{1,3})(?:[)\]}](?=\s|[^\W\d_]|\Z)|[.-](?=\s))")
_ALPHABETS = ("abcdefgh", "أبجدهوزح", "ابتثجحخد", "абвгдежз", "αβγδεζηθ")
_LETTERS = {letter: n for alphabet in _ALPHABETS for n, letter in enumerate(alphabet, 1)}
_LETTER = re.compile(rf"(?<=\s)\(?[{''.join(_LETTERS)}][).-](?=\s)")
_STOPS, _COMMAS = tuple(".!?…؟۔"), tuple(",،;؛")
_NEAR = 8  # characters around a number that are looked at
_LEAST_CLOSING = 3  # two numbers behind words may be references


def numbered(text: str, *, ordinals: bool) -> set[int]:
    """The offsets at which numbers cut a line.

    Where numbers of one form count on and the first begins the line, a verse or item begins at each of
    them; where the last ends the line, a verse ends at each, or a sentence with its note. A list behind a
    colon is cut where its items, which may have letters, end in stops, as it is one sentence elsewhere.
    The signs of verses of the Koran end verses, unless one begins the line and none ends it. With
    `ordinals` "2." may mean "second", so that no list is known by it.
    """
    cuts = _verses(text) if any(map(text.__contains__, "﴾﴿۝")) else set()
    for form, run in _runs(_NUMBER.finditer(text)):
        cuts |= _cuts(text, form, run, ordinals=ordinals)
    if ":" in text:
        for _, run in _runs(_LETTER.finditer(text)):
            cuts |= _listed(text, run)
    return cuts


def _verses(text: str) -> set[int]:
    """Where verses end, by their signs."""
    signs = [match.span() for match in _VERSE.finditer(text)]
    if signs and not text[: signs[0][0]].strip() and text[signs[-1][1] :].strip():
        return {start for start, _ in signs[1:]}
    return {end for _, end in signs}


def _runs(matches: Iterable[re.Match[str]]) -> Iterator[tuple[str, list[re.Match[str]]]]:
    """The numbers that count on, two and more, and their form: what stands around them."""
    runs: dict[str, list[re.Match[str]]] = {}
    last: dict[str, int] = {}
    for match in matches:
        label = match.group().strip("([{}]).-")
        form = match.group().replace(label, "")
        number = _LETTERS.get(label) or int(label)
        if number != last.get(form, 0) + 1:
            yield form, runs.pop(form, [])
        runs.setdefault(form, []).append(match)
        last[form] = number
    yield from runs.items()


def _cuts(text: str, form: str, run: Sequence[re.Match[str]], *, ordinals: bool) -> set[int]:
    """Where numbers of one form that count on cut the line."""
    if len(run) < 2:
        return set()
    starts, ends = [match.start() for match in run], [match.end() for match in run]
    if starts[0] < _NEAR and not any(map(str.isalnum, text[: starts[0]])):
        return set() if form == "." and (ordinals or len(run) == 2) else set(starts[1:])
    if listed := _listed(text, run):
        return listed
    noted = form in ("()", "{}", "[]") and all(_before(text, match).endswith(_STOPS) for match in run)
    closing = noted or (form in ("()", "{}") and len(run) >= _LEAST_CLOSING)
    if closing and len(text) - ends[-1] < _NEAR and not text[ends[-1] :].strip():
        return set() if any(text.startswith(_COMMAS, end) for end in ends) else set(ends)
    return set()


def _listed(text: str, run: Sequence[re.Match[str]]) -> set[int]:
    """Where the items of a list begin behind a colon, if they end in stops."""
    listed = len(run) > 1 and _before(text, run[0]).endswith(":") and _before(text, run[1]).endswith(_STOPS)
    return {match.start() for match in run} if listed else set()


def _before(text: str, match: re.Match[str]) -> str:
    """What stands before the number, without the space between."""
    return text[max(0, match.start() - _NEAR) : match.start()].rstrip()
