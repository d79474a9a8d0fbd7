"""Exports by the tool that they are for: what such a file holds, and what is left out of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from polyalign.errors import UsageError
from polyalign.parts import State
from polyalign.server.answers import ShownPreset
from polyalign.server.desk import OpenProject
from polyalign.server.exporting import Shape, made
from polyalign.server.rowflags import glossary_of
from polyalign.store import ReviewRow
from polyalign.terms import FORMATS, written

REVIEWED: frozenset[State] = frozenset(("confirmed",))
UNREVIEWED: frozenset[State] = frozenset(("confirmed", "auto", "needs-review"))


@dataclass(frozen=True, slots=True)
class Preset:
    """A format for the pairs, and one for the glossary beside them, with the places of both in a zip."""

    format: str
    glossary: str = ""
    pairs_in: str = ""
    glossary_in: str = ""
    unaligned: bool | None = None
    suffix: str = ""


PRESETS: Mapping[str, Preset] = {
    "omegat": Preset("tmx", "tsv", "tm/", "glossary/", suffix=".utf8"),
    "trados": Preset("tmx", "tbx"),
    "memoq": Preset("tmx", "tbx"),
    "phrase": Preset("tmx", "tbx"),
    "sketch": Preset("vert", unaligned=True),
    "colleague": Preset("xlsx"),
}


def shown(project: OpenProject, bitext: int, *, unreviewed: bool) -> tuple[ShownPreset, ...]:
    """Each preset with what it would hold now, and what would be left out and why."""
    rows = [row for row in project.store.rows(bitext) if not row.deleted]
    pairs = [row for row in rows if row.aligned]
    held = [row for row in pairs if _is_held(row, unreviewed=unreviewed)]
    left = {
        "unreviewed": sum(row.keep and row.state in ("auto", "needs-review") for row in pairs),
        "rejected": sum(row.keep and row.state == "rejected" for row in pairs),
        "not_kept": sum(not row.keep for row in pairs),
        "alone": sum(not row.aligned for row in rows),
    }
    left["unreviewed"] *= not unreviewed
    terms = glossary_of(project.store.terms(), project.languages(bitext)).terms
    return tuple(
        ShownPreset(
            name,
            preset.format,
            len(held),
            len(terms) if preset.glossary else 0,
            {
                why: count
                for why, count in left.items()
                if count and not (why == "alone" and _with_rest(name))
            },
        )
        for name, preset in PRESETS.items()
    )


def _is_held(row: ReviewRow, *, unreviewed: bool) -> bool:
    return row.keep and row.state in (UNREVIEWED if unreviewed else REVIEWED)


def _with_rest(name: str) -> bool:
    """Whether sentences without a counterpart are in it, too."""
    return PRESETS[name].format in ("vert", "xlsx")


def exported(project: OpenProject, bitext: int, name: str, *, unreviewed: bool) -> tuple[str, bytes]:
    """The file and its name: a zip where it is several. Raises UsageError where nothing would be in it."""
    if name not in PRESETS:
        raise UsageError(f"unknown preset {name!r}: use one of {' '.join(PRESETS)}")
    if not any(one.pairs for one in shown(project, bitext, unreviewed=unreviewed)):
        raise UsageError("no pair is confirmed yet: ask for those that nobody reviewed, too")
    preset, languages = PRESETS[name], project.languages(bitext)
    found = project.store.bitext(
        bitext,
        states=UNREVIEWED if unreviewed else REVIEWED,
        flags=lambda row: project.flags.lines(row, languages),
        stamped=True,
    )
    shape = Shape(preset.format, unaligned=preset.unaligned)
    stem = project.listed(bitext).name or project.store.name
    file, data = shape.file_name(stem), made(found, shape)
    terms = glossary_of(project.store.terms(), languages).terms if preset.glossary else ()
    if not preset.glossary or not (terms or preset.pairs_in):
        return file, data
    parts = {f"{preset.pairs_in}{file}": data}
    if terms:
        suffix = preset.suffix or FORMATS[preset.glossary]
        base = file.rpartition(".")[0]
        text = written(terms, preset.glossary, languages=languages)
        if preset.glossary == "tsv":
            text = text.replace("|", ", ")  # OmegaT shows what is behind the tab as it is
        parts[f"{preset.glossary_in}{base}{suffix}"] = text.encode()
    return f"{file.rpartition('.')[0]}-{name}.zip", _zipped(parts.items())


def _zipped(parts: Iterable[tuple[str, bytes]]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()
