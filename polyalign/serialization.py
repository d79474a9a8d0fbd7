"""Sides and beads as JSON has them, back from it, and what may be wrong with what came back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, cast, get_args

from polyalign import codes
from polyalign.parts import (
    ORIGINS,
    UNREVIEWED,
    Bead,
    Candidate,
    Difference,
    Gloss,
    Review,
    Segment,
    Side,
    SideName,
    State,
    WordLink,
)

T = TypeVar("T")


def side_to_dict(side: Side) -> dict[str, Any]:
    """A side as JSON has it: what says nothing is left out."""
    segments = []
    for s in side.segments:
        row: dict[str, Any] = {"id": s.id, "start": s.start, "end": s.end, "text": s.text}
        row |= {"boilerplate": s.boilerplate} if s.boilerplate else {}
        row |= {} if s.translation is None else {"translation": s.translation}
        row |= {} if s.quality is None else {"quality": s.quality}
        row |= {"place": s.place} if s.place else {}
        row |= {"candidates": candidates_listed(s)} if s.candidates else {}
        row |= {"gloss": gloss_listed(s)} if s.gloss else {}
        row |= {"codes": codes.to_list(s.codes)} if s.codes else {}
        segments.append(row | _review_to_dict(s.review))
    return {"path": side.path, "language": side.language, "segments": segments}


def bead_to_dict(bead: Bead) -> dict[str, Any]:
    """A bead as JSON has it: what says nothing is left out."""
    row: dict[str, Any] = {"source": list(bead.source), "target": list(bead.target)}
    row |= {"score": bead.score, "kind": bead.kind}
    if bead.overlap:
        row["overlap"] = True
    if bead.origin != "machine":
        row["origin"] = bead.origin
    if bead.evidence:
        row["evidence"] = dict(bead.evidence)
    if bead.words:
        row["words"] = words_listed(bead)
    if bead.differences:
        row["differences"] = differences_listed(bead)
    if bead.explanation:
        row["explanation"] = bead.explanation
    return row | _review_to_dict(bead.review)


def words_listed(bead: Bead) -> list[list[float]]:
    """The word links of a bead as JSON has them: [start, end, start, end, score] each."""
    return [[*link.source, *link.target, link.score] for link in bead.words]


def candidates_listed(segment: Segment) -> list[dict[str, Any]]:
    """The candidates of a segment as JSON has them."""
    return [
        {"segments": list(c.ids), "score": c.score, **({"others": list(c.others)} if c.others else {})}
        for c in segment.candidates
    ]


def gloss_listed(segment: Segment) -> list[list[Any]]:
    """The gloss of a segment as JSON has it: [start, end, counterpart, score, origin] for each word."""
    return [[*gloss.span, gloss.text, gloss.score, gloss.origin] for gloss in segment.gloss]


def differences_listed(bead: Bead) -> list[list[Any]]:
    """The differences of a bead as JSON has them: [side, start, end, weight] each."""
    return [[found.side, *found.span, found.weight] for found in bead.differences]


def _review_to_dict(review: Review) -> dict[str, Any]:
    """What differs from a row that nobody looked at."""
    row: dict[str, Any] = {} if review.state == "auto" else {"state": review.state}
    row |= {"comment": review.comment} if review.comment else {}
    row |= {"flags": list(review.flags)} if review.flags else {}
    return row | ({"about": [list(pair) for pair in review.about]} if review.about else {})


def side_from_dict(data: dict[str, Any]) -> Side:
    """The side of a JSON object. Raises TypeError and ValueError."""
    segments = tuple(_segment_from_dict(row) for row in held(data, "segments", list))
    path = None if data.get("path") is None else held(data, "path", str)
    return Side(held(data, "language", str), segments, path)


def _segment_from_dict(data: Any) -> Segment:
    number, start, end = (held(data, key, int) for key in ("id", "start", "end"))
    text = held(data, "text", str)
    if len(data) == 4:
        return Segment(number, start, end, text)
    boilerplate = held(data, "boilerplate", str, "")
    translation = None if data.get("translation") is None else held(data, "translation", str)
    place, review = held(data, "place", str, ""), _review_from_dict(data)
    quality = None if data.get("quality") is None else _number(data["quality"], "quality")
    own_codes = codes.from_list(data.get("codes", []), len(text))
    candidates, gloss = candidates_of(data), gloss_of(data)
    return Segment(
        *(number, start, end, text, boilerplate, translation, place, review, own_codes),
        *(candidates, quality, gloss),
    )


def _candidate_from_dict(data: Any) -> Candidate:
    ids, others = (
        tuple(of_kind(i, int, "a candidate") for i in held(data, key, list, []))
        for key in ("segments", "others")
    )
    return Candidate(ids, _number(data.get("score"), "the score of a candidate"), others)


def bead_from_dict(data: Any) -> Bead:
    """The bead of a JSON object. Raises TypeError and ValueError."""
    source, target = (
        tuple(of_kind(i, int, side) for i in held(data, side, list)) for side in ("source", "target")
    )
    evidence = {name: _number(value, "evidence") for name, value in held(data, "evidence", dict, {}).items()}
    score = None if data.get("score", 0) is None else _number(data.get("score"), "score")
    overlap, origin = held(data, "overlap", bool, False), held(data, "origin", str, "machine")
    if origin not in ORIGINS:
        raise ValueError(f"origin must be one of {', '.join(ORIGINS)}, not {origin[:40]!r}")
    words, differences, said = inside_of(data)
    review = _review_from_dict(data)
    return Bead(source, target, score, overlap, evidence, review, origin, words, differences, said)


def inside_of(data: dict[str, Any]) -> tuple[tuple[WordLink, ...], tuple[Difference, ...], str]:
    """The words, the differences and the explanation of a bead in JSON. Raises TypeError and ValueError."""
    words = tuple(_link_from_list(link) for link in held(data, "words", list, []))
    differences = tuple(_difference_from_list(found) for found in held(data, "differences", list, []))
    return words, differences, held(data, "explanation", str, "")


def candidates_of(data: dict[str, Any]) -> tuple[Candidate, ...]:
    """The candidates of a segment in JSON. Raises TypeError."""
    return tuple(_candidate_from_dict(row) for row in held(data, "candidates", list, []))


def gloss_of(data: dict[str, Any]) -> tuple[Gloss, ...]:
    """The gloss of a segment in JSON. Raises TypeError and ValueError."""
    return tuple(_gloss_from_list(row) for row in held(data, "gloss", list, []))


def _gloss_from_list(data: Any) -> Gloss:
    if len(of_kind(data, list, "a gloss")) != 5 or data[4] not in ("pair", "lexicon"):
        raise ValueError('a gloss must be [start, end, text, score, "pair" or "lexicon"]')
    start, end = (of_kind(place, int, "a place of a gloss") for place in data[:2])
    return Gloss(
        (start, end), of_kind(data[2], str, "a gloss"), _number(data[3], "the score of a gloss"), data[4]
    )


def _link_from_list(data: Any) -> WordLink:
    if len(of_kind(data, list, "a link of words")) != 5:
        raise ValueError("a link of words must be [start, end, start, end, score]")
    start, end, first, last = (of_kind(place, int, "a place of a word") for place in data[:4])
    return WordLink((start, end), (first, last), _number(data[4], "the score of a link"))


def _difference_from_list(data: Any) -> Difference:
    if len(of_kind(data, list, "a difference")) != 4 or data[0] not in get_args(SideName):
        raise ValueError("a difference must be [side, start, end, weight]")
    start, end = (of_kind(place, int, "a place of a difference") for place in data[1:3])
    return Difference(data[0], (start, end), _number(data[3], "the weight of a difference"))


def about_from_dict(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What else a file said, as names and values. Raises TypeError."""
    return tuple(_named(pair) for pair in held(data, "about", list, []))


def _review_from_dict(data: dict[str, Any]) -> Review:
    if _REVIEWED.isdisjoint(data):
        return UNREVIEWED
    state = held(data, "state", str, "auto")
    if state not in get_args(State):
        raise ValueError(f"state must be one of {', '.join(get_args(State))}, not {state[:40]!r}")
    flags = tuple(of_kind(flag, str, "flags") for flag in held(data, "flags", list, []))
    about = about_from_dict(data)
    return Review(cast(State, state), held(data, "comment", str, ""), flags, about)


def _named(pair: Any) -> tuple[str, str]:
    if len(of_kind(pair, list, "about")) != 2:
        raise TypeError("about must hold pairs of strings")
    return of_kind(pair[0], str, "about"), of_kind(pair[1], str, "about")


def held(data: Any, key: str, kind: type[T], default: T | None = None) -> T:
    """data[key], which must be of that type. Raises TypeError."""
    row = data if isinstance(data, dict) else of_kind(data, dict, f"what holds {key}")
    return of_kind(row.get(key, default), kind, key)


def _number(value: Any, what: str) -> float:
    return float(value) if type(value) is int and abs(value) < 2**53 else of_kind(value, float, what)


def of_kind(value: Any, kind: type[T], what: str) -> T:
    """The value, if its type is exactly that, or a kind of dict: True is no int. Raises TypeError."""
    if type(value) is kind:
        return value
    found = dict if isinstance(value, dict) else type(value)
    if found is kind:
        return cast(T, value)
    raise TypeError(f"{what} must be {_KINDS[kind]}, not {_KINDS[found]}")


_KINDS = {dict: "an object", list: "a list", str: "a string", int: "a whole number", float: "a number"}


_KINDS |= {bool: "true or false", type(None): "missing"}


_REVIEWED = frozenset(("state", "comment", "flags", "about"))


def inside_fault(
    words: Iterable[WordLink],
    differences: Iterable[Difference],
    source: Sequence[tuple[int, int]],
    target: Sequence[tuple[int, int]],
) -> str:
    """What is wrong with the words and differences of a bead whose segments stand there, empty if nothing."""

    def holds(segments: Sequence[tuple[int, int]], span: tuple[int, int]) -> bool:
        within = any(start <= span[0] < end for start, end in segments)
        return within and span[0] < span[1] and any(start < span[1] <= end for start, end in segments)

    for link in words:
        if not holds(source, link.source) or not holds(target, link.target):
            return "has a link of words that is not within its segments"
        if not 0 <= link.score <= 1:
            return f"has a link of words with the score {link.score}: it must be in 0 to 1"
    for found in differences:
        if not holds(source if found.side == "source" else target, found.span):
            return "has a difference that is not within its segments"
        if not 0 <= found.weight < float("inf"):
            return f"has a difference of the weight {found.weight}: it must be a number from 0"
    return ""


def candidates_fault(candidates: Iterable[Candidate], size: int, other: int) -> str:
    """What is wrong with the candidates of a segment, given how many its side and the other side have."""
    for found in candidates:
        if not found.ids or not all(0 <= i < other for i in found.ids):
            return "has a candidate that is no segment of the other side"
        if not all(0 <= i < size for i in found.others):
            return "has a candidate with another segment that is not there"
        if not 0 <= found.score <= 1:
            return f"has a candidate with the score {found.score}: it must be in 0 to 1"
    return ""
