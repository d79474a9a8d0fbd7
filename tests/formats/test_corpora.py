"""TEI, and vertical text for (No)Sketch Engine and CWB: read by their own rules."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from lxml import etree

from polyalign.bitext import Bitext
from polyalign.errors import OutputError, UsageError
from polyalign.formats import dump, write
from polyalign.formats.bitexts.tei import document, links
from polyalign.formats.bitexts.vertical import beads, corpus_name, groups, mapping, text, tokens
from polyalign.formats.common import Options
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour, reviewed_harbour, side

XML = "{http://www.w3.org/XML/1998/namespace}"
TEI = {"t": "http://www.tei-c.org/ns/1.0"}


def parsed(pieces: Iterator[str]) -> etree._Element:
    return etree.fromstring("".join(pieces).encode("utf-8", "backslashreplace"))


@given(bitexts())
def test_every_link_leads_to_segments_that_are_there(bitext: Bitext) -> None:
    files = {"a b.tei": parsed(document(bitext.source)), "c.tei": parsed(document(bitext.target))}
    ids = {name: [s.get(f"{XML}id") for s in root.iter("{*}s")] for name, root in files.items()}
    assert all(len(set(held)) == len(held) for held in ids.values())
    found = parsed(links(bitext, Options(unaligned=True), "a b.tei", "c.tei"))
    told = []
    for link in found.iter("{*}link"):
        sides: dict[str, list[str]] = {}
        for pointer in link.get("target", "").split():
            name, _, wanted = pointer.partition("#")
            assert wanted in ids[unquote(name)]
            sides.setdefault(unquote(name), []).append(wanted)
        told.append((sides["a b.tei"], sides["c.tei"], link.get("type"), link.get("cert")))
    assert told == [
        ([f"s{i}" for i in b.source], [f"s{j}" for j in b.target], b.kind, f"{b.score:.4f}")
        for b in (row.bead for row in bitext.rows())
        if b
    ]
    alone = [ptr.get("target", "").partition("#")[2] for ptr in found.iter("{*}ptr")]
    assert len(alone) <= sum(row.bead is None for row in bitext.rows())


def test_tei_is_three_files_with_what_it_asks_for(tmp_path: Path) -> None:
    write(reviewed_harbour(), tmp_path / "out.tei")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.ar.tei", "out.en.tei", "out.tei"]
    roots = {path.name: etree.parse(str(path)).getroot() for path in tmp_path.iterdir()}
    for root in roots.values():
        assert root.tag == f"{{{TEI['t']}}}TEI"
        header = "t:teiHeader/t:fileDesc/t:"
        for part in ("titleStmt/t:title", "publicationStmt/t:p", "sourceDesc/t:p"):
            assert root.findtext(header + part, namespaces=TEI)
    arabic = roots["out.ar.tei"]
    assert arabic.get(f"{XML}lang") == "ar"
    assert [s.text for s in arabic.iter("{*}s")] == [s.shown for s in harbour().source.segments]
    assert [s.get("type") for s in arabic.iter("{*}s")] == [None, "caption", None, None]
    first, second, third = roots["out.tei"].iter("{*}link")
    assert first.get("target") == "out.ar.tei#s0 out.en.tei#s3"
    assert [link.get("subtype") for link in (first, second, third)] == [
        "confirmed",
        "needs-review",
        "rejected",
    ]
    assert second.get("type") == "1-2"


def vertical(pieces: Iterator[str]) -> list[tuple[str, str]]:
    """The sentences of a vertical file: id and text, by the rules of the format."""
    found: list[tuple[str, str]] = []
    glued = True
    for line in "".join(pieces).removesuffix("\n").split("\n"):
        if start := re.fullmatch(r'<s id="(\w+)"(?: type="[^"<>]*")?>', line):
            found.append((start[1], ""))
            glued = True
        elif line == "<g/>":
            glued = True
        elif not re.fullmatch(r"</s>|<doc( \w+=\"[^\"<>]*\")+>|</doc>", line):
            assert line
            assert not re.search(r"[<>\s]", line)
            token = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            found[-1] = (found[-1][0], found[-1][1] + ("" if glued else " ") + token)
            glued = False
    return found


def ranges(cell: str) -> list[int]:
    if cell == "-1":
        return []
    ends = [int(number) for number in cell.split(",")]
    return list(range(ends[0], ends[-1] + 1))


@given(bitexts())
def test_the_map_joins_what_belongs_together_and_goes_forward(bitext: Bitext) -> None:
    found = groups(bitext, unaligned=True)
    source = vertical(text(bitext.source, [one for one, _ in found]))
    target = vertical(text(bitext.target, [other for _, other in found]))
    told, seen = set(), ([-1], [-1])
    for line in "".join(mapping(found)).splitlines():
        cells = [ranges(cell) for cell in line.split("\t")]
        for numbers, before in zip(cells, seen, strict=True):
            assert numbers == [*range(before[-1] + 1, before[-1] + 1 + len(numbers))], "forward, without gaps"
            before.extend(numbers)
        told.add((frozenset(source[i][0] for i in cells[0]), frozenset(target[j][0] for j in cells[1])))
    assert (len(seen[0]) - 1, len(seen[1]) - 1) == (len(source), len(target))
    for own, held in ((bitext.source, source), (bitext.target, target)):
        assert sorted(name for name, _ in held) == sorted(f"s{s.id}" for s in own.segments if tokens(s.shown))
    worded = [
        {f"s{s.id}" for s in side.segments if tokens(s.shown)} for side in (bitext.source, bitext.target)
    ]
    for bead in bitext.beads:
        ids = {f"s{i}" for i in bead.source} & worded[0], {f"s{j}" for j in bead.target} & worded[1]
        assert any(ids[0] <= one and ids[1] <= other for one, other in told)


def test_five_files_for_three_tools(tmp_path: Path) -> None:
    write(harbour(), tmp_path / "my corpus.vert")
    names = ["ar-en.align", "ar.vert", "beads", "en-ar.align", "en.vert"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"my corpus.{name}" for name in names]
    held = {name: (tmp_path / f"my corpus.{name}").read_text(encoding="utf-8") for name in names}
    assert held["ar-en.align"] == "0\t0\n-1\t1\n1\t-1\n2\t2,3\n3\t4\n"
    assert held["en-ar.align"] == "0\t0\n1\t-1\n-1\t1\n2,3\t2\n4\t3\n"
    assert held["beads"] == "MY_CORPUS_AR\tMY_CORPUS_EN\ts\t{id}\ns0\ts3\ns2\ts1 s2\ns3\ts0\n"
    assert held["en.vert"].startswith('<doc file="news/en.txt" lang="en">\n<s id="s3">\nThe\nminister\n')
    assert "Line\n&amp;\nSons\n" in held["en.vert"]
    assert '<s id="s1" type="caption">\nصورة\n<g/>\n:\nوكالة\n</s>' in held["ar.vert"]
    write(harbour(), tmp_path / "b.vert", unaligned=False)
    assert (tmp_path / "b.ar-en.align").read_text() == "0\t0\n1\t1,2\n2\t3\n"


def test_rows_that_share_a_segment_are_one() -> None:
    three = side("tr", ["bir", "iki", "üç"])
    found = groups(
        Bitext(
            three,
            side("en", ["one", "two", "three"]),
            (Bead((0,), (1,), 1), Bead((1,), (0,), 1), Bead((1, 2), (1, 2), 1)),
        ),
        unaligned=True,
    )
    assert "".join(mapping(found)) == "0,2\t0,2\n"
    assert "".join(beads(found, ("A", "B"))).splitlines()[1] == "s0 s1 s2\ts0 s1 s2"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Türkiye'nin 38,05 milyonu", ["Türkiye'nin", "38,05", "milyonu"]),
        ("قُلْتُ: ٣٫٥ (نعم)", ["قُلْتُ", ":", "٣٫٥", "(", "نعم", ")"]),
        ("see https://a.b/c?d=1, now", ["see", "https://a.b/c?d=1,", "now"]),
        ("今天下雨。", ["今", "天", "下", "雨", "。"]),
        ("a\u200fb \u2067c\u2069 <g/>", ["a", "b", "c", "<", "g", "/", ">"]),
        (" \u200e ", []),
        ("3rd re-run", ["3rd", "re-run"]),
    ],
)
def test_tokens(line: str, expected: list[str]) -> None:
    assert [token for token, _ in tokens(line)] == expected


def test_names_of_corpora() -> None:
    assert [corpus_name(name) for name in ("baku.1_ar", "2024_en", "نص_ar")] == [
        "BAKU_1_AR",
        "C2024_EN",
        "C___AR",
    ]


@pytest.mark.parametrize("name", ["tei", "vert", "moses"])
def test_files_that_belong_together_are_all_there_or_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is .* files, which no stream holds"):
        dump(harbour(), io.BytesIO(), format=name)
    with pytest.raises(OutputError, match="make its folder first"):
        write(harbour(), tmp_path / "none" / f"a.{name}")
    (tmp_path / ("a.en.tei" if name == "tei" else "a.en.vert" if name == "vert" else "a.en")).mkdir()
    with pytest.raises(OutputError):
        write(harbour(), tmp_path / f"a.{name}")
    assert len(list(tmp_path.iterdir())) == 1
