"""Tables: what was written comes back; what others wrote is understood, or refused by its line."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.errors import InputError, PolyalignError, UnreadableError
from polyalign.formats.bitexts import tabular
from polyalign.formats.bitexts.columns import language_of, layout_of
from polyalign.formats.bitexts.tabular import HEADER, tsv, units
from polyalign.formats.common import Options, Unit
from polyalign.parts import Bead
from tests.helpers.samples import ARABIC, TURKISH, bitexts, harbour, side
from tests.helpers.tables import rows, told


def read(text: str | bytes, encoding: str | None = None) -> list[Unit]:
    data = text.encode() if isinstance(text, str) else text
    return list(units(io.BytesIO(data), name="a.tsv", encoding=encoding))


def pairs(text: str | bytes) -> list[tuple[str, str]]:
    return [(" ".join(u.source), " ".join(u.target)) for u in read(text)]


def written(bitext: Bitext, *, unaligned: bool = True) -> str:
    return "".join(tsv(bitext, Options(unaligned)))


@given(bitexts())
def test_segments_and_ids_come_back_exactly(bitext: Bitext) -> None:
    found = read(written(bitext)) if list(bitext.rows()) else []
    assert told(found) == rows(bitext)
    assert [u.score for u in found] == [
        row.bead and pytest.approx(row.bead.score, abs=1e-4) for row in bitext.rows()
    ]


@given(bitexts())
def test_a_file_has_the_same_columns_in_every_line(bitext: Bitext) -> None:
    assert {line.count("\t") for line in written(bitext).split("\n")[:-1]} == {len(HEADER) - 1}


def test_cuts_stand_only_where_segments_are_joined() -> None:
    lines = [line.split("\t") for line in written(harbour()).splitlines()]
    assert [line[6] for line in lines] == ["cuts", "", "", "", "108 | 53 45", ""]
    assert [unit.place for unit in read(written(harbour()))] == [f"line {i}" for i in range(2, 7)]


def test_quotes_surrogates_and_formulas_are_data() -> None:
    texts = ['"a""b"', '"', "=1+1", "-x", "\ud800 a", "'", "@b"]
    bitext = Bitext(side("ar", texts), side("zh", texts), (Bead((0, 4), (4, 5, 6), 0.5),))
    assert told(read(written(bitext))) == rows(bitext)
    assert "\t=1+1\t" in written(bitext)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_that_editors_leave(ends: str, mark: str) -> None:
    assert told(read(mark + written(harbour()).replace("\n", ends))) == rows(harbour())


def test_a_changed_text_of_several_segments_is_one_with_all_their_ids() -> None:
    found = read(written(harbour()).replace("Such a number", "A number"))
    assert found[3].target == (
        "Fourteen ships crossed the strait, the minister said. A number has not been seen in ten years.",
    )
    assert (found[3].source_ids, found[3].target_ids) == ((2,), (1, 2))


def test_six_columns_without_cuts_are_read_cell_by_cell() -> None:
    text = "\n".join("\t".join(line.split("\t")[:6]) for line in written(harbour()).splitlines())
    found = read(text)
    assert [len(unit.target) for unit in found] == [1, 1, 0, 1, 1]
    assert [unit.target_ids for unit in found] == [(3,), (4,), (), (1, 2), (0,)]
    assert [unit.score for unit in found] == [0.97, None, None, 0.913, 0.42]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (0, "1.5", "line 2: the score '1.5' is not in 0 to 1"),
        (0, "high", "line 2: the score 'high'"),
        (2, "-1", "line 2: the ids '-1' are no whole numbers"),
        (2, "9" * 5000, "line 2: the ids '9999"),
        (6, "a", 'line 2: the cuts .a. are not like "36 | 52 45"'),
    ],
)
def test_damaged_fields_of_ours_are_named(field: int, value: str, message: str) -> None:
    lines = [line.split("\t") for line in written(harbour()).split("\n")]
    lines[1][field] = value
    with pytest.raises(UnreadableError, match=message.replace("|", r"\|")):
        read("\n".join("\t".join(line) for line in lines))


@pytest.mark.parametrize(
    "text",
    [
        "a b\tx y\nc\tz\n",
        "source\ttarget\na b\tx y\nc\tz\n",
        "src,tgt\na b,x y\nc,z\n",
        "id;target;source\n1;x y;a b\n2;z;c\n",
        "ar,en\r\na b,x y\r\nc,z\r\n",
        "Score\tArabic\tEnglish\n0.5\ta b\tx y\n0.7\tc\tz\n",
        "a b\tx y\t0.93\nc\tz\t0.5\n",
        "0.93\ta b\tx y\n0.5\tc\tz\n",
        '"a b","x y"\n"c","z"\n',
        '"a b"\t"x y"\n"c"\t"z"\n',
        "sep=;\na b;x y\nc;z\n",
        "a b|x y\nc|z",
        "\n\na b\tx y\n\nc\tz\n\n",
        "text,translation\na b,x y\nc,z\n",
        "source_id,source_text,target_lang,target_text\n7,a b,en,x y\n8,c,en,z\n",
        "\ufeffsource\ttarget\na b\tx y\nc\tz\n",
    ],
)
def test_tables_of_others(text: str) -> None:
    assert pairs(text) == [("a b", "x y"), ("c", "z")]


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("ar\ten", ("ar", "en")),
        ("AR\tpt_br", ("ar", "pt-BR")),
        ("zh-Hans\ten-US", ("zh-Hans", "en-US")),
        ("source (Arabic)\ttarget (English)", ("ar", "en")),
        ("source_ar\ttarget_tr", ("ar", "tr")),
        ("text_ar\ttext_en", ("ar", "en")),
        ("Turkish\tKurdish", ("tr", "ku")),
        ("id\ten", ("id", "en")),
        ("source\ttarget", ("", "")),
    ],
)
def test_headers_name_the_languages(header: str, languages: tuple[str, str]) -> None:
    (unit,) = read(f"{header}\nwords here\tother words\n")
    assert (unit.source_language, unit.target_language) == languages


@pytest.mark.parametrize("first", ["is it\tno so", "Source of water\tquelle", "en\ten", "he said\tto me"])
def test_a_first_row_of_text_is_no_header(first: str) -> None:
    assert len(read(f"{first}\na b\tc d\n")) == 2


def test_quotes_that_belong_to_the_text_of_a_tab_file_stay() -> None:
    assert pairs('"Where?"\t“Nerede?”\nHere.\tBurada.\n')[0] == ('"Where?"', "“Nerede?”")
    assert pairs('"Where?\tNerede?"\nHere.\tBurada.\n')[0] == ('"Where?', 'Nerede?"')


def test_quoted_cells_may_hold_delimiters_quotes_and_line_ends() -> None:
    text = '"one, ""two""\nthree",x\nfour,"y\n"\nfive,z,w\n'
    with pytest.raises(UnreadableError, match=r"a\.tsv: line 5 has 3 columns where the first has 2: quote"):
        read(text)
    found = read(text.replace(",w", ""))
    assert [unit.place for unit in found] == ["line 1", "line 3", "line 5"]
    assert found[0].source == ('one, "two"\nthree',)
    assert pairs('"a ""b"""\tx\nc\ty\n')[0] == ('a "b"', "x")
    assert pairs('"a\tb"\tx\nc\ty\n')[0] == ("a\tb", "x")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        (("0.9", "0.5"), [0.9, 0.5]),
        (("0,9", "1"), [0.9, 1.0]),
        (("1.21", "0.5"), [None, None]),
        (("n/a", "0.5"), [None, None]),
        (("", "0.5"), [None, 0.5]),
    ],
)
def test_scores_are_taken_where_all_are_probabilities(
    scores: tuple[str, str], expected: list[object]
) -> None:
    found = read(f"source\ttarget\tscore\na b\tc\t{scores[0]}\nd\te\t{scores[1]}\n")
    assert [unit.score for unit in found] == expected


def test_an_empty_cell_is_an_unaligned_segment() -> None:
    found = read("source\ttarget\tscore\na\t\t0.5\n\tb\t0.1\n \t \t\n")
    assert [(unit.source, unit.target, unit.score) for unit in found] == [
        (("a",), (), None),
        ((), ("b",), None),
    ]


@pytest.mark.parametrize(("content", "codec"), [(ARABIC, "cp1256"), (TURKISH, "cp1254"), (ARABIC, "utf-16")])
def test_encodings_are_found(content: str, codec: str) -> None:
    text = "".join(f"{line}\t{line}\n" for line in content.splitlines())
    data = text.encode(codec, "ignore")
    expected = data.decode(codec).split("\n")[0].split("\t")[0]
    assert read(data)[0].source == (expected,)
    assert read(data, encoding=codec)[0].source == (expected,)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds no rows"),
        (b"\n \n\t\n", "holds no rows"),
        (b"one\ntwo\n", "one column where a bitext has two"),
        (b"a\tb\nc\n", "line 2 has 1 column where the first has 2: add or take out a tab"),
        (b'a,b\n"c,d\n', "line 2: unexpected end of data: close or double its quotes"),
        (b'a,b\n"' + b"c" * 200_000 + b'",d\n', "line 2: field larger than"),
        (b"PK\x03\x04....", "this is a ZIP or Office file"),
        (b"\0\1\2\3" * 9, "binary data"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(data)
    assert "\n" not in str(caught.value)


def test_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_TABLE_BYTES", 10)
    with pytest.raises(InputError, match="above the limit"):
        read("a\tb\n" * 10)


def test_columns_of_numbers_are_no_text() -> None:
    layout = layout_of([("", ["12", "a b", "0.4", "c d", "٣"]), ("", ["13", "e", "0.5", "f", "4"])], name="x")
    assert (layout.source, layout.target, layout.score, layout.header) == (1, 3, 2, False)
    assert layout_of([("", ["1", "2"])], name="x").target == 1
    assert [language_of(title) for title in ("brazilian", "to", "target", "my long list of arabic")] == [
        "", "to", "", "",
    ]  # fmt: skip


TABLE = written(harbour()).encode() + b'"q ""x"""\t;,|\n'


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text('ab\t,;|"\n\r0.5=', max_size=80).map(str.encode))
def test_any_bytes_give_units_or_one_line_of_error(data: bytes) -> None:
    attempt(data)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(TABLE) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 99)
)
def test_damaged_tables_give_units_or_one_line_of_error(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(TABLE)
    for at, byte in changes:
        data[at] = byte
    attempt(bytes(data[: len(data) - cut]))


def attempt(data: bytes) -> None:
    try:
        for unit in read(data):
            assert unit.source or unit.target
            assert unit.score is None or 0 <= unit.score <= 1
            assert len(unit.source_ids) in (0, len(unit.source))
    except PolyalignError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message
