"""Writing: every format by its suffix, whole files or none, the same filter everywhere."""

import errno
import io
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given

from polyalign.bitext import Bitext
from polyalign.errors import InputError, OutputError, UnreadableError, UsageError
from polyalign.formats import FORMATS, dump, format_of, read_bitext, write
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour, reviewed_harbour, side

SEVERAL = [name for name, entry in FORMATS.items() if entry.several]
STREAMED = [name for name in FORMATS if name not in (*SEVERAL, "ladder", "srt", "ass")]  # of any bitext


@given(bitexts())
def test_json_comes_back_the_same(bitext: Bitext) -> None:
    assert Bitext.from_json(_dumped(bitext, "json")) == bitext


@given(bitexts())
def test_tsv_has_seven_fields_a_line_and_every_segment(bitext: Bitext) -> None:
    header, *lines = _dumped(bitext, "tsv").split("\n")[:-1]
    fields = [line.split("\t") for line in lines]
    assert header == "score\tkind\tsource_ids\ttarget_ids\tsource\ttarget\tcuts"
    assert {len(row) for row in fields} <= {7}
    for column, name in ((2, bitext.source), (3, bitext.target)):
        assert sorted(int(i) for row in fields for i in row[column].split()) == [s.id for s in name.segments]
    assert sum(row[0] != "" for row in fields) == len(bitext.beads)


@given(bitexts())
def test_each_line_of_jsonl_is_a_row(bitext: Bitext) -> None:
    lines = [json.loads(line) for line in _dumped(bitext, "jsonl").splitlines()]
    rows = list(bitext.rows())
    assert [(r["source"], r["target"]) for r in lines] == [
        ([s.id for s in row.source], [s.id for s in row.target]) for row in rows
    ]
    assert [r["source_text"] for r in lines] == [[s.shown for s in row.source] for row in rows]
    assert [r["score"] for r in lines] == [row.bead and row.bead.score for row in rows]


@given(bitexts())
def test_the_same_bitext_gives_the_same_bytes(bitext: Bitext) -> None:
    for name in STREAMED:
        assert _bytes(bitext, name) == _bytes(bitext, name)


def test_jsonl_says_what_jq_needs() -> None:
    lines = [json.loads(line) for line in _dumped(harbour(), "jsonl").splitlines()]
    assert lines[1]["target"] == [4]
    assert (lines[1]["source"], lines[1]["score"], lines[1]["kind"]) == ([], None, "0-1")
    assert lines[2]["boilerplate"] == "caption"
    assert lines[4]["overlap"] is True
    assert "overlap" not in lines[0]
    assert {(line["source_language"], line["target_language"]) for line in lines} == {("ar", "en")}
    assert lines[3]["target_text"][1] == "Such a number has not been seen in ten years."


def test_segments_in_a_cell_are_joined_as_the_language_does() -> None:
    chinese, english = side("zh-Hans", ["今天下雨。", "明天晴。"]), side("en", ["Rain.", "Sun."])
    line = _dumped(Bitext(chinese, english, (Bead((0, 1), (0, 1), 0.5),)), "tsv").splitlines()[1]
    assert line == "0.5000\t2-2\t0 1\t0 1\t今天下雨。明天晴。\tRain. Sun.\t5 4 | 5 4"


@pytest.mark.parametrize("name", STREAMED)
def test_the_filter_on_scores_is_the_same_everywhere(name: str) -> None:
    bitext = harbour()
    kept = Bitext(bitext.source, bitext.target, bitext.beads[:2], bitext.mode, bitext.signature)
    assert _bytes(bitext, name, min_score=0.9) == _bytes(kept, name)
    assert _bytes(bitext, name, min_score=0.42) == _bytes(bitext, name)


def test_what_a_stream_or_a_format_cannot_hold_is_said() -> None:
    with pytest.raises(UsageError, match=r"two files, which no stream holds: name them with -o"):
        _bytes(harbour(), "moses")
    with pytest.raises(OutputError, match="no segment has a time"):
        _bytes(harbour(), "srt")
    with pytest.raises(InputError, match="a ladder has no crossing beads"):
        _bytes(harbour(), "ladder")


def test_moses_is_written_as_two_files(tmp_path: Path) -> None:
    write(harbour(), tmp_path / "a.moses", min_score=0.9)
    sides = [(tmp_path / f"a.{tag}").read_text(encoding="utf-8").splitlines() for tag in ("ar", "en")]
    assert [len(lines) for lines in sides] == [2, 2]
    with pytest.raises(OutputError, match="make its folder first"):
        write(harbour(), tmp_path / "none" / "a.moses")


@pytest.mark.parametrize("name", ["tsv", "jsonl", "tmx", "table"])
def test_unaligned_segments_can_be_left_out_or_put_in(name: str) -> None:
    assert "It rained" not in _dumped(harbour(), name, unaligned=False)
    assert "It rained" in _dumped(harbour(), name, unaligned=True)
    assert ("It rained" in _dumped(harbour(), name)) == FORMATS[name].unaligned


def test_tags_are_bare_where_that_is_wanted(tmp_path: Path) -> None:
    base = harbour()
    regional = replace(base, source=replace(base.source, language="pt-BR"))
    for bare_tags, expected in ((False, "pt-BR"), (True, "pt")):
        write(regional, tmp_path / "a.tmx", bare_tags=bare_tags)
        assert read_bitext(tmp_path / "a.tmx").source.language == expected
        write(regional, tmp_path / "a.moses", bare_tags=bare_tags)
        assert (tmp_path / f"a.{expected}").exists()


def test_json_holds_every_segment() -> None:
    with pytest.raises(UsageError, match="json holds every segment: take jsonl or tsv"):
        _dumped(harbour(), "json", unaligned=False)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.tsv", "tsv"), ("a.b.JSON", "json"), ("x/a.jsonl", "jsonl"), ("a.TMX", "tmx"), ("a.txt", "table")],
)
def test_the_suffix_names_the_format(tmp_path: Path, path: str, name: str) -> None:
    (tmp_path / "x").mkdir()
    assert format_of(path) == name
    write(harbour(), tmp_path / path)
    write(harbour(), tmp_path / "named", format=name)
    assert (tmp_path / path).read_bytes() == (tmp_path / "named").read_bytes()


def test_a_table_in_a_file_does_not_depend_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    write(harbour(), tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == _dumped(harbour(), "table", width=120)


def test_wrong_options() -> None:
    with pytest.raises(UsageError, match=r"use one of \.txt \.tsv .*\.parquet, or --format"):
        write(harbour(), "a.odt")
    with pytest.raises(UsageError, match="unknown format 'odt': use one of table tsv json jsonl tmx"):
        _dumped(harbour(), "odt")
    for score in (-0.1, 1.1, float("nan")):
        with pytest.raises(UsageError, match="it is a probability"):
            _dumped(harbour(), "tsv", min_score=score)


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*/none/a\.tsv: No such file.*: make its folder"):
        write(harbour(), tmp_path / "none" / "a.tsv")
    with pytest.raises(OutputError, match="Is a directory: name a file in it"):
        write(harbour(), tmp_path, format="tsv")
    kept = tmp_path / "kept.json"
    kept.write_text("before")
    with pytest.raises(UsageError):
        write(harbour(), kept, unaligned=False)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]
    assert kept.read_text() == "before"


class _Full(io.BytesIO):
    """A stream on a full disk, or one that nobody reads any more."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def writelines(self, _: Iterable[object]) -> None:
        raise self.error


def test_streams_that_fail() -> None:
    with pytest.raises(OutputError, match="cannot write standard output: No space left: free some space"):
        dump(harbour(), _Full(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(BrokenPipeError):
        dump(harbour(), _Full(BrokenPipeError()))


def test_a_dash_is_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=stream))
    write(harbour(), "-", format="tsv")
    assert stream.getvalue().decode() == _dumped(harbour(), "tsv")


def test_a_bitext_is_read_back(tmp_path: Path) -> None:
    write(harbour(), tmp_path / "a.json")
    bitext = read_bitext(tmp_path / "a.json")
    assert bitext == harbour()
    assert bitext.beads[1].evidence == {"cosine": 0.5}


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "other"}', "[" * 100_000])
def test_what_is_no_bitext_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"a\.json: ") as caught:
        read_bitext(path)
    assert str(caught.value).count(str(path)) == 1


def test_a_bitext_that_is_not_there_or_no_json(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such file"):
        read_bitext(tmp_path / "a.json")
    with pytest.raises(UnreadableError, match=r"a\.tmx: no such file"):
        read_bitext(tmp_path / "a.tmx")
    with pytest.raises(UsageError, match=r"no bitext is read from this suffix: use one of \.json .*\.ladder"):
        read_bitext(tmp_path / "a.docx")


def _dumped(bitext: Bitext, name: str, **options: Any) -> str:
    return _bytes(bitext, name, **options).decode()


def _bytes(bitext: Bitext, name: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    dump(bitext, stream, format=name, **options)
    return stream.getvalue()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_writes_beads_that_nobody_judged(name: str, tmp_path: Path) -> None:
    """As files of pairs have them: no score, made by a person or a file."""
    held = reviewed_harbour()
    beads = tuple(replace(bead, score=None, origin="file") for bead in held.beads)
    with suppress(InputError, UsageError, OutputError):  # of what lacks times, words or order
        write(replace(held, beads=beads), tmp_path / "out", format=name, unaligned=True)
        assert list(tmp_path.iterdir())
