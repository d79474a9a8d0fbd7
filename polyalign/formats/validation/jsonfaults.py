"""The faults of a polyalign JSON file, each with the line on which the object that has it begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any, TypeGuard, get_args

from polyalign.bitext import SCHEMA
from polyalign.codes import from_list
from polyalign.multitext import SCHEMA as SEVERAL
from polyalign.parts import State
from polyalign.serialization import candidates_fault, candidates_of, gloss_of, inside_fault, inside_of

Found = tuple[int, str, str]
_Faults = Iterator[tuple[Any, str, str]]  # the object at fault, the rule, the message

_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\n]')
_SEGMENT = {"id": int, "start": int, "end": int, "text": str}
_WORDS = {bool: "true or false", int: "a whole number", str: "a string", list: "a list", dict: "an object"}


class _Object(dict[str, Any]):
    """A JSON object that knows how many objects end before it in the file."""

    def __init__(self, pairs: list[tuple[str, Any]], *, number: int) -> None:
        super().__init__(pairs)
        self.number = number


def json_faults(data: bytes) -> Iterator[Found]:
    """(line, rule, message) for all that is wrong with the JSON of a bitext."""
    try:
        text = data.decode("utf-8-sig")
        bitext = json.loads(text)
    except UnicodeDecodeError as error:
        yield data.count(b"\n", 0, error.start) + 1, "encoding", f"byte {error.start + 1} is not UTF-8"
    except json.JSONDecodeError as error:
        yield error.lineno, "json", f"{error.msg} (column {error.colno})"
    except (ValueError, RecursionError):
        yield 1, "json", "it is nested too deeply, or has a number of thousands of digits"
    else:
        if any(True for _ in _faults(bitext)):  # only then it is worked out where the objects begin
            lines, numbers = _beginnings(text), count()
            numbered = json.loads(text, object_pairs_hook=lambda pairs: _Object(pairs, number=next(numbers)))
            for holder, rule, message in _faults(numbered):
                yield (lines[holder.number] if isinstance(holder, _Object) else 1), rule, message


def _faults(bitext: Any) -> _Faults:
    if isinstance(bitext, dict) and bitext.get("schema") == SEVERAL:
        yield from _several(bitext)
        return
    if not isinstance(bitext, dict) or bitext.get("schema") != SCHEMA:
        yield bitext, "schema", f'this is no bitext: "schema" is not "{SCHEMA}"'
        return
    yield from _head(bitext)
    sizes = {side: len(_rows(bitext.get(side))) for side in ("source", "target")}
    for side, other in (("source", "target"), ("target", "source")):
        if (fault := next(_typed(bitext, side, dict), None)) is not None:
            yield fault
            continue
        yield from _side(bitext[side], side, (sizes[side], sizes[other]))
    if (fault := next(_typed(bitext, "beads", list), None)) is not None:
        yield fault
    else:
        for number, bead in enumerate(bitext["beads"]):
            yield from _bead(bead, f"bead {number}", sizes, bitext)


def _head(bitext: dict[str, Any]) -> _Faults:
    for word, kind in (("signature", str), ("mode", str), ("notes", list)):
        yield from _typed(bitext, word, kind, optional=True)
    notes = bitext.get("notes")
    if isinstance(notes, list) and not all(map(_is_string, notes)):
        yield bitext, "type", '"notes" must hold strings'


def _several(multitext: dict[str, Any]) -> _Faults:
    """What is wrong with several texts."""
    yield from _head(multitext)
    wrong = [fault for word in ("texts", "rows") for fault in _typed(multitext, word, list)]
    yield from wrong
    if wrong:
        return
    sizes = [len(_rows(side)) for side in multitext["texts"]]
    if len(sizes) < 2:
        yield multitext, "missing", '"texts" must hold two texts or more'
    for number, side in enumerate(multitext["texts"]):
        if isinstance(side, dict):
            yield from _side(side, f"text {number}", (sizes[number], sizes[number]))
        else:
            yield multitext, "type", f"text {number} must be an object"
    for number, row in enumerate(multitext["rows"]):
        yield from _row(row, f"row {number}", sizes, multitext)


def _row(row: Any, what: str, sizes: list[int], parent: Any) -> _Faults:
    if not isinstance(row, dict):
        yield parent, "type", f"{what} must be an object"
        return
    held: Any = row.get("segments")
    sized = isinstance(held, list) and len(held) == len(sizes)
    if not sized or not all(isinstance(own, list) for own in held):
        yield row, "type", f'"segments" of {what} must be a list for each text'
        return
    for number, (own, size) in enumerate(zip(held, sizes, strict=True)):
        if own and (reason := _ids(own, size)):
            yield row, "id", f"text {number} of {what} {reason}"
    yield from _score(row, what)


def _typed(
    holder: dict[str, Any], word: str, kind: type, *, optional: bool = False, what: str = ""
) -> _Faults:
    """The fault that a value is missing or of another type: True is no number."""
    where = f" of {what}" if what else ""
    if word not in holder:
        if not optional:
            yield holder, "missing", f'there is no "{word}"{where}'
    elif not isinstance(holder[word], kind) or (isinstance(holder[word], bool) and kind is not bool):
        yield holder, "type", f'"{word}"{where} must be {_WORDS[kind]}'


def _rows(side: Any) -> list[Any]:
    """The segments of a side, as far as it has any."""
    rows = side.get("segments") if isinstance(side, dict) else None
    return rows if isinstance(rows, list) else []


def _side(side: dict[str, Any], name: str, sizes: tuple[int, int]) -> _Faults:
    yield from _typed(side, "language", str, what=name)
    if side.get("path") is not None:
        yield from _typed(side, "path", str, what=name)
    if (fault := next(_typed(side, "segments", list, what=name), None)) is not None:
        yield fault
        return
    for number, segment in enumerate(side["segments"]):
        yield from _segment(segment, number, f"segment {number} of {name}", side, sizes)


def _review(row: dict[str, Any], what: str) -> _Faults:
    yield from _typed(row, "comment", str, optional=True, what=what)
    yield from _typed(row, "flags", list, optional=True, what=what)
    flags = row.get("flags")
    if isinstance(flags, list) and not all(map(_is_string, flags)):
        yield row, "type", f'"flags" of {what} must hold strings'
    about = row.get("about", [])
    if not isinstance(about, list) or not all(map(_is_pair, about)):
        yield row, "type", f'"about" of {what} must hold pairs of strings'
    if (state := row.get("state", "auto")) not in get_args(State):
        known = " or ".join(get_args(State))
        yield row, "state", f'"state" of {what} must be {known}, not {str(state)[:40]!r}'


def _candidates(segment: dict[str, Any], what: str, sizes: tuple[int, int]) -> _Faults:
    try:
        if fault := candidates_fault(candidates_of(segment), *sizes):
            yield segment, "candidates", f"{what} {fault}"
    except (TypeError, ValueError) as error:
        yield segment, "type", f"{what}: {error}"


def _segment(segment: Any, number: int, what: str, side: Any, sizes: tuple[int, int]) -> _Faults:
    if not isinstance(segment, dict):
        yield side, "type", f"{what} must be an object"
        return
    wrong = [fault for word, kind in _SEGMENT.items() for fault in _typed(segment, word, kind, what=what)]
    yield from wrong
    yield from _typed(segment, "boilerplate", str, optional=True, what=what)
    yield from _review(segment, what)
    yield from _candidates(segment, what, sizes)
    try:
        gloss_of(segment)
    except (TypeError, ValueError) as error:
        yield segment, "type", f"{what}: {error}"
    if segment.get("translation") is not None:
        yield from _typed(segment, "translation", str, what=what)
    quality = segment.get("quality")
    if quality is not None and not (_is_number(quality) and 0 <= quality <= 1):
        yield segment, "quality", f'"quality" of {what} must be a number in 0 to 1'
    if wrong:
        return
    if segment["id"] != number:
        yield segment, "id", f"{what} has the id {segment['id']}: ids must count up from 0"
    try:
        from_list(segment.get("codes", []), len(segment["text"]))
    except (TypeError, ValueError) as error:
        yield segment, "code", f"{what}: {error}"
    if not 0 <= segment["start"] <= segment["end"] == segment["start"] + len(segment["text"]):
        yield segment, "offset", f"the text of {what} does not reach from its start to its end"


def _bead(bead: Any, what: str, sizes: dict[str, int], parent: Any) -> _Faults:
    if not isinstance(bead, dict):
        yield parent, "type", f"{what} must be an object"
        return
    yield from _typed(bead, "overlap", bool, optional=True, what=what)
    wrong = next(_typed(bead, "evidence", dict, optional=True, what=what), None)
    if wrong:
        yield wrong
    elif not all(map(_is_number, bead.get("evidence", {}).values())):
        yield bead, "type", f'"evidence" of {what} must hold numbers'
    yield from _review(bead, what)
    yield from _inside(bead, what, parent)
    for side in ("source", "target"):
        wrong = next(_typed(bead, side, list, what=what), None)
        if wrong:
            yield wrong
        elif reason := _ids(bead[side], sizes.get(side, 0)):
            yield bead, "id", f"the {side} of {what} {reason}"
    yield from _score(bead, what)


def _score(row: dict[str, Any], what: str) -> _Faults:
    score = row.get("score")
    if score is None and "score" in row:
        return
    if not _is_number(score):
        yield row, "type" if "score" in row else "missing", f'"score" of {what} must be a number, or null'
    elif not 0 <= score <= 1:
        yield row, "score", f"the score of {what} is {score}: it must be in 0 to 1"


def _inside(bead: dict[str, Any], what: str, bitext: dict[str, Any]) -> _Faults:
    """What is wrong with words, differences and explanation."""
    try:
        words, differences, _ = inside_of(bead)
    except (TypeError, ValueError) as error:
        yield bead, "type", f"{what}: {error}"
        return
    stretches = []
    for side in ("source", "target"):
        rows = _rows(bitext.get(side))
        try:
            stretches.append([(rows[i]["start"], rows[i]["end"]) for i in bead[side]])
        except (KeyError, TypeError, IndexError):  # a fault of its own
            return
    try:
        fault = inside_fault(words, differences, stretches[0], stretches[1])
    except TypeError:  # places of segments that are no numbers
        return
    if fault:
        yield bead, "words", f"{what} {fault}"


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_string, value))


def _is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a number that a float holds; true is none."""
    if isinstance(value, bool):
        return False
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**53)


def _ids(numbers: list[Any], size: int) -> str:
    """What is wrong with the ids of a bead, empty if nothing."""
    if not numbers:
        return "is empty"
    if any(type(number) is not int for number in numbers):
        return "must be a list of whole numbers"
    if numbers != sorted(set(numbers)):
        return "must be ascending"
    return "" if 0 <= numbers[0] <= numbers[-1] < size else "names a segment that is not there"


def _beginnings(text: str) -> list[int]:
    """The lines on which the objects begin, in the order in which they end."""
    line, begun, ended = 1, list[int](), list[int]()
    for found in _MARK.finditer(text):
        if found[0] == "\n":
            line += 1
        elif found[0] == "{":
            begun.append(line)
        elif found[0] == "}":
            ended.append(begun.pop())
    return ended
