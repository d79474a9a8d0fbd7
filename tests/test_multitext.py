"""Several texts side by side: nothing lost, two by two as before, and every format read back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from polyalign import Aligner, Bitext, Document, read
from polyalign.cli import main
from polyalign.errors import InputError, UsageError
from polyalign.formats import multitext, read_bitext
from polyalign.formats.validation import validate
from polyalign.multitext import MultiText, joined, paired
from polyalign.parts import Bead, Segment, Side
from tests.helpers.places import DATA, SEEDS

LANGUAGES = ("ar", "tr", "en")
PATHS = (SEEDS / "baku.ar.txt", DATA / "baku.tr.txt", SEEDS / "baku.en.txt")


@pytest.fixture(name="baku", scope="module")
def _baku() -> SimpleNamespace:
    documents = [read(path, language=tag) for path, tag in zip(PATHS, LANGUAGES, strict=True)]
    bitexts = dict(paired(documents, Aligner().pair))
    return SimpleNamespace(documents=documents, bitexts=bitexts, joined=joined(documents, bitexts))


def whole(found: MultiText, documents: list[Document]) -> None:
    """Every segment is in one row, in order, and the text at its place."""
    for text, (side, document) in enumerate(zip(found.sides, documents, strict=True)):
        assert sorted(i for row in found.rows for i in row.ids[text]) == [s.id for s in side.segments]
        assert [s.id for s in side.segments] == list(range(len(side.segments)))
        for s in side.segments:
            assert document.text[s.start : s.end] == s.text
        ends = [s.end for s in side.segments]
        assert ends == sorted(ends)


def test_nothing_is_lost_or_told_twice(baku: SimpleNamespace) -> None:
    whole(baku.joined, baku.documents)
    assert sum(all(row.ids) for row in baku.joined.rows) >= 5


def test_rows_hold_what_says_the_same_in_three_languages(baku: SimpleNamespace) -> None:
    said = [[" ".join(s.text for s in part) for part in baku.joined.texts(row)] for row in baku.joined.rows]
    for words in (
        ("أربعين ألفاً", "40 bini", "40,000"),
        ("فلسطينية مستقلة", "bağımsız bir Filistin", "independent"),
    ):
        assert any(all(word in text for word, text in zip(words, row, strict=True)) for row in said)


def test_dropping_one_text_gives_the_pairs_of_the_others_or_better(baku: SimpleNamespace) -> None:
    """Characters of the Arabic and English gold that stand in one row, as in the bitext of the two alone."""
    gold = json.loads((SEEDS / "baku.gold.json").read_text(encoding="utf-8"))
    joint = [
        (" ".join(s.text for s in parts[0]), " ".join(s.text for s in parts[2]))
        for parts in map(baku.joined.texts, baku.joined.rows)
    ]
    alone = baku.bitexts[0, 2]
    pairs = [
        (" ".join(s.text for s in row.source), " ".join(s.text for s in row.target)) for row in alone.rows()
    ]

    def found(rows: list[tuple[str, str]]) -> int:
        beads = gold["beads"]
        texts = [[" ".join(bead[side]) for side in ("source", "target")] for bead in beads]
        return sum(any(ours in row[0] and theirs in row[1] for row in rows) for ours, theirs in texts)

    assert found(joint) >= found(pairs) >= 5


def test_two_texts_are_their_bitext(baku: SimpleNamespace) -> None:
    documents = [baku.documents[0], baku.documents[2]]
    alone = baku.bitexts[0, 2]
    found = joined(documents, {(0, 1): alone})
    rows = {row.ids: row.score for row in found.rows if row.score is not None}
    assert rows == {(bead.source, bead.target): bead.score for bead in alone.beads}


def linked(size: int, beads: list[tuple[int, int, float]], texts: list[Document]) -> Bitext:
    sides = [Side(d.language or "", d.segments or ()) for d in texts]
    assert size
    return Bitext(sides[0], sides[1], tuple(Bead((i,), (j,), score) for i, j, score in beads))


BEADS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 1)), max_size=8)


@given(st.lists(BEADS, min_size=3, max_size=3))
@settings(deadline=None)
def test_any_bitexts_are_joined_into_rows_that_hold_everything_once(
    beads: list[list[tuple[int, int, float]]],
) -> None:
    documents = [Document.from_segments([f"{tag}{i}" for i in range(6)], language=tag) for tag in LANGUAGES]
    pairs = list(combinations(range(3), 2))
    bitexts = {
        pair: linked(6, own, [documents[k] for k in pair]) for pair, own in zip(pairs, beads, strict=True)
    }
    found = joined(documents, bitexts)
    whole(found, documents)
    assert all((row.score is None) == (sum(map(bool, row.ids)) == 1) for row in found.rows)
    for row in found.rows:
        for ids in row.ids:
            assert not ids or list(ids) == list(range(ids[0], ids[-1] + 1))


def test_the_better_pair_contradicts_the_others() -> None:
    documents = [Document.from_segments([f"{tag}{i}" for i in range(6)], language=tag) for tag in LANGUAGES]
    found = joined(
        documents,
        {
            (0, 1): linked(6, [(0, 0, 0.9)], documents[:2]),
            (0, 2): linked(6, [(0, 5, 0.3)], [documents[0], documents[2]]),
            (1, 2): linked(6, [(0, 1, 0.8)], documents[1:]),
        },
    )
    rows = [(row.ids, row.score) for row in found.rows if row.score is not None]
    assert rows == [(((0,), (0,), (1,)), 0.8)]
    assert "1 of 3 beads are left out, as better ones contradict them" in found.notes


def written(found: MultiText, form: str) -> bytes:
    return b"".join(multitext.pieces(found, form))


def test_every_format_holds_every_text(baku: SimpleNamespace, tmp_path: Path) -> None:
    found = baku.joined
    data = json.loads(written(found, "json"))
    assert [row["segments"] for row in data["rows"]] == [[list(ids) for ids in row.ids] for row in found.rows]
    lines = written(found, "tsv").decode().splitlines()
    assert lines[0] == "score\tar\ttr\ten"
    assert len(lines) == 1 + len(found.rows)
    units = etree.fromstring(written(found, "tmx")).findall(".//tu")
    shared = [row for row in found.rows if sum(map(bool, row.ids)) > 1]
    assert [len(unit.findall("tuv")) for unit in units] == [sum(map(bool, row.ids)) for row in shared]
    page = html.fromstring(written(found, "html"))
    assert [td.get("dir") for td in page.xpath("//tbody/tr[1]/td")] == [None, "rtl", "ltr", "ltr"]
    assert len(page.xpath("//tbody/tr")) == len(found.rows)
    sheet = zipfile.ZipFile(io.BytesIO(written(found, "xlsx"))).read("xl/worksheets/sheet1.xml")
    assert len(etree.fromstring(sheet).findall(".//{*}row")) == 1 + len(found.rows)
    multitext.write(found, str(tmp_path / "out.tmx"), "tmx")
    turkish = read_bitext(tmp_path / "out.tmx", languages=("tr", "en"))
    assert len(turkish.beads) == sum(bool(row.ids[1] and row.ids[2]) for row in found.rows)


@pytest.mark.parametrize("form", ["json", "tsv", "tmx", "xlsx"])
@pytest.mark.parametrize("asked", [("", ""), ("tr", "en"), ("en", ""), ("", "tr"), ("en", "ar")])
def test_what_was_written_is_read_two_by_two(
    baku: SimpleNamespace, tmp_path: Path, form: str, asked: tuple[str, str]
) -> None:
    path = tmp_path / f"out.{form}"
    multitext.write(baku.joined, str(path), form)
    assert form in ("tsv", "xlsx") or validate(path) == []
    found = read_bitext(path, languages=asked)
    source, target = found.source.language, found.target.language
    assert source.startswith(asked[0])
    assert target.startswith(asked[1])
    ours, theirs = (LANGUAGES.index(tag) for tag in (source, target))
    both = [row for row in baku.joined.rows if row.ids[ours] and row.ids[theirs]]
    assert len(found.beads) == len(both)
    pairs = {(row.source_text, row.target_text) for row in found.rows() if row.bead}
    texts = [baku.joined.texts(row) for row in both]
    shown = {(joined_text(parts[ours]), joined_text(parts[theirs])) for parts in texts}
    assert {tuple(" ".join(text.split()) for text in pair) for pair in pairs} == shown
    [rest] = set(LANGUAGES) - {source, target}
    assert found.notes[-1].partition(" also holds ")[2].startswith(rest)


def joined_text(segments: Sequence[Segment]) -> str:
    return " ".join(" ".join(segment.shown for segment in segments).split())


def test_json_gives_every_segment_back(baku: SimpleNamespace) -> None:
    again = MultiText.from_dict(json.loads(written(baku.joined, "json")))
    assert again.to_dict() == baku.joined.to_dict()
    found = again.bitext(0, 1)
    assert Bitext.from_json(found.to_json()) == found
    assert [len(side.segments) for side in (found.source, found.target)] == [
        len(side.segments) for side in baku.joined.sides[:2]
    ]


@pytest.mark.parametrize(
    ("change", "rule", "message"),
    [
        ("del data['texts']", "missing", 'no "texts"'),
        ("data['texts'] = data['texts'][:1]; data['rows'] = []", "missing", "two texts or more"),
        ("data['texts'][1] = 3", "type", "text 1 must be an object"),
        ("data['texts'][1]['segments'][2]['id'] = 9", "id", "segment 2 of text 1 has the id 9"),
        ("data['rows'][0] = 1", "type", "row 0 must be an object"),
        ("data['rows'][0]['segments'].pop()", "type", "a list for each text"),
        (
            "data['rows'][0]['segments'][2] = [99999]",
            "id",
            "text 2 of row 0 names a segment that is not there",
        ),
        ("data['rows'][0]['score'] = 2", "score", "row 0 is 2"),
        ("data['notes'] = [1]", "type", "strings"),
    ],
)
def test_what_is_wrong_with_several_texts(
    baku: SimpleNamespace, tmp_path: Path, change: str, rule: str, message: str
) -> None:
    data = json.loads(written(baku.joined, "json"))
    exec(change, {"data": data})
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    found = validate(path)
    assert any(fault.rule == rule and message in fault.message for fault in found), found
    with pytest.raises(InputError, match=r"a.json: not several texts: "):
        read_bitext(path)


def test_a_language_that_none_of_the_texts_has_is_refused(baku: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    multitext.write(baku.joined, str(path), "json")
    with pytest.raises(InputError, match="no pair in ru and en but text in ar, tr, en: ask for"):
        read_bitext(path, languages=("ru", "en"))


def test_the_command_takes_more_texts(
    baku: SimpleNamespace, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    paths = [*map(str, PATHS)]
    assert main(["pair", *paths, "--format", "tsv"]) == 0
    assert capfdbinary.readouterr().out == written(baku.joined, "tsv")
    assert main(["pair", *paths, "-o", str(tmp_path / "out.moses")]) == 2
    assert (
        b"moses holds two texts: for more take one of tsv json tmx xlsx html" in capfdbinary.readouterr().err
    )
    assert main(["pair", *paths, "--words"]) == 2
    assert b"--words looks into two texts" in capfdbinary.readouterr().err
    assert main(["pair", *paths, "--bare-tags"]) == 2
    assert main(["pair", *paths, "--no-unaligned"]) == 2
    assert b"--bare-tags and --unaligned are about" in capfdbinary.readouterr().err


def test_a_format_of_two_texts_is_refused(baku: SimpleNamespace) -> None:
    with pytest.raises(UsageError, match="xliff holds two texts"):
        written(baku.joined, "xliff")
