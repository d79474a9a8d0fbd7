"""Which columns of a table from elsewhere are source, target and score, and in which languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from polyalign.errors import UnreadableError

SAMPLE = 100  # rows that are looked at

Record = tuple[str, Sequence[str]]  # where a row stands in its file, and its cells

_NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,20})?([eE][-+]?\d{1,3})?")
_SOURCE = frozenset("source src original l1 lang1 sentence1 text1 segment1 from".split())
_TARGET = frozenset("target tgt trg translation translated l2 lang2 sentence2 text2 segment2 to".split())
_TEXT = frozenset(("text", "sentence", "segment"))
_SCORE = frozenset("score scores similarity probability confidence quality cosine margin".split())
_COMMENT = frozenset("comment comments note notes remark remarks".split())
_STATE = frozenset(("state", "status"))
_NOT_TEXT = frozenset("id ids lang language locale file path url kind type date time length".split())
_ASIDE = _NOT_TEXT | _SCORE | _STATE | _COMMENT
_NAMES = dict(
    name.split("=")
    for name in (
        "arabic=ar chinese=zh czech=cs danish=da dutch=nl english=en finnish=fi french=fr german=de greek=el "
        "hebrew=he hindi=hi hungarian=hu indonesian=id italian=it japanese=ja korean=ko kurdish=ku "
        "norwegian=no persian=fa farsi=fa polish=pl portuguese=pt romanian=ro russian=ru spanish=es "
        "swedish=sv thai=th turkish=tr ukrainian=uk urdu=ur vietnamese=vi"
    ).split()
)
_TAG = re.compile(
    r"(a[abfkmnrsvyz]|b[aeghimnors]|c[aehorsuvy]|d[aevz]|e[elnostu]|f[afijory]|g[adlnuv]|h[aeiortuyz]"
    r"|i[adegikostuw]|j[av]|k[agijklmnorsuvwy]|l[abginotuv]|m[ghiklnrsty]|n[abdeglnorvy]|o[cjmrs]|p[ailst]"
    r"|qu|r[mnouw]|s[acdegiklmnoqrstuvw]|t[aeghiklnorstwy]|u[gkrz]|v[eio]|w[ao]|xh|y[io]|z[ahu]|yue|ckb)"
    r"([-_][a-z]{4})?([-_]([a-z]{2}|\d{3}))?"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns (from 0) of a table are what, and whether its first row says so."""

    source: int
    target: int
    score: int | None = None
    state: int | None = None
    comment: int | None = None
    languages: tuple[str, str] = ("", "")
    header: bool = False


def layout_of(rows: Sequence[Record], *, name: str) -> Layout:
    """The layout that the first row names, else what the columns hold.

    Without names, source and target are the first two columns that hold more than numbers, and a
    column of probabilities is the score. Raises UnreadableError for a table of one column.
    """
    titles = [cell.strip().lower() for cell in rows[0][1]]
    return _by_names(titles, _columns(rows[1 : SAMPLE + 1], len(titles))) or _by_content(rows, name)


def _columns(rows: Sequence[Record], width: int) -> list[list[str]]:
    """The cells of each column that are not empty."""
    return [[cells[i] for _, cells in rows if i < len(cells) and cells[i].strip()] for i in range(width)]


def _is_numeric(column: Sequence[str]) -> bool:
    return bool(column) and all(number(cell) is not None for cell in column)


def number(cell: str) -> float | None:
    """The number in a cell, "0,95" too; None for anything else."""
    return float(cell.strip().replace(",", ".")) if _NUMBER.fullmatch(cell.strip()) else None


def _by_names(titles: list[str], columns: Sequence[Sequence[str]]) -> Layout | None:
    """The layout these titles tell, None where they are none; "No" or "Nr" above numbers is no language."""
    words = [frozenset(re.findall(r"[a-z]+\d?", title)) for title in titles]
    languages = [language_of(title) for title in titles]
    texts = [i for i, found in enumerate(words) if found and not found & _ASIDE]
    texts = [i for i in texts if words[i] & (_SOURCE | _TARGET) or not _is_numeric(columns[i])]
    chosen = _by_role(texts, words) or _by_language(texts, titles, languages)
    if chosen is None:
        return None
    source, target = chosen
    score, state, comment = (
        next((i for i, found in enumerate(words) if found & kind), None)
        for kind in (_SCORE, _STATE, _COMMENT)
    )
    return Layout(source, target, score, state, comment, (languages[source], languages[target]), header=True)


def _by_role(texts: Sequence[int], words: Sequence[frozenset[str]]) -> tuple[int, int] | None:
    targets = [i for i in texts if words[i] & _TARGET and not words[i] & _SOURCE]
    sources = [i for i in texts if words[i] & _SOURCE] or [
        i for i in texts if words[i] & _TEXT and i not in targets
    ]
    return (sources[0], targets[0]) if sources and targets else None


def _by_language(
    texts: Sequence[int], titles: Sequence[str], languages: Sequence[str]
) -> tuple[int, int] | None:
    """The first two columns named after two languages; "id" is Indonesian only beside one other."""
    spoken = [i for i in texts if languages[i]]
    if len(spoken) == 1 and "id" in titles:
        spoken = sorted([*spoken, titles.index("id")])
    return (spoken[0], spoken[1]) if len({languages[i] for i in spoken[:2]}) == 2 else None


def language_of(title: str) -> str:
    """The language a column's title (in lower case) names: "pt-br", "source_pt", "portuguese (brazil)"."""
    if _TAG.fullmatch(title):
        main, *rest = re.split("[-_]", title)
        return "-".join([main, *(part.title() if len(part) == 4 else part.upper() for part in rest)])
    words = re.findall("[a-z]+", title)
    if len(words) > 3:
        return ""
    named = [_NAMES[word] for word in words if word in _NAMES]
    marked = words if set(words) & (_SOURCE | _TARGET | _TEXT) else []
    return next(iter([*named, *(word for word in marked if _TAG.fullmatch(word) and word != "to")]), "")


def _by_content(rows: Sequence[Record], name: str) -> Layout:
    columns = _columns(rows[:SAMPLE], len(rows[0][1]))
    texts = [i for i, column in enumerate(columns) if column and not _is_numeric(column)]
    if len(texts) < 2 <= len(columns):
        texts = [0, 1]
    if len(texts) < 2:
        raise UnreadableError(f"{name} has one column where a bitext has two: put a tab between them")
    scores = (i for i, column in enumerate(columns) if i not in texts[:2] and _is_score(column))
    return Layout(texts[0], texts[1], next(scores, None))


def _is_score(column: Sequence[str]) -> bool:
    numbers = [number(cell) for cell in column]
    return any(re.search("[.,]", cell) for cell in column) and all(
        found is not None and 0 <= found <= 1 for found in numbers
    )
