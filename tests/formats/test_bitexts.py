"""Units of a file to a bitext: ids kept or counted, languages, boilerplate; files in and out."""

from __future__ import annotations

import gzip
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyalign
from polyalign.bitext import Bitext
from polyalign.errors import InputError, UnreadableError, UsageError
from polyalign.formats import read_bitext, write
from polyalign.formats.bitexts import bitext_of, holds_pairs
from polyalign.formats.common import Heading, Unit
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour


def units_of(bitext: Bitext) -> list[Unit]:
    """The rows of a bitext as a format that carries everything would give them."""
    return [
        Unit(
            tuple(s.text for s in row.source),
            tuple(s.text for s in row.target),
            row.bead.score if row.bead else None,
            tuple(s.id for s in row.source),
            tuple(s.id for s in row.target),
            note=next((s.boilerplate for s in row.source + row.target if not row.bead), ""),
        )
        for row in bitext.rows()
    ]


def heading_of(bitext: Bitext) -> Heading:
    source, target = bitext.source, bitext.target
    paths = source.path or "", target.path or ""
    return Heading(source.language, target.language, *paths, bitext.mode, bitext.signature, bitext.notes)


@given(bitexts(), st.randoms())
def test_rows_in_any_order_give_the_bitext_back(bitext: Bitext, order: object) -> None:
    rows = units_of(bitext)
    order.shuffle(rows)  # type: ignore[attr-defined]
    if not any(row.source or row.target for row in rows):
        return
    found = bitext_of(rows, heading_of(bitext), name="x")
    assert sorted((b.source, b.target, b.score) for b in found.beads) == sorted(
        (b.source, b.target, b.score) for b in bitext.beads
    )
    for ours, theirs in ((found.source, bitext.source), (found.target, bitext.target)):
        assert [s.text for s in ours.segments] == [s.text for s in theirs.segments]
        assert (ours.language, ours.path) == (theirs.language or "und", theirs.path or None)


def test_ids_without_gaps_keep_their_order() -> None:
    units = [Unit(("b",), ("y",), 0.5, (7,), (3,)), Unit(("a",), ("z",), 0.6, (2,), (9,))]
    found = bitext_of(units, Heading(), name="x")
    assert [s.text for s in found.source.segments] == ["a", "b"]
    assert [(b.source, b.target) for b in found.beads] == [((0,), (1,)), ((1,), (0,))]


@pytest.mark.parametrize(
    "units",
    [
        [Unit(("a",), ("x",)), Unit(("b",), ("y",))],
        [Unit(("a",), ("x",), None, (0,), (0,)), Unit(("b",), ("y",), None, (0,), (1,))],
        [Unit(("a",), ("x",), None, (5,), (5,)), Unit(("b",), ("y",))],
    ],
)
def test_ids_that_are_missing_or_contradict_are_counted_anew(units: list[Unit]) -> None:
    found = bitext_of(units, Heading(), name="x")
    assert [s.text for s in found.source.segments] == ["a", "b"]
    made = [(b.source, b.target, b.score, b.origin) for b in found.beads]
    assert made == [((0,), (0,), None, "file"), ((1,), (1,), None, "file")]


def test_a_shared_segment_is_an_overlap() -> None:
    units = [Unit(("a",), ("x",), 0.5, (0,), (0,)), Unit(("a", "b"), ("y",), 0.6, (0, 1), (1,))]
    assert [bead.overlap for bead in bitext_of(units, Heading(), name="x").beads] == [True, True]


def test_no_rows_are_no_bitext() -> None:
    with pytest.raises(InputError, match="x holds no pairs"):
        bitext_of([Unit((), ())], Heading(), name="x")


@pytest.mark.parametrize("suffix", [".tmx", ".xlf", ".tsv", ".jsonl"])
def test_a_packed_file_is_read_as_it_is_and_a_damaged_one_refused(tmp_path: Path, suffix: str) -> None:
    path, packed = tmp_path / f"a{suffix}", tmp_path / f"a{suffix}.gz"
    write(harbour(), path, unaligned=True)
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_bitext(packed) == read_bitext(path)
    whole = packed.read_bytes()
    for damaged in (whole[:-20], whole[:30], whole[:40] + b"\xff" * 40 + whole[80:]):
        packed.write_bytes(damaged)
        with pytest.raises((UnreadableError, InputError)) as caught:
            read_bitext(packed)
        assert "\n" not in str(caught.value)


def test_two_of_the_languages_of_a_tmx_are_taken_as_asked(tmp_path: Path) -> None:
    variants = "".join(
        f'<tuv xml:lang="{tag}"><seg>{text}</seg></tuv>'
        for tag, text in (("en", "a"), ("tr", "b"), ("ar", "c"))
    )
    path = tmp_path / "a.tmx"
    path.write_text(f'<tmx version="1.4"><header srclang="en"/><body><tu>{variants}</tu></body></tmx>')
    for languages, texts in ((None, "ab"), (("en", "ar"), "ac"), (("ar", "tr"), "cb")):
        found = read_bitext(path, languages=languages)
        assert found.source.segments[0].text + found.target.segments[0].text == texts
        assert (found.source.language, found.target.language) == (languages or ("en", "tr"))


@pytest.mark.parametrize("name", ["a", "a.txt", "a.XML", "a.csv", "a.xlf", "a.tmx", "a.txlf.gz"])
@pytest.mark.parametrize("form", ["tmx", "xliff", "xliff1"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_tmx_and_xliff_are_known_by_their_content(tmp_path: Path, name: str, form: str, codec: str) -> None:
    path = tmp_path / name
    write(harbour(), tmp_path / "b", format=form, unaligned=True)
    text = (tmp_path / "b").read_text(encoding="utf-8").replace("encoding='UTF-8'", "")
    data = text.encode(codec)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert holds_pairs(path)
    found = read_bitext(path)
    assert [s.text for s in found.source.segments] == [s.text for s in harbour().source.segments]
    assert [(b.source, b.target) for b in found.beads] == [(b.source, b.target) for b in harbour().beads]


def test_a_packed_xliff_is_read(tmp_path: Path) -> None:
    write(harbour(), tmp_path / "content.xlf", unaligned=True)
    content = (tmp_path / "content.xlf").read_bytes()
    for members, said in (
        ({"content.xlf": content, "skeleton.skl": b"x"}, ""),
        ({"skeleton.skl": b"x"}, "a.xlz holds 0 XLIFF files"),
        ({"a.xlf": content, "b.xliff": content}, "a.xlz holds 2 XLIFF files"),
    ):
        with zipfile.ZipFile(tmp_path / "a.xlz", "w") as packed:
            for name, data in members.items():
                packed.writestr(name, data)
        assert holds_pairs(tmp_path / "a.xlz")
        if not said:
            assert read_bitext(tmp_path / "a.xlz") == read_bitext(tmp_path / "content.xlf")
            continue
        with pytest.raises(InputError, match=said):
            read_bitext(tmp_path / "a.xlz")
    (tmp_path / "a.xlz").write_bytes(b"no archive")
    with pytest.raises(UnreadableError, match=r"a\.xlz: this is no ZIP archive"):
        read_bitext(tmp_path / "a.xlz")


@pytest.mark.parametrize("text", ["", "TMX", "<p>a</p>", "<tmxs>", "\x1f\x8b"])
def test_what_is_neither_is_no_file_of_pairs(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert not holds_pairs(path)
    assert not holds_pairs(tmp_path / "none.txt")
    with pytest.raises(UsageError, match="no bitext is read from this suffix"):
        read_bitext(path)


LANGUAGES_OF_SUFFIXES = [".json", ".jsonl", ".tmx", ".xlf", ".xlsx", ".parquet"]


@pytest.mark.parametrize("suffix", LANGUAGES_OF_SUFFIXES)
def test_languages_that_are_asked_for_are_never_ignored(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write(harbour(), path, unaligned=True)
    straight = read_bitext(path)
    for asked in (("ar", "en"), ("ar", ""), ("", "en")):
        assert read_bitext(path, languages=asked) == straight
    for asked in (("en", "ar"), ("en", ""), ("", "ar")):
        turned = read_bitext(path, languages=asked)
        assert (turned.source.language, turned.target.language) == ("en", "ar")
        assert [s.text for s in turned.source.segments] == [s.text for s in straight.target.segments]
        assert sorted((b.target, b.source) for b in turned.beads) == [
            (b.source, b.target) for b in straight.beads
        ]
    with pytest.raises(InputError, match=r"fr"):
        read_bitext(path, languages=("fr", "en"))


@pytest.mark.parametrize("languages", [None, ("tr", "en"), ("", "ar")])
def test_columns_are_detected_where_nothing_is_stated(
    tmp_path: Path, languages: tuple[str, str] | None
) -> None:
    rows = [
        "k1,The harbour opens at six every day,Liman sabah altıda açılıyor,يفتح الميناء في السادسة صباحا",
        "k2,Boats are waiting outside the wall,Tekneler duvarın dışında bekliyor,القوارب تنتظر خارج السور",
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    found = polyalign.read_bitext(path, languages=languages)
    expected = {None: ("en", "tr"), ("tr", "en"): ("tr", "en"), ("", "ar"): ("en", "ar")}[languages]
    assert (found.source.language, found.target.language) == expected
    assert len(found.beads) == 2


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Kaynak\tHedef", "ab"),
        ("Anahtar\tTürkçe\tİngilizce", "bc"),
        ("العربية\tالإنجليزية", "ab"),
        ("المصدر\tالترجمة", "ab"),
        ("Quelle\tKontext\tÜbersetzung", "ac"),
        ("源语言\t目标语言", "ab"),
        ("Исходный текст\tКомментарий\tПеревод", "ac"),
        ("Source\tInfo\tTarget", "ac"),
        ("Source notes\tSource\tTarget\tTarget notes", "bc"),
        ("English\tEnglish info\tTurkish", "ac"),
        ("English context\tEnglish\tTurkish (Turkey)", "bc"),
        ("INGILIZCE\tTURKCE", "ab"),
        ("en\ten-GB\ttr", "ac"),
        ("pt-BR\tpt-PT", "ab"),
    ],
)
def test_headings_of_tables(tmp_path: Path, heading: str, expected: str) -> None:
    path = tmp_path / "a.tsv"
    cells = "\t".join("abcd"[: heading.count("\t") + 1])
    path.write_text(f"{heading}\n{cells}\n", encoding="utf-8")
    found = read_bitext(path)
    assert found.source.segments[0].text + found.target.segments[0].text == expected
    assert len(found.source.segments) == 1


def test_a_language_that_a_file_lacks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tmx"
    path.write_text(
        '<tmx version="1.4"><header srclang="en"/><body><tu><tuv xml:lang="en"><seg>a</seg></tuv>'
        '<tuv xml:lang="tr"><seg>b</seg></tuv></tu></body></tmx>'
    )
    with pytest.raises(InputError, match="holds nothing in fr but text in tr"):
        read_bitext(path, languages=("en", "fr"))


def test_moses_files_are_found_by_either_name(tmp_path: Path) -> None:
    write(harbour(), tmp_path / "a.moses")
    found = read_bitext(tmp_path / "a.ar")
    assert (found.source.language, found.target.language) == ("ar", "en")
    assert len(found.beads) == len(harbour().beads)


def test_a_ladder_is_read_with_its_texts(tmp_path: Path) -> None:
    base = harbour()
    straight = replace(base, beads=(Bead((0,), (0,), 0.9), Bead((1, 2), (1,), 0.8)))
    for side, name in ((straight.source, "s.txt"), (straight.target, "t.txt")):
        (tmp_path / name).write_text("".join(f"{s.shown}\n" for s in side.segments), encoding="utf-8")
    write(straight, tmp_path / "a.ladder")
    found = read_bitext(tmp_path / "a.ladder", texts=(tmp_path / "s.txt", tmp_path / "t.txt"))
    assert [(b.source, b.target) for b in found.beads] == [((0,), (0,)), ((1, 2), (1,))]
    with pytest.raises(UsageError, match="pass the two files it is about as texts"):
        read_bitext(tmp_path / "a.ladder")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"source": [0]}',
        '{"source": [0], "target": [], "score": 2, "source_text": ["a"], "target_text": []}',
    ],
)
def test_a_broken_line_of_json_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    write(harbour(), path)
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"line \d+ is no pair of segments"):
        read_bitext(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"src": "Merhaba", "tgt": "Hello"}', "'source' and 'target' are missing"),
        ('{"source": "Merhaba"}', "'target' is missing"),
        ('{"source": "Merhaba", "score": null}', "'target' is missing"),
        ('{"source": "Merhaba", "target": null}', "'target' is null, no string"),
        ('{"source": "Merhaba", "target": null, "score": null}', "'target' is null, no string"),
        ('{"source": "Merhaba", "target": "Hello", "score": "high"}', "'score' is \"high\", no number"),
        ('{"source": "Merhaba", "target": "Hello", "score": true}', "'score' is true, no number"),
        ('{"source": "a", "target": "b", "score": ' + "9" * 400 + "}", "int too large"),
        ('{"translation": {"tr": "Merhaba"}}', "'translation' is no object of two languages"),
        ('{"translation": {"tr": "Merhaba", "en": 1}}', "'en' is 1, no string"),
        ('{"source": [0], "target": [0], "score": 1}', "'source_text' is missing"),
        ('{"source_text": ["a"], "target": [0], "source": [0]}', "'target_text' is missing"),
        ('{"source_text": ["a"], "target_text": ["b"], "source": [0]}', "'target' is missing"),
        ('{"source_text": "a", "target_text": ["b"]}', "'source_text' is no list of strings"),
        (
            '{"source_text": ["a"], "target_text": ["b"], "source": [0, 1], "target": [0]}',
            "'source' is no list of as many ids as 'source_text' has texts",
        ),
        (
            '{"source_text": ["a"], "target_text": ["b"], "source": [0], "target": [0], "score": 2}',
            "'score' is 2.0: it must be in 0 to 1, or null",
        ),
    ],
)
def test_the_field_of_a_line_of_json_that_is_missing_or_wrong_is_named(
    tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(UnreadableError, match=re.escape(f"line 1 is no pair of segments ({said}")):
        read_bitext(path)


@pytest.mark.parametrize(
    ("line", "score"),
    [
        ('{"source": "a", "target": "b"}', None),
        ('{"source": "a", "target": "b", "score": null}', None),
        ('{"source": "a", "target": "b", "score": 0.5}', 0.5),
        ('{"source": "a", "target": "b", "score": 1.07}', None),  # a margin
        ('{"translation": {"tr": "a", "en": "b"}, "score": 1}', 1.0),
        ('{"source": [0], "target": [0], "source_text": ["a"], "target_text": ["b"]}', None),
    ],
)
def test_a_score_in_json_lines_is_optional(tmp_path: Path, line: str, score: float | None) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    assert [(row.source_text, row.target_text, row.score) for row in read_bitext(path)] == [("a", "b", score)]


@given(bitexts())
def test_the_samples_are_bitexts(bitext: Bitext) -> None:
    assert Bitext.from_json(bitext.to_json()) == bitext
