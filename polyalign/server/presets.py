"""Exports by the tool that they are for: what such a file holds, and what is left out of it."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from polyalign.errors import UsageError
from polyalign.parts import State
from polyalign.server.answers import ShownPreset
from polyalign.server.desk import OpenProject
from polyalign.server.exporting import Shape, made
from polyalign.server.rowflags import glossary_of
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
    kept = Counter(row.state for row in rows if row.aligned and row.keep)
    left = {
        "unreviewed": 0 if unreviewed else kept["auto"] + kept["needs-review"],
        "rejected": kept["rejected"],
        "not_kept": sum(row.aligned and not row.keep for row in rows),
        "alone": sum(not row.aligned for row in rows),
    }
    pairs = sum(kept[state] for state in (UNREVIEWED if unreviewed else REVIEWED))
    terms = len(glossary_of(project.store.terms(), project.languages(bitext)).terms)
    found = []
    for name, preset in PRESETS.items():
        holds_all = preset.format in ("vert", "xlsx")  # sentences without a counterpart, too
        left_out = {why: n for why, n in left.items() if n and not (why == "alone" and holds_all)}
        found.append(ShownPreset(name, preset.format, pairs, terms if preset.glossary else 0, left_out))
    return tuple(found)


def exported(project: OpenProject, bitext: int, name: str, *, unreviewed: bool) -> tuple[str, bytes]:
    """The file and its name: a zip where it is several. Raises UsageError where nothing would be in it."""
    if name not in PRESETS:
        raise UsageError(f"unknown preset {name!r}: use one of {' '.join(PRESETS)}")
    states = UNREVIEWED if unreviewed else REVIEWED
    rows = (row for row in project.store.rows(bitext) if row.aligned and row.keep and not row.deleted)
    if not any(row.state in states for row in rows):
        raise UsageError("no pair is confirmed yet: ask for those that nobody reviewed, too")
    preset, languages = PRESETS[name], project.languages(bitext)
    shape = Shape(preset.format, unaligned=preset.unaligned)
    file, data = shape.file_name(project.title(bitext)), made(project.exported(bitext, states), shape)
    terms = glossary_of(project.store.terms(), languages).terms if preset.glossary else ()
    if not preset.glossary or not (terms or preset.pairs_in):
        return file, data
    parts, base = {f"{preset.pairs_in}{file}": data}, file.rpartition(".")[0]
    if terms:
        suffix = preset.suffix or FORMATS[preset.glossary]
        text = written(terms, preset.glossary, languages=languages)
        if preset.glossary == "tsv":
            text = text.replace("|", ", ")  # OmegaT shows what is behind the tab as it is
        parts[f"{preset.glossary_in}{base}{suffix}"] = text.encode()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for part, data in parts.items():
            archive.writestr(zipfile.ZipInfo(part), data, zipfile.ZIP_DEFLATED)
    return f"{base}-{name}.zip", whole.getvalue()
