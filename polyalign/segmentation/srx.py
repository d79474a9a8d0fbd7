"""The user's own segmentation rules, in SRX 2.0 (Segmentation Rules eXchange; 1.0 is read too).

The rules of a language are tried in order at each place of a text, and the first whose two
expressions match, one before the place and one after it, says whether a segment ends there.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from polyalign.errors import InputError, UnreadableError
from polyalign.expressions import MAX_COPIES, copies, refusal
from polyalign.files import read_bytes
from polyalign.parts import Segment
from polyalign.segmentation.sentences import LINE, add_shown

if TYPE_CHECKING:
    from lxml import etree

Span = tuple[int, int]  # offsets in characters: start, and the end after the last

MAX_SRX_BYTES = 5_000_000
MAX_RULES = 10_000
MAX_PARAGRAPH = 1_000_000  # characters that an expression sees; backtracking takes 200 bytes for each
MAX_SECONDS = 20.0  # for one text; an expression that backtracks without end is stopped

# ICU's syntax where that of `regex` differs: quotations, code points, and what "." and "\Z" mean.
_ICU = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|\\x\{(?P<point>[0-9A-Fa-f]{1,6})\}|\\c(?P<control>[@-_a-z])"
    r"|(?P<end>\\[zZ])|(?P<escape>\\.)|(?P<open>\[)|(?P<close>\])|(?P<dot>\.)",
    re.DOTALL,
)
_REFERS = re.compile(r"\\[1-9gkKG]|\(\?P[=>]|\(\?[(&R0-9]")  # to groups by number or name
_NOT_LINE_END = r"[^\n\r\x85\u2028\u2029]"
_ENDS = {r"\z": r"\Z", r"\Z": r"(?=(?:\r\n|[\n\r\x85\u2028\u2029])?\Z)"}


@dataclass(frozen=True, slots=True)
class _Rule:
    """Whether a segment ends where `before` ends and `after` begins; None where either may be anything.

    `both` is the two as one expression, empty where that would not mean the same.
    """

    ends: bool
    before: Any
    after: Any
    line: int
    both: str


@dataclass(frozen=True, slots=True)
class SegmentationRules:
    """Segmentation rules by language, as a file gives them; `notes` says what in it is not obeyed.

    `digest` is the beginning of the file's sha256.
    """

    path: str
    notes: tuple[str, ...]
    digest: str
    _maps: tuple[tuple[Any, tuple[_Rule, ...]], ...]
    _cascade: bool

    def segment(self, text: str, language: str) -> tuple[Span, ...]:
        """The spans of the segments, which follow each other from 0 to the length of the text.

        White space stays at the end of a segment or the beginning of the next, as the rules have it.
        Raises InputError for a language without rules, above MAX_PARAGRAPH, and where the rules take over
        MAX_SECONDS.
        """
        return _spans(text, self._of(language), _Clock(self.path))

    def sentences(self, text: str, language: str) -> tuple[Segment, ...]:
        """The segments as `polyalign.segment` gives them: each line by itself, without white space around.

        A line end always ends a segment, as the rules are for one paragraph. Raises what `segment` does.
        """
        rules, clock = self._of(language), _Clock(self.path)
        found: list[Segment] = []
        for line in LINE.finditer(text):
            for start, end in _spans(line.group(), rules, clock):
                add_shown(found, text, line.start() + start, line.start() + end)
        return tuple(found)

    def _of(self, language: str) -> tuple[_Rule, ...]:
        """The rules of all languages whose pattern matches (only the first without cascade)."""
        tag = language.replace("_", "-")
        found = [rules for pattern, rules in self._maps if pattern.fullmatch(tag)]
        if not found:
            raise InputError(f"{self.path} has no rules for {language!r}: add a languagemap that matches it")
        return tuple(_merged(rule for rules in (found if self._cascade else found[:1]) for rule in rules))


def _merged(rules: Iterable[_Rule]) -> Iterator[_Rule]:
    """The same rules, exceptions that follow each other in one: files have hundreds, and one is fast."""
    for mergeable, group in groupby(rules, key=lambda rule: not rule.ends and bool(rule.both)):
        some = list(group)
        if mergeable:
            yield _Rule(False, _once("|".join(rule.both for rule in some)), None, some[0].line, "")
        else:
            yield from some


class _Clock:
    """The time that the rules may still take on a text."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._until = time.monotonic() + MAX_SECONDS

    def starts(self, pattern: Any, text: str, rule: _Rule) -> list[int]:
        """Where a pattern matches, ascending. Raises InputError, which names the rule's line."""
        return [m.start() for m in self._asked(pattern.finditer, (text,), rule)]

    def matches(self, pattern: Any, text: str, place: int, rule: _Rule) -> bool:
        """Whether a pattern, if there is one, matches at a place. Raises what `starts` raises."""
        return pattern is None or bool(self._asked(pattern.match, (text, place), rule))

    def _asked(self, ask: Callable[..., Any], arguments: tuple[Any, ...], rule: _Rule) -> Any:
        try:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            found = ask(*arguments, timeout=left)
            return list(found) if isinstance(found, Iterator) else found
        except TimeoutError as error:
            what = f"the rules take over {MAX_SECONDS:g} s, last that of line {rule.line}"
            raise InputError(f"{self.path}: {what}: simplify it, or split the text") from error


def _spans(text: str, rules: tuple[_Rule, ...], clock: _Clock) -> tuple[Span, ...]:
    if len(text) > MAX_PARAGRAPH:
        what = f"a paragraph has more than {MAX_PARAGRAPH:,} characters, the limit for such rules"
        raise InputError(f"{clock.path}: {what}: split it")
    ends = sorted({end for end in _ends(text, rules, clock) if 0 < end < len(text)})
    return tuple(pairwise([0, *ends, len(text)])) if text else ()


def _ends(text: str, rules: tuple[_Rule, ...], clock: _Clock) -> Iterator[int]:
    """Where segments end: the places of each breaking rule that no rule before it speaks for."""
    for number, rule in enumerate(rules):
        if not rule.ends:
            continue
        exceptions = [other for other in rules[:number] if not other.ends]
        first = rule.before or rule.after
        places = range(len(text) + 1) if first is None else clock.starts(first, text, rule)
        for place in places:
            if clock.matches(rule.after, text, place, rule) and not any(
                clock.matches(other.before, text, place, other)
                and clock.matches(other.after, text, place, other)
                for other in exceptions
            ):
                yield place


def read_srx(path: str | os.PathLike[str]) -> SegmentationRules:
    """The rules in an SRX file.

    Raises UnreadableError, which names the line, for what is no SRX or holds an expression that is
    not understood; InputError above MAX_SRX_BYTES or MAX_RULES.
    """
    name = os.fspath(path)
    return parse_srx(read_bytes(name, limit=MAX_SRX_BYTES), name=name)


def parse_srx(data: bytes, *, name: str) -> SegmentationRules:
    """The rules in the bytes of an SRX file; raises what `read_srx` raises."""
    root = _root(data, name)
    texts = [str(element.text or "") for part, _ in _FORMS for element in _all(root, part)]
    if len(texts) > 2 * MAX_RULES or sum(min(copies(text), MAX_COPIES) for text in texts) > 10 * MAX_COPIES:
        what = f"{name} has more rules than the limit of {MAX_RULES:,}, or too long ones"
        raise InputError(f"{what}: take some out")
    rules, maps = {}, []
    for group in _all(root, "languagerule"):
        rules[group.get("languagerulename", "")] = tuple(_rule(item, name) for item in _all(group, "rule"))
    for item in _all(root, "languagemap"):
        chosen = item.get("languagerulename", "")
        if chosen not in rules:
            what = f"no languagerule is named {chosen!r}"
            raise UnreadableError(f"{name}: line {item.sourceline}: {what}: add it")
        maps.append((_compiled(item.get("languagepattern", ""), item, name, "(?i:{})"), rules[chosen]))
    if not maps:
        raise UnreadableError(f"{name}: no languagemap is in it: say which languages the rules are for")
    header, notes = next(_all(root, "header"), None), list[str]()
    cascade = header is not None and header.get("cascade", "no").lower() in ("yes", "true")
    if next(_all(root, "formathandle"), None) is not None:
        notes.append("the SRX file's formathandles are not obeyed: plain text has no formatting")
    digest = hashlib.sha256(data).hexdigest()[:12]
    return SegmentationRules(name, tuple(notes), digest, tuple(maps), cascade)


def _root(data: bytes, name: str) -> etree._Element:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise UnreadableError(f"{name} is no XML ({reason}): repair it") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableError(f"{name} declares a document type: take the line with <!DOCTYPE out")
    if _local(root) != "srx":
        what = f"begins {_local(root)!r}, not srx"
        raise UnreadableError(f"{name}: line {root.sourceline} {what}: give an SRX file")
    return root


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    yield from element.iter(f"{{*}}{name}")


def _rule(item: etree._Element, name: str) -> _Rule:
    ends = item.get("break", "yes").lower()
    if ends not in ("yes", "no"):
        what = f'break="{ends}" is neither yes nor no'
        raise UnreadableError(f"{name}: line {item.sourceline}: {what}: repair it")
    before, after = (_pattern(item, part, form, name) for part, form in _FORMS)
    both = "".join(pattern.pattern for pattern in (before, after) if pattern)
    return _Rule(ends == "yes", before, after, item.sourceline or 0, "" if _REFERS.search(both) else both)


_FORMS = (("beforebreak", "(?<={})"), ("afterbreak", "(?={})"))


def _pattern(item: etree._Element, part: str, form: str, name: str) -> Any:
    """The expression of that part of a rule as one of no width, None where it is empty."""
    element = next(_all(item, part), None)
    text = "" if element is None else "".join(map(str, element.itertext()))
    return _compiled(text, element if element is not None else item, name, form) if text else None


def _compiled(expression: str, element: etree._Element, name: str, form: str) -> Any:
    import regex

    try:
        if why := refusal(translated := _translated(expression)):
            raise ValueError(why)
        return _once(form.format(f"(?:{translated})"))
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        shown = expression if len(expression) <= 60 else expression[:57] + "..."
        reason = str(getattr(error, "msg", error)).partition("\n")[0]
        raise UnreadableError(f"{name}: line {element.sourceline}: {shown!r}: {reason}: repair it") from error


@cache
def _once(expression: str) -> Any:
    """The compiled expression; rules share many, such as that for a space."""
    import regex

    return regex.compile(expression, regex.V1)


def _translated(expression: str) -> str:
    """An expression of ICU's, which SRX 2.0 prescribes, as `regex` writes it."""
    depth, out, at = 0, [], 0
    for match in _ICU.finditer(expression):
        out.append(expression[at : match.start()])
        depth += {"open": 1, "close": -1 if depth else 0}.get(match.lastgroup or "", 0)
        out.append(_written(match, in_set=depth > 0))
        at = match.end()
    return "".join([*out, expression[at:]])


def _written(match: re.Match[str], *, in_set: bool) -> str:
    kind, found = match.lastgroup, match[match.lastgroup or 0]
    if kind == "quoted":
        return re.escape(found)
    if kind == "point":
        return f"\\U{int(found, 16):08x}"
    if kind == "control":
        return re.escape(chr(ord(found.upper()) ^ 64))
    if in_set:
        return match[0]
    return {"dot": _NOT_LINE_END, "end": _ENDS.get(found, "")}.get(kind or "", match[0])
