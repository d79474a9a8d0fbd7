"""Files of a folder, read with polyalign beside an independent reading: what came through wholly, by kind.

    python benchmarks/realfiles.py FOLDER [--verbose] [--json FILE]

The independent reading is plain XML and ZIP (Python's own), with no code of ours. Of TMX and XLIFF it says

text        every letter and digit outside of codes, in the two languages that were taken, and no others
codes       all inline codes; tags of elements that no standard knows count as such
languages   that the two are among those which the file states
beside      notes, properties, suggestions and attributes of units, compared after writing the same format
back        the text and the codes of the file that was written

and of DOCX and ODT the text. A file is wholly through if all of these hold. What polyalign refuses and the
independent reading cannot read either is no file of its kind, and left out; other kinds are not judged.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from common import markdown, save

import polyalign
from polyalign.bitext import Bitext
from polyalign.errors import PolyalignError
from polyalign.formats import write
from polyalign.parts import Side

NATIVE = ("bpt", "ept", "it", "ph", "ut")
EMPTY = ("x", "bx", "ex", "sc", "ec", "sm", "em", "cp")
PAIRS = ("g", "pc", "hi", "mrk")
CHECKS = ("text", "codes", "languages", "beside", "back")
HEAD = ("kind", "files", "refused", *CHECKS, "wholly")
OURS = ("x-polyalign", "x-status", "x-source-file", "x-target-file")
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
Element = ElementTree.Element


@dataclass
class Held:
    """What the independent reading finds: letters and codes by language, and what stands beside texts."""

    letters: dict[str, Counter[str]]
    codes: Counter[str]
    beside: Counter[str]

    def add(self, language: str, element: Element) -> None:
        text, codes = walked(element)
        self.letters.setdefault(language, Counter()).update(filter(str.isalnum, text))
        self.codes[language] += codes


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def walked(element: Element) -> tuple[str, int]:
    """The text of a segment outside of codes, and the number of its codes."""
    text, codes = element.text or "", 0
    space = element.tag.rpartition("}")[0]
    for part in element:
        name = local(part) if part.tag.rpartition("}")[0] == space else ""
        inner, count = walked(part)
        if name == "mrk" and part.get("mtype") == "seg":
            text, codes = text + inner, codes + count
        elif name in PAIRS:
            text, codes = text + inner, codes + count + 2
        elif name in NATIVE:
            codes += 1
            for sub in part:
                subtext, subcodes = walked(sub)
                text, codes = text + subtext, codes + subcodes + bool(sub.tail)
                codes += 0 if local(sub) == "sub" else 1 if not len(sub) and not sub.text else 2
        elif name in EMPTY:
            codes += 1
        else:
            text, codes = text + inner, codes + count + (2 if len(part) or part.text else 1)
        text += part.tail or ""
    return text, codes


def tmx(root: Element, _: Bitext) -> Held:
    """All units; those of three languages and more say things that a file of two does not."""
    held = Held({}, Counter(), Counter())
    for unit in root.iter():
        if local(unit) != "tu":
            continue
        held.beside.update(stated(unit, ("srclang",)))
        for variant in (child for child in unit if local(child) == "tuv"):
            language = (variant.get(LANG) or variant.get("lang") or "").lower()
            held.beside.update(stated(variant, (LANG, "lang")))
            for seg in (child for child in variant if local(child) == "seg"):
                held.add(language, seg)
    return held


def stated(element: Element, but: tuple[str, ...]) -> Iterator[str]:
    """The attributes, properties and notes of a unit, but for ours."""
    yield from (f"{local(element)}@{k}={v}" for k, v in element.attrib.items() if k not in but)
    for child in element:
        kind = child.get("type", "")
        if local(child) in ("prop", "note") and not kind.startswith(OURS):
            yield f"{local(child)} {kind} {(child.text or '').strip()}"


def xliff(root: Element, bitext: Bitext) -> Held:
    """The units of the files in the languages that were taken, in either order."""
    wanted = {primary(bitext.source.language), primary(bitext.target.language)}
    held = Held({}, Counter(), Counter())
    tags = (root.get("srcLang", ""), root.get("trgLang", ""))
    for file in (e for e in root.iter() if local(e) == "file"):
        pair = (file.get("source-language") or tags[0], file.get("target-language") or tags[1])
        if not {primary(tag) for tag in pair if tag} <= wanted:
            continue
        for unit in (e for e in file.iter() if local(e) in ("trans-unit", "unit")):
            held.beside.update(said_of(unit))
            holders = [unit] if local(unit) == "trans-unit" else [e for e in unit if local(e) == "segment"]
            for holder in holders:
                for name, tag in zip(("source", "target"), pair, strict=True):
                    for side in (child for child in holder if local(child) == name):
                        held.add((side.get(LANG) or tag).replace("_", "-").lower(), side)
    return held


def said_of(unit: Element) -> Iterator[str]:
    own = {k: v for k, v in unit.attrib.items() if local_name(k) in ("id", "resname", "name")}
    yield from (f"unit@{k}={v}" for k, v in own.items())
    for child in unit.iter():
        ours = any("polyalign" in value for value in child.attrib.values())
        if local(child) in ("note", "alt-trans", "match") and not ours:
            yield f"{local(child)} {''.join(child.itertext()).strip()}"


def primary(tag: str) -> str:
    return tag.replace("_", "-").lower().partition("-")[0]


def local_name(name: str) -> str:
    return name.rpartition("}")[2]


def letters_of(side: Side) -> Counter[str]:
    return Counter(c for segment in side.segments for c in segment.text if c.isalnum())


def judged(path: Path, read: Callable[[Element, Bitext], Held], form: str, folder: Path) -> dict[str, bool]:
    """Which of CHECKS hold of a file. Raises PolyalignError, ParseError."""
    bitext = polyalign.read_bitext(path)
    theirs = read(ElementTree.fromstring(path.read_bytes()), bitext)
    again = folder / f"again{'.tmx' if form == 'tmx' else '.xlf'}"
    write(bitext, again, format=form, unaligned=True)
    back = read(ElementTree.fromstring(again.read_bytes()), bitext)
    sides = (bitext.source, bitext.target)
    return {
        "text": all(same(of(theirs.letters, side.language), letters_of(side)) for side in sides),
        "codes": all(sum(of(numbers(theirs), side.language).values()) <= count_of(side) for side in sides),
        "languages": all(not s.segments or of(theirs.letters, s.language) is not NONE for s in sides),
        "beside": not (theirs.beside - back.beside) if two_languages(theirs, bitext) else True,
        "back": all(
            same(of(held(theirs), side.language), of(held(back), side.language))
            for side in sides
            for held in (lambda h: h.letters, numbers)
        ),
    }


def same(theirs: Counter[str], ours: Counter[str]) -> bool:
    """Whether nothing is missing, and nothing new there; variants of a unit repeat its other side."""
    return not theirs - ours and set(+ours) <= set(theirs)


NONE: Counter[str] = Counter()


def of(held: Mapping[str, Counter[str]], language: str) -> Counter[str]:
    """What a file has in a language: in exactly that one, else in all of its kind."""
    exact = held.get(language.lower())
    if exact is not None:
        return exact
    kind = language.lower().partition("-")[0]
    found = [value for tag, value in held.items() if tag.partition("-")[0] == kind]
    return sum(found, Counter()) if found else NONE


def numbers(held: Held) -> dict[str, Counter[str]]:
    return {tag: Counter({"codes": held.codes[tag]}) for tag in held.letters}


def count_of(side: Side) -> int:
    return sum(len(segment.codes) for segment in side.segments)


def two_languages(held: Held, bitext: Bitext) -> bool:
    return len(held.letters) <= len({bitext.source.language, bitext.target.language})


def document(path: Path, member: str, text: tuple[str, ...], without: tuple[str, ...]) -> dict[str, bool]:
    """Whether all text of a Word or OpenDocument file is there."""
    root = ElementTree.fromstring(zipfile.ZipFile(path).read(member))

    def said(element: Element, inside: bool) -> Iterator[str]:
        if local(element) in without:
            return
        inside = inside or local(element) in text
        if inside:
            yield element.text or ""
        for child in element:
            yield from said(child, inside)
            if inside:
                yield child.tail or ""

    theirs = Counter(c for part in said(root, False) for c in part if c.isalnum())
    return {"text": not theirs - Counter(c for c in polyalign.read(path).text if c.isalnum())}


def kind_of(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in (".docx", ".odt"):
        return suffix[1:].upper()
    try:
        for _, element in ElementTree.iterparse(path, ("start",)):
            return {"tmx": "TMX", "xliff": "XLIFF"}.get(local(element), "")
    except (ElementTree.ParseError, OSError, ValueError):
        return ""
    return ""


def result(path: Path, kind: str, folder: Path) -> dict[str, bool]:
    if kind == "DOCX":
        return document(path, "word/document.xml", ("t",), ("del", "AlternateContent", "moveFrom"))
    if kind == "ODT":
        return document(path, "content.xml", ("p", "h"), ("tracked-changes", "annotation", "note"))
    second = kind == "XLIFF" and b"xliff:document:2" in path.read_bytes()[:4000]
    form = "tmx" if kind == "TMX" else "xliff" if second else "xliff1"
    return judged(path, tmx if kind == "TMX" else xliff, form, folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="name every file that is not wholly through")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(p for p in options.folder.rglob("*") if p.is_file()):
            if not (kind := kind_of(path)):
                continue
            own = counts.setdefault(kind, Counter())
            try:
                found = result(path, kind, Path(folder))
            except (ElementTree.ParseError, zipfile.BadZipFile, KeyError):
                continue
            except PolyalignError as error:
                own.update(("files", "refused"))
                print(f"refused: {error}", file=sys.stderr)
                continue
            own.update(("files", *(check for check in CHECKS if found.get(check, True))))
            own["wholly"] += all(found.values())
            if options.verbose and not all(found.values()):
                lacks = ", ".join(check for check, holds in found.items() if not holds)
                print(f"{path}: {lacks}", file=sys.stderr)
    rows = [(kind, *(own[word] for word in HEAD[1:])) for kind, own in sorted(counts.items())]
    print(markdown(HEAD, [[str(cell) for cell in row] for row in rows]))
    save(options.json, [dict(zip(HEAD, row, strict=True)) for row in rows])


if __name__ == "__main__":
    main()
