"""Which columns of a table from elsewhere are source, target and score, and in which languages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from polyalign.errors import UnreadableError
from polyalign.folding import unmarked
from polyalign.formats.bitexts.numberformats import ShownNumber
from polyalign.formats.common import Asked, Detect
from polyalign.tags import UNDETERMINED, primary

SAMPLE = 100  # rows that are looked at

Record = tuple[str, Sequence[str]]  # where a row stands in its file, and its cells

_MARKS = ".,;:!?…\"'()[]«»“”‘’،؛؟¿¡-–—。、！？"
_NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,20})?([eE][-+]?\d{1,3})?")

_TAG = re.compile(
    r"(a[abfkmnrsvyz]|b[aeghimnors]|c[aehorsuvy]|d[aevz]|e[elnostu]|f[afijory]|g[adlnuv]|h[aeiortuyz]"
    r"|i[adegikostuw]|j[av]|k[agijklmnorsuvwy]|l[abginotuv]|m[ghiklnrsty]|n[abdeglnorvy]|o[cjmrs]|p[ailst]"
    r"|qu|r[mnouw]|s[acdegiklmnoqrstuvw]|t[aeghiklnorstwy]|u[gkrz]|v[eio]|w[ao]|xh|y[io]|z[ahu]|yue|ckb)"
    r"([-_][a-z]{4})?([-_]([a-z]{2}|\d{3}))?"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns (from 0) of a table are what, and whether its first row says so.

    `others` are the languages of columns that are neither source nor target.
    """

    source: int
    target: int
    score: int | None = None
    state: int | None = None
    comment: int | None = None
    languages: tuple[str, str] = ("", "")
    header: bool = False
    others: tuple[str, ...] = ()


@cache
def _headings() -> tuple[dict[str, frozenset[str]], dict[str, str], dict[str, str]]:
    """The words of headings by what they say, and the names of languages with their tags, both folded.

    Then the English names of languages by their tags.
    """
    data = tomllib.loads(Path(__file__).with_name("headings.toml").read_text(encoding="utf-8"))
    words = {kind: frozenset(map(_plain, " ".join(said).split())) for kind, said in data["words"].items()}
    names = {_plain(name): tag for tag, names in data["languages"].items() for name in names.split()}
    english = {tag: names.split()[0].capitalize() for tag, names in data["languages"].items()}
    return words, names, english


def _plain(title: str) -> str:
    """A title in small letters without accents, whatever language it is in."""
    return unmarked(title.strip().lower()).replace("ı", "i")


def layout_of(rows: Sequence[Record], *, name: str, asked: Asked = ("", ""), detect: Detect = None) -> Layout:
    """The layout that the first row names, else what the columns hold.

    Of columns in several languages, those asked for ("": any) are taken. Without names, source and
    target are the columns that `detect` finds to be in the languages asked for, else the first two that
    hold more than numbers, and a column of probabilities is the score. Raises UnreadableError for a
    table of one column.
    """
    titles = [_plain(cell) for cell in rows[0][1]]
    columns = _columns(rows[1 : SAMPLE + 1], len(titles))
    return _by_names(titles, columns, asked) or _by_content(rows, name, asked, detect)


def _columns(rows: Sequence[Record], width: int) -> list[list[str]]:
    """The cells of each column that are not empty."""
    return [[cells[i] for _, cells in rows if i < len(cells) and cells[i].strip()] for i in range(width)]


def _is_numeric(column: Sequence[str]) -> bool:
    return bool(column) and all(number(cell) is not None for cell in column)


def number(cell: str) -> float | None:
    """The number in a cell, "0,95" too; None for anything else."""
    if isinstance(cell, ShownNumber):
        return cell.exact
    return float(cell.strip().replace(",", ".")) if _NUMBER.fullmatch(cell.strip()) else None


def _by_names(titles: list[str], columns: Sequence[Sequence[str]], asked: Asked) -> Layout | None:
    """The layout these titles tell, None where they are none; "No" or "Nr" above numbers is no language."""
    said, names, _ = _headings()
    words = [frozenset(re.findall(r"[^\W\d_]+\d?", title)) for title in titles]
    languages = [language_of(title) for title in titles]
    aside = said["aside"] | said["score"] | said["state"] | said["comment"]
    texts = [i for i, found in enumerate(words) if found and (not found & aside or titles[i] in names)]
    texts = [i for i in texts if words[i] & (said["source"] | said["target"]) or not _is_numeric(columns[i])]
    chosen = _by_language(texts, titles, languages, asked) if any(asked) else None
    chosen = chosen or _by_role(texts, words) or _by_language(texts, titles, languages, ("", ""))
    if chosen is None:
        return None
    source, target = chosen
    score, state, comment = (
        next((i for i, found in enumerate(words) if found & said[kind] and i not in chosen), None)
        for kind in ("score", "state", "comment")
    )
    pair = (languages[source], languages[target])
    others = dict.fromkeys(languages[i] for i in texts if languages[i] and languages[i] not in pair)
    return Layout(source, target, score, state, comment, pair, header=True, others=tuple(others))


def language_name(tag: str) -> str:
    """The English name of a language, "Portuguese (pt-BR)" for a tag that says more; the tag if unknown."""
    name = _headings()[2].get(primary(tag), "")
    return f"{name} ({tag})" if name and tag.lower() != primary(tag) else name or tag


def _by_role(texts: Sequence[int], words: Sequence[frozenset[str]]) -> tuple[int, int] | None:
    """The columns that are called source and target; of several, those that say the least besides."""
    said = _headings()[0]
    targets = [i for i in texts if words[i] & said["target"] and not words[i] & said["source"]]
    sources = [i for i in texts if words[i] & said["source"] and not words[i] & said["target"]]
    sources = sources or [i for i in texts if words[i] & said["source"]]
    sources = sources or [i for i in texts if words[i] & said["text"] and i not in targets]
    if not (sources and targets):
        return None
    return min(sources, key=lambda i: len(words[i])), min(targets, key=lambda i: len(words[i]))


def _by_language(
    texts: Sequence[int], titles: Sequence[str], languages: Sequence[str], asked: Asked
) -> tuple[int, int] | None:
    """The first two columns named after two languages, those asked for if any are.

    Of several columns in one language the one that says the least besides counts. "id" is Indonesian
    only beside one other.
    """
    held: dict[str, int] = {}
    for i in sorted(texts, key=lambda i: len(titles[i].split())):
        if languages[i]:
            held.setdefault(languages[i], i)
    if len(held) == 1 and "id" in titles:
        held["id"] = titles.index("id")
    first = _column_in(held, asked[0], besides=asked[1])
    rest = {tag: i for tag, i in held.items() if i != first}
    ours = asked[0] or next((tag for tag, i in held.items() if i == first), "")
    second = _column_in(rest, asked[1], besides=ours)
    if second is None and not asked[1]:
        second = min(rest.values(), default=None)  # two varieties of one language
    if first is None or second is None:
        return None
    return (second, first) if not any(asked) and second < first else (first, second)


def _column_in(held: Mapping[str, int], wanted: str, *, besides: str) -> int | None:
    """The column in a language, exactly or nearly; the first in another than `besides` if none is wanted."""
    if not wanted:
        others = [i for tag, i in held.items() if not besides or primary(tag) != primary(besides)]
        return min(others, default=None)
    exact = [i for tag, i in held.items() if tag.lower() == wanted.replace("_", "-").lower()]
    return min(exact or [i for tag, i in held.items() if primary(tag) == primary(wanted)], default=None)


def language_of(title: str) -> str:
    """The language a column's title (in small letters) names: "pt-br", "source_pt", "portuguese (brazil)"."""
    if _TAG.fullmatch(title):
        main, *rest = re.split("[-_]", title)
        return "-".join([main, *(part.title() if len(part) == 4 else part.upper() for part in rest)])
    said, names, _ = _headings()
    words = re.findall(r"[^\W\d_]+", title)
    if len(words) > 3:
        return ""
    named = [names[word] for word in words if word in names]
    marked = words if set(words) & (said["source"] | said["target"] | said["text"]) else []
    return next(iter([*named, *(word for word in marked if _TAG.fullmatch(word) and word != "to")]), "")


def _by_content(rows: Sequence[Record], name: str, asked: Asked, detect: Detect) -> Layout:
    columns = _columns(rows[:SAMPLE], len(rows[0][1]))
    texts = [i for i, column in enumerate(columns) if column and not _is_numeric(column)]
    if len(texts) < 2 <= len(columns):
        texts = [0, 1]
    if len(texts) < 2:
        raise UnreadableError(f"{name} has one column where a bitext has two: put a tab between them")
    tags: dict[str, int] = {}
    for i in texts if detect and len(texts) > 2 else ():
        tags.setdefault(_told(columns[i], detect), i)
    tags.pop(UNDETERMINED, None)
    languages = [next((tag for tag, i in tags.items() if i == k), "") for k in range(len(columns))]
    chosen = _by_language(list(tags.values()), [""] * len(columns), languages, asked)
    source, target = chosen or (texts[0], texts[1])
    scores = (i for i, column in enumerate(columns) if i not in (source, target) and _is_score(column))
    others = tuple(tag for tag, i in tags.items() if chosen and i not in chosen)
    return Layout(source, target, next(scores, None), others=others)


def _told(column: Sequence[str], detect: Detect) -> str:
    """The language of a column that holds text; of keys, which have hardly a letter without a mark, none."""
    words = [word for cell in column for word in cell.split()]
    plain = sum(word.strip(_MARKS).isalpha() for word in words)
    return detect("\n".join(column)) if detect and plain * 2 > len(words) else UNDETERMINED


def _is_score(column: Sequence[str]) -> bool:
    numbers = [number(cell) for cell in column]
    return any(re.search("[.,%]", cell) for cell in column) and all(
        found is not None and 0 <= found <= 1 for found in numbers
    )
