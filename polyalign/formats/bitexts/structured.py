"""JSON, which holds all of a bitext and is read back, and JSON lines for jq and dataframes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO, Any

from polyalign.bitext import Bitext, json_in
from polyalign.errors import InputError, PolyalignError, UnreadableError, UsageError
from polyalign.files import lines_of
from polyalign.formats.common import Options, Unit, also_holding, kept
from polyalign.formats.decoding import decode
from polyalign.formats.documents.text import read_bytes
from polyalign.multitext import SCHEMA as SEVERAL
from polyalign.multitext import MultiText
from polyalign.parts import Row
from polyalign.serialization import candidates_listed, differences_listed, gloss_listed, words_listed
from polyalign.tags import is_known, primary

MAX_JSON_BYTES = 300_000_000


def json_text(bitext: Bitext, options: Options) -> Iterator[str]:
    """The bitext as one JSON object; it holds every segment, aligned or not."""
    if not options.unaligned:
        raise UsageError("json holds every segment: take jsonl or tsv to leave the unaligned ones out")
    yield bitext.to_json() + "\n"


def json_lines(bitext: Bitext, options: Options) -> Iterator[str]:
    """One JSON object a line for each bead and each unaligned segment (score null), with the texts.

    The texts are as shown, on one line, without control characters.
    """
    for row in bitext.rows():
        if row.bead or options.unaligned:
            yield json.dumps(_line(row, bitext), ensure_ascii=False) + "\n"


def _line(row: Row, bitext: Bitext) -> dict[str, Any]:
    bead, review, segments = row.bead, row.review, row.source + row.target
    line: dict[str, Any] = {
        "source": [segment.id for segment in row.source],
        "target": [segment.id for segment in row.target],
        "score": row.score,
        "kind": f"{len(row.source)}-{len(row.target)}",
        "source_language": bitext.source.language,
        "target_language": bitext.target.language,
        "source_text": [segment.shown for segment in row.source],
        "target_text": [segment.shown for segment in row.target],
    }
    told = {  # only as far as there is something to say
        "overlap": bead and bead.overlap,
        "words": bead and bead.words and words_listed(bead),
        "differences": bead and bead.differences and differences_listed(bead),
        "explanation": bead and bead.explanation,
        "candidates": [found for s in segments for found in candidates_listed(s)],
        "source_gloss": [found for s in row.source for found in gloss_listed(s)],
        "target_gloss": [found for s in row.target for found in gloss_listed(s)],
        "boilerplate": next((s.boilerplate for s in segments if s.boilerplate), ""),
        "origin": bead and bead.origin,
        "state": review.state if review.state != "auto" else "",
        "comment": review.comment,
        "flags": list(review.flags),
    }
    return line | {key: value for key, value in told.items() if value}


def read_json(path: str | os.PathLike[str], asked: tuple[str, str] = ("", "")) -> Bitext:
    """The bitext in a JSON file; of several texts the two in the languages asked for, else the first two.

    Raises UnreadableError and InputError, which name the file.
    """
    name = os.fspath(path)
    data = read_bytes(name, limit=MAX_JSON_BYTES)
    try:
        found = json_in(decode(data, name=name).text)
        if isinstance(found, dict) and found.get("schema") == SEVERAL:
            return _two(MultiText.from_dict(found), asked, name)
        return Bitext.from_dict(found)
    except InputError as error:
        if str(error).startswith(name):
            raise
        raise InputError(f"{name}: {error}") from error


def _two(texts: MultiText, asked: tuple[str, str], name: str) -> Bitext:
    """The pairs of two of several texts. Raises InputError where there is none in a language asked for."""
    languages = [side.language for side in texts.sides]
    source = _one_in(languages, asked[0], [_one_in(languages, asked[1], [])] if asked[1] else [])
    target = _one_in(languages, asked[1], [source])
    if source is None or target is None:
        what = f"no pair in {' and '.join(filter(None, asked))} but text in {', '.join(languages)}"
        raise InputError(f"{name} holds {what}: ask for languages that it has")
    rest = [tag for k, tag in enumerate(languages) if k not in (source, target)]
    return also_holding(texts.bitext(source, target), name, rest)


def _one_in(languages: Sequence[str], wanted: str, besides: Sequence[int | None]) -> int | None:
    """Which text is in a language; of those in any ("") the first in another language than those besides."""
    free = [k for k in range(len(languages)) if k not in besides]
    if wanted:
        exact = [k for k in free if languages[k].lower() == wanted.lower()]
        near = [k for k in free if primary(languages[k]) == primary(wanted)]
        unknown = [k for k in free if not is_known(languages[k])]
        return next(iter([*exact, *near, *unknown]), None)
    taken = {primary(languages[k]) for k in besides if k is not None}
    return next(iter([*(k for k in free if primary(languages[k]) not in taken), *free]), None)


def units(stream: IO[bytes], *, name: str) -> Iterator[Unit]:
    """The rows of JSON lines that `json_lines` wrote, or of a text a side. Raises UnreadableError."""
    for number, line in enumerate(lines_of(stream, name=name), 1):
        if line.strip():
            place = f"line {number}"
            try:
                yield _unit(json.loads(line), place)
            except PolyalignError:
                raise
            except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
                reason = str(error).partition("\n")[0]
                if isinstance(error, KeyError):
                    verb = "is" if len(error.args) == 1 else "are"
                    reason = f"{' and '.join(map(repr, error.args))} {verb} missing"
                raise UnreadableError(f"{name}: {place} is no pair of segments ({reason})") from error


def _unit(row: Any, place: str) -> Unit:
    """A unit. Raises TypeError, KeyError and ValueError, which name the field, for anything else."""
    if not isinstance(row, dict):
        raise TypeError("not an object")
    ids = row.get("source"), row.get("target")  # which are texts in the rows of other tools
    if not ("source_text" in row or "target_text" in row or any(isinstance(held, list) for held in ids)):
        return replace(_plain(row), place=place)
    score = _score(row)
    if score is not None and not 0 <= score <= 1:
        raise ValueError(f"'score' is {score}: it must be in 0 to 1, or null")
    source, target = _strings(row, "source_text"), _strings(row, "target_text")
    return Unit(
        source,
        target,
        score,
        _numbers(row, "source", len(source)),
        _numbers(row, "target", len(target)),
        str(row.get("source_language", "")),
        str(row.get("target_language", "")),
        str(row.get("boilerplate", "")),
        place,
        str(row.get("state") or ""),
        str(row.get("comment") or ""),
        _strings(row, "flags") if row.get("flags") else (),
        str(row.get("origin") or ""),
    )


def _plain(row: dict[str, Any]) -> Unit:
    """The row of another tool: {"source": "…", "target": "…"}, or {"translation": {"ar": "…", "en": "…"}}.

    A score that is no probability is another measure, and left out, as in tables.
    """
    if "translation" in row and "source" not in row:
        pairs = row["translation"]
        if not isinstance(pairs, dict) or len(pairs) != 2:
            raise TypeError("'translation' is no object of two languages, each with its text")
        (ours, source), (theirs, target) = ((tag, _string(pairs, tag)) for tag in pairs)
    else:
        if missing := [word for word in ("source", "target") if word not in row]:
            raise KeyError(*missing)
        source, target = _string(row, "source"), _string(row, "target")
        ours, theirs = (str(row.get(f"{side}_language") or "") for side in ("source", "target"))
    score, texts = _score(row), (kept(source), kept(target))
    probable = score is not None and 0 <= score <= 1 and all(texts)
    return Unit(*texts, score if probable else None, source_language=ours, target_language=theirs)


def _score(row: dict[str, Any]) -> float | None:
    """The score of a row, None where it has none."""
    score = row.get("score")
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise TypeError(f"'score' is {json.dumps(score)[:40]}, no number")
    return float(score)


def _string(row: dict[str, Any], what: str) -> str:
    value = row[what]
    if not isinstance(value, str):
        raise TypeError(f"{what!r} is {json.dumps(value)[:40]}, no string")
    return value


def _strings(row: dict[str, Any], what: str) -> tuple[str, ...]:
    value = row[what]
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError(f"{what!r} is no list of strings")
    return tuple(value)


def _numbers(row: dict[str, Any], what: str, count: int) -> tuple[int, ...]:
    value = row[what]
    sized = isinstance(value, list) and len(value) == count
    if not sized or not all(type(i) is int and i >= 0 for i in value):
        raise TypeError(f"{what!r} is no list of as many ids as '{what}_text' has texts")
    return tuple(value)
