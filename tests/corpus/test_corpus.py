"""From folders to shards: what is found, what is kept, what is told of the rest."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyalign
from polyalign import corpus
from polyalign.corpus import chunks, documents
from polyalign.corpus.bags import NumberSets, WordSets
from polyalign.corpus.ingestion import day_in, names_in
from polyalign.errors import InputError, LanguageError, OutputError, UnreadableError, UsageError
from polyalign.formats import validation
from tests.helpers.corpus_stories import contents, story, write_stories
from tests.helpers.places import SHARED

SEEDS = SHARED / "seeds"


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_stories(tmp_path_factory.mktemp("stories"), 20)


def rows(out: Path) -> dict[str, dict[str, Any]]:
    """The lines of documents.jsonl by side and key."""
    lines = (out / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return {f"{row['side']} {row['key']}": row for row in found}


def test_every_story_finds_its_own(sides: tuple[Path, Path], tmp_path: Path) -> None:
    summary = corpus.build(*sides, tmp_path / "out")
    assert (summary.documents, summary.paired, summary.pairs) == (40, 40, 20)
    assert summary.pairs_by_languages == {"en-de": 20}
    assert summary.left_out == {}
    for row in rows(tmp_path / "out").values():
        assert [partner["key"] for partner in row["partners"]] == [row["key"]]
        assert row["status"] == "paired"
        assert row["segments"] == 6
        assert 0.5 <= row["partners"][0]["score"] <= 1


def test_the_shards_hold_what_the_aligner_finds(sides: tuple[Path, Path], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    summary = corpus.build(*sides, tmp_path / "out")
    aligner = polyalign.Aligner()
    expected = []
    for number in range(20):
        name = f"{number:03d}.txt"
        pair = (polyalign.read(side / name, language=side.name) for side in sides)
        expected += [(name, list(b.source), list(b.target), b.score) for b in aligner.pair(*pair).beads]
    table = parquet.read_table(tmp_path / "out" / "pairs-00000.parquet").to_pylist()
    found = [(r["source_document"], r["source_ids"], r["target_ids"], r["score"]) for r in table]
    assert found == expected
    assert len(found) == summary.beads
    tmx = polyalign.read_bitext(tmp_path / "out" / "pairs-00000.tmx")
    assert len(tmx.beads) == summary.beads
    assert (tmx.source.language, tmx.target.language) == ("en", "de")
    assert [bead.score for bead in tmx.beads] == [row["score"] for row in table]


def test_units_are_in_the_languages_of_their_file_whatever_the_regions_of_documents(tmp_path: Path) -> None:
    unit = '<tu><tuv xml:lang="{}"><seg>{}</seg></tuv><tuv xml:lang="{}"><seg>{}</seg></tuv></tu>'
    pairs = [
        ("The ship left the harbour.", "غادرت السفينة الميناء."),
        ("It came back late.", "وعادت متأخرة."),
    ]
    units = "".join(unit.format("en-US", one, "ar-SA", other) for one, other in pairs)
    head = '<header srclang="en-US" datatype="plaintext" segtype="sentence" o-tmf="x" adminlang="en"'
    made = f'<tmx version="1.4">{head} creationtool="x" creationtoolversion="1"/><body>{units}</body></tmx>'
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "pairs.tmx").write_text(made, encoding="utf-8")
    corpus.build(tmp_path / "in", None, tmp_path / "out", languages=("en", "ar"))
    (memory,) = (tmp_path / "out").glob("*.tmx")
    assert not list(validation.validate(memory))
    assert len(polyalign.read_bitext(memory).beads) == 2


def test_the_summary_is_kept_and_a_finished_run_is_not_run_again(
    sides: tuple[Path, Path], tmp_path: Path
) -> None:
    said: list[str] = []
    summary = corpus.build(*sides, tmp_path / "out")
    before = contents(tmp_path / "out")
    assert corpus.build(*sides, tmp_path / "out", tell=said.append) == summary
    assert "finished" in said[0]
    assert contents(tmp_path / "out") == before
    assert sorted(before)[:3] == [".work/inputs.jsonl", ".work/lock", ".work/manifest.json"]
    assert corpus.Summary.from_json(before["summary.json"].decode()) == summary


@pytest.mark.parametrize("jobs", [2, 3])
def test_the_number_of_jobs_changes_nothing(
    jobs: int, sides: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus.steps, "READ_AT_ONCE", 5)
    monkeypatch.setattr(corpus.steps, "ALIGNED_AT_ONCE", 4)
    monkeypatch.setattr(corpus.steps, "CHUNKS_OF_SHARD", 2)
    corpus.build(*sides, tmp_path / "one")
    corpus.build(*sides, tmp_path / "many", jobs=jobs)
    assert contents(tmp_path / "one") == contents(tmp_path / "many")
    assert (tmp_path / "one" / "pairs-00002.tmx").exists()


def test_a_mixed_folder_is_told_apart_by_language(sides: tuple[Path, Path], tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    for side in sides:
        for path in list(side.iterdir())[:6]:
            (mixed / path.stem).mkdir(parents=True, exist_ok=True)
            (mixed / path.stem / f"{side.name}.txt").write_bytes(path.read_bytes())
    summary = corpus.build(mixed, None, tmp_path / "out", languages=("de", "en"))
    assert summary.pairs_by_languages == {"de-en": 6}
    for key, row in rows(tmp_path / "out").items():
        assert key.startswith("source" if key.endswith("de.txt") else "target")
        assert Path(row["partners"][0]["key"]).parent == Path(row["key"]).parent


def test_records_of_jsonl_and_parquet_are_documents(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    texts = [story(k) for k in range(8)]
    english = [
        {"text": en, "id": f"n{k}", "date": f"2024-09-{k + 1:02d}", "language": "EN_gb"}
        for k, (en, _) in enumerate(texts)
    ]
    lines = [json.dumps(row) for row in english]
    (tmp_path / "en.jsonl").write_text("\n\n".join([*lines, "{", '{"title": "no text"}', "[1]"]))
    columns = {"text": [de for _, de in texts], "title": ["Meldung"] * 8, "language": ["de"] * 8}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "de.parquet", row_group_size=3)
    summary = corpus.build(tmp_path / "en.jsonl", tmp_path / "de.parquet", tmp_path / "out")
    assert summary.pairs == 8
    assert summary.left_out == {"unreadable": 3}
    found = rows(tmp_path / "out")
    assert found["source en.jsonl:3"]["id"] == "n1"
    assert found["source en.jsonl:3"]["language"] == "en-gb"
    assert found["source en.jsonl:3"]["date"] == "2024-09-02"
    assert found["source en.jsonl:3"]["partners"][0]["key"] == "de.parquet:2"
    assert found["source en.jsonl:19"]["why"] == 'it has no field "text" with a string'
    assert [fault.partition(": ")[0] for fault in summary.faults] == [f"en.jsonl:{n}" for n in (17, 19, 21)]


def test_days_apart_are_no_pair(tmp_path: Path) -> None:
    for side, folder in enumerate(("en", "de")):
        for number in range(6):
            day = 1 + 20 * (side and number >= 3)
            path = tmp_path / folder / f"2024-09-{day:02d}" / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(story(number)[side])
    near = corpus.build(tmp_path / "en", tmp_path / "de", tmp_path / "near", window=7)
    far = corpus.build(tmp_path / "en", tmp_path / "de", tmp_path / "far", window=None)
    assert (near.pairs, far.pairs) == (3, 6)
    assert near.left_out == {"no counterpart": 6}


@pytest.fixture
def motley(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with everything in it that a folder can have, beside a good one."""
    source, target = write_stories(tmp_path, 6)
    (source / "empty.txt").touch()
    (source / "blank.txt").write_text(" \n")
    (source / "binary.bin").write_bytes(random.Random(0).randbytes(3000))
    (source / "broken\n.pdf").write_bytes(b"%PDF-1.7 and no more")
    (source / "swahili.txt").write_text(
        "Habari za asubuhi, watu wote wanapenda kusoma vitabu vya historia. " * 5
    )
    (source / "figures.txt").write_text("1 2 3 4 5\n")
    (source / "خبر عاجل.txt").write_text(story(6)[0])
    (target / "خبر.txt").write_text(story(6)[1])
    (source / "two\nlines.txt").write_text(story(7)[0])
    (source / os.fsdecode(b"latin\xe9.txt")).write_text(story(8)[0])
    (target / "8.txt").write_text(story(8)[1])
    (source / "copy.txt").write_text(story(3)[0] + "\n")
    (source / "link.txt").symlink_to(source / "000.txt")
    (source / "nowhere.txt").symlink_to(source / "gone.txt")
    (source / "loop").symlink_to(source)
    (source / "itself").symlink_to(source / "itself")
    os.mkfifo(source / "pipe")
    (source / ".hidden").write_text("hidden")
    return source, target


def test_every_document_has_its_status(motley: tuple[Path, Path], tmp_path: Path) -> None:
    summary = corpus.build(*motley, tmp_path / "out")
    told = {key.partition(" ")[2]: (row["status"], row["why"]) for key, row in rows(tmp_path / "out").items()}
    statuses = {key: status for key, (status, _) in told.items() if status != "paired"}
    assert statuses == {
        "empty.txt": "empty",
        "blank.txt": "empty",
        "binary.bin": "unreadable",
        "broken\n.pdf": "unreadable",
        "swahili.txt": "language not covered",
        "figures.txt": "language unknown",
        "two\nlines.txt": "no counterpart",
        "copy.txt": "duplicate",
        "link.txt": "duplicate",
        "nowhere.txt": "unreadable",
        "itself": "unreadable",
        "pipe": "unreadable",
    }
    assert told["link.txt"][1] == "the same file as 000.txt"
    assert told["copy.txt"][1] == "the same text as 003.txt"
    assert summary.pairs == 8
    assert sum(summary.left_out.values()) + summary.paired == summary.documents
    assert os.fsdecode(b"latin\xe9.txt") in told
    assert len(summary.faults) == 5
    assert all("\n" not in fault for fault in summary.faults)


def test_languages_that_nobody_asked_for_are_left_out(motley: tuple[Path, Path], tmp_path: Path) -> None:
    summary = corpus.build(*motley, tmp_path / "out", languages=("en",), to=["fr"])
    assert summary.pairs == 0
    assert summary.left_out["language not asked for"] == 9
    assert summary.languages == {"en": 10, "de": 8, "sw": 1}
    assert rows(tmp_path / "out")["source swahili.txt"]["language"] == "sw"


def test_near_duplicates_are_grouped(sides: tuple[Path, Path], tmp_path: Path) -> None:
    source = tmp_path / "en"
    source.mkdir()
    text = " ".join(story(number)[0] for number in range(5))
    (source / "a.txt").write_text(text)
    (source / "b.txt").write_text(text + " Reported by our correspondent in town.")
    (source / "c.txt").write_text(story(12)[0])
    corpus.build(source, sides[1], tmp_path / "out")
    found = {row["key"]: row for row in rows(tmp_path / "out").values() if row["side"] == "source"}
    assert found["a.txt"]["group"] == found["b.txt"]["group"] == "b.txt"
    assert found["a.txt"]["status"] == "duplicate"
    assert "group" not in found["c.txt"]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("nowhere", "de"), {}, UnreadableError, "no such file or folder"),
        (("empty", "de"), {}, InputError, "holds no documents"),
        (("en", "en"), {}, UsageError, "both sides are one folder"),
        (("en", None), {}, UsageError, "name their languages"),
        (("en", None), {"languages": ("en",)}, UsageError, "name their languages"),
        (("en", "de"), {"languages": ("en", "de"), "to": ("fr",)}, UsageError, "leave out to"),
        (("en", "de"), {"languages": ("en", "en-US")}, UsageError, "both sides are to be in en"),
        (("en", "de"), {"to": ("german",)}, LanguageError, "does not cover 'german'"),
        (("en", "de"), {"jobs": 0}, UsageError, "jobs is 0"),
        (("en", "de"), {"threshold": 2.0}, UsageError, "threshold is 2.0"),
        (("en", "de"), {"min_score": -1.0}, UsageError, "min_score is -1.0"),
        (("en", "de"), {"best": 0}, UsageError, "1 or more"),
        (("en", "de"), {"window": -1}, UsageError, "0 or more"),
        (("en", "de"), {"mode": "odd"}, UsageError, "unknown mode"),
        (("en", "de"), {"encoder": "odd"}, UsageError, "no encoder is called"),
        (("notext.jsonl", "de"), {}, InputError, 'no line has a field "text"'),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    arguments: tuple[str, str | None], options: dict[str, Any], error: type, message: str, tmp_path: Path
) -> None:
    write_stories(tmp_path, 2)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notext.jsonl").write_text('{"body": "a"}\n{"body": "b"}\n')
    source, target = (tmp_path / name if name else None for name in arguments)
    with pytest.raises(error, match=message) as raised:
        corpus.build(str(source), target, tmp_path / "out", **options)
    assert "\n" not in str(raised.value)


def test_what_utf8_and_python_cannot_hold_is_no_end_of_the_run(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    target = write_stories(tmp_path, 4)[1]
    texts = [story(number)[0] for number in range(4)]
    lone = {"text": texts[0] + " \ud800 So it is.", "id": "\udfff", "title": "\ud800"}
    (tmp_path / "lone.jsonl").write_text(json.dumps(lone))
    assert corpus.build(tmp_path / "lone.jsonl", target, tmp_path / "lone").pairs == 1
    ends = b"".join(end.to_bytes(4, "little") for end in (0, 2, 4, 6, 8))
    buffers = [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(b"ab\xff\xfefghi")]
    columns = {
        "text": texts,
        "id": pyarrow.Array.from_buffers(pyarrow.string(), 4, buffers),
        "date": pyarrow.array([19981, None, 10**9, 19981], pyarrow.int32()).cast(pyarrow.date32()),
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "odd.parquet")
    assert corpus.build(tmp_path / "odd.parquet", target, tmp_path / "odd").pairs == 4
    found = [row for key, row in rows(tmp_path / "odd").items() if key.startswith("source")]
    assert [(row.get("id"), row["date"]) for row in found] == [
        ("ab", "2024-09-15"),
        (None, ""),
        ("fg", ""),
        ("hi", "2024-09-15"),
    ]


def test_rows_after_a_damage_are_not_said_to_be_gone(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n' * 3))
    found = list(documents.documents([documents.DocumentEntry("source", "a.jsonl.gz", str(path))]))
    path.write_bytes(path.read_bytes()[:-12])
    faults = [task.entry.fault for task in documents.Contents().tasks(found)]
    assert {fault for fault in faults if fault} == {faults[-1]}
    assert faults[-1].startswith("it cannot be read (")


def test_a_table_without_texts_beside_documents_is_one_bad_document(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    source, target = write_stories(tmp_path, 3)
    pyarrow.parquet.write_table(pyarrow.table({"body": ["a", "b"]}), source / "odd.parquet")
    (source / "about.jsonl").write_text('{"about": "these reports"}\n')
    summary = corpus.build(source, target, tmp_path / "out")
    assert (summary.pairs, summary.left_out) == (3, {"unreadable": 2})
    assert summary.faults[1].startswith('odd.parquet: it has no column "text" (it has body)')


def test_what_is_refused_leaves_no_run_behind(tmp_path: Path) -> None:
    target = write_stories(tmp_path, 3)[1]
    table = tmp_path / "a.jsonl"
    for content, message in (("\n", "holds no documents"), ('{"body": "a"}', 'no line has a field "text"')):
        table.write_text(content)
        with pytest.raises(InputError, match=message):
            corpus.build(table, target, tmp_path / "out")
    table.write_text(json.dumps({"text": story(1)[0]}))
    assert corpus.build(table, target, tmp_path / "out").pairs == 1


@pytest.mark.parametrize("mixed", [False, True])
def test_copies_of_copies_are_in_one_group(mixed: bool, tmp_path: Path) -> None:
    source, target = write_stories(tmp_path / "in", 3)
    for name in ("a.txt", "b.txt"):
        (source / name).write_text(story(1)[0] + " Reported by our correspondent in town.")
    (source / "c.txt").symlink_to(source / "b.txt")
    (source / "d.txt").write_bytes((source / "002.txt").read_bytes())
    one, other = (source.parent, None) if mixed else (source, target)
    corpus.build(one, other, tmp_path / "out", languages=("en", "de"))
    found = rows(tmp_path / "out").values()
    groups = {Path(row["key"]).stem: Path(row["group"]).stem for row in found if "group" in row}
    assert groups == {"001": "a", "a": "a", "b": "a", "c": "a", "d": "002", "002": "002"}


def test_parquet_without_a_text_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    pyarrow.parquet.write_table(pyarrow.table({"body": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match='no column "text" \\(it has body\\)'):
        corpus.build(tmp_path / "a.parquet", write_stories(tmp_path, 2)[0], tmp_path / "out")


def test_a_damaged_table_is_one_bad_document(tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 3)
    (source / "bad.parquet").write_bytes(b"PAR1 and no more PAR1")
    (source / "bad.jsonl.gz").write_bytes(b"\x1f\x8b and no more")
    assert corpus.build(source, target, tmp_path / "out").left_out == {"unreadable": 2}


def test_another_runs_folder_is_refused_and_says_why(tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 3)
    out = tmp_path / "out"
    corpus.build(source, target, out)
    with pytest.raises(OutputError, match=r"another run \(threshold was 0\.5 and is 0\.7\)"):
        corpus.build(source, target, out, threshold=0.7)
    with pytest.raises(OutputError, match=r"languages was none and is en, de"):
        corpus.build(source, target, out, languages=("en", "de"))
    (source / "new.txt").write_text("One more.")
    (source / "001.txt").write_text("Another text.")
    (source / "002.txt").unlink()
    with pytest.raises(
        OutputError, match=r"1 files are new: .*new.txt; 1 files are gone: .*; 1 files are ch"
    ):
        corpus.build(source, target, out)


@pytest.mark.parametrize("name", ["summary.json", ".work/manifest.json", ".work/inputs.jsonl"])
@pytest.mark.parametrize("content", ["", "{", "5", '{"side": 1}'])
def test_what_somebody_changed_in_the_folder_is_said(name: str, content: str, tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 2)
    out = tmp_path / "out"
    corpus.build(source, target, out)
    if name.endswith("inputs.jsonl"):
        (source / "001.txt").write_text("Another text.")
    (out / name).write_text(content)
    with pytest.raises(OutputError, match=r"it was changed|holds another run") as raised:
        corpus.build(source, target, out)
    assert "\n" not in str(raised.value)


def test_a_folder_that_cannot_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", denied)
    with pytest.raises(OutputError, match=r"cannot look into .* \(Permission denied\)"):
        corpus.workplace.refuse_others(tmp_path)


def test_a_pair_that_the_aligner_stumbles_over_is_said_and_the_others_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = polyalign.Aligner.pair

    def stumbling(self: polyalign.Aligner, source: polyalign.Document, *rest: Any) -> polyalign.Bitext:
        if source.path == "001.txt":
            raise ZeroDivisionError("by\nzero")
        return pair(self, source, *rest)

    monkeypatch.setattr(polyalign.Aligner, "pair", stumbling)
    summary = corpus.build(*write_stories(tmp_path, 3), tmp_path / "out")
    assert summary.faults == ("001.txt: it cannot be aligned (ZeroDivisionError: by zero)",)
    assert (summary.pairs, summary.beads) == (3, 12)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 1)
    with pytest.raises(OutputError, match="is not empty"):
        corpus.build(source, target, tmp_path)
    with pytest.raises(OutputError, match="is a file"):
        corpus.build(source, target, source / "000.txt")


def test_the_output_may_lie_inside_the_input(tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 4)
    first = corpus.build(source, target, source / "out", keep_work=True)
    assert first.documents == 8
    assert corpus.build(source, target, source / "out") == first


def test_two_runs_at_once_do_not_share_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    source, target = write_stories(tmp_path, 1)
    with corpus.workplace.workplace(tmp_path / "out"), pytest.raises(OutputError, match="another run is"):
        corpus.build(source, target, tmp_path / "out")


def test_patterns_and_their_keys(tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 12)
    found = documents.files(f"{source}/00?.txt", "source", without=tmp_path / "out")
    assert [entry.key for entry in found] == [f"00{k}.txt" for k in range(10)]
    deep = documents.files(f"{tmp_path}/**/*.txt", "source", without=target)
    assert [entry.key for entry in deep] == [f"en/{k:03d}.txt" for k in range(12)]


def test_patterns_do_not_go_round_in_links(tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 3)
    (source / "deep").mkdir()
    (source / "deep" / "a.txt").touch()
    for name in ("again", "deep/back", "once more"):
        (source / name).symlink_to(source)
    for pattern, keys in {
        "en/**/*.txt": ["000.txt", "001.txt", "002.txt", "deep/a.txt"],
        "en/**": ["000.txt", "001.txt", "002.txt", "deep/a.txt"],
        "en/**/deep/**/?.txt": ["deep/a.txt"],
        "e?/**/a.txt": ["en/deep/a.txt"],
    }.items():
        found = documents.files(f"{tmp_path}/{pattern}", "source", without=target)
        assert [entry.key for entry in found] == keys, pattern


def test_many_files_in_one_folder(tmp_path: Path) -> None:
    for number in range(20_000):
        (tmp_path / f"{number}.txt").touch()
    found = documents.files(str(tmp_path), "source", without=tmp_path / "out")
    assert len({entry.key for entry in found}) == 20_000


@given(st.dictionaries(st.text("abc", min_size=1, max_size=5), st.binary(max_size=40), max_size=4))
def test_chunks_are_read_back(sections: dict[str, bytes]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        packed = chunks.Packed(Path(folder) / "chunk")
        assert not packed.whole
        data = chunks.packed(sections)
        packed.path.write_bytes(data)
        assert packed.whole
        assert {name: packed.section(name) for name in sections} == sections
        packed.path.write_bytes(data[:-1])
        assert not chunks.Packed(packed.path).whole


@given(st.lists(st.frozensets(st.integers(0, 2**62))), st.lists(st.frozensets(st.text(max_size=3))))
def test_sets_are_what_they_were(numbers: list[frozenset[int]], words: list[frozenset[str]]) -> None:
    assert list(NumberSets(numbers)) == numbers
    assert list(WordSets(words)) == words
    assert WordSets(words)[1:] == words[1:]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-09-15T12:00:00Z", "2024-09-15"),
        ("archive/2024/09/15/story.txt", "2024-09-15"),
        ("20240915_agency.txt", "2024-09-15"),
        ("2024-13-15 2024.02.28", "2024-02-28"),
        ("120240915", ""),
        ("2024-0915", ""),
        ("no day", ""),
    ],
)
def test_days(text: str, day: str) -> None:
    assert day_in(text) == day


def test_names_sound_alike_in_two_scripts() -> None:
    english = names_in(["The head of the agency, Ibrahim Kalin, spoke in Baku.", "Kalin left."])
    arabic = names_in(["قال إبراهيم قالن في باكو"])
    assert {"KLN", "BRHM"} <= english & arabic
    assert not names_in(["The agency spoke.", "The agency left."])


def test_vectors_are_those_of_the_encoder(sides: tuple[Path, Path], tmp_path: Path) -> None:
    from polyalign.encoders import load

    corpus.build(*sides, tmp_path / "out", keep_work=True)
    raw = np.fromfile(tmp_path / "out" / ".work" / "bags" / "source", dtype=np.float16).reshape(-1, 512)
    texts = [s.text for k in range(20) for s in polyalign.segment(story(k)[0], language="en")]
    assert np.allclose(raw, load("use-m3").encode(texts), atol=2e-3)


@pytest.mark.skipif(not SEEDS.exists(), reason="../shared/seeds is not here")
def test_the_reports_on_one_conference_are_found(tmp_path: Path) -> None:
    summary = corpus.build(SEEDS, None, tmp_path / "out", languages=("ar", "en"))
    found = {key[7:10]: row for key, row in rows(tmp_path / "out").items()}
    assert summary.pairs == 1
    assert [partner["key"][:3] for partner in found["003"]["partners"]] == ["000"]
    assert all(found[name]["partners"] == [] for name in ("001", "002", "004"))


def test_an_acronym_in_capitals_does_not_hide_the_names_of_an_arabic_text() -> None:
    arabic = ["قال إبراهيم قالن لقناة TRT في باكو"]
    assert names_in(["Ibrahim Kalin spoke to us.", "We met Kalin there in person."]) & names_in(arabic)
