"""A damaged project is noticed, repaired as far as it can be, and nothing is claimed that is not so."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from polyalign import Bead, Bitext, Document, Store, write
from polyalign.cli import main
from polyalign.errors import OutputError, PolyalignError, UnreadableError
from polyalign.parts import Side
from polyalign.store import checksums, doctor, schema

WORDS = "the ship left harbour at noon and came back in evening with fish for market of town".split()
FLIPS = 50


def texts(language: str, seed: int, count: int = 120) -> Side:
    chance = random.Random(seed)
    made = Document.from_segments(
        [" ".join(chance.choices(WORDS, k=chance.randint(3, 20))) + "." for _ in range(count)],
        language=language,
    )
    return Side(language, made.segments or (), f"{language}.txt")


def bitext(seed: int) -> Bitext:
    beads = tuple(Bead((k,), (k,), 0.5 + k / 400) for k in range(100))
    return Bitext(texts("en", seed), texts("tr", seed + 1), beads, "comparable", "made for a test", ())


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two bitexts with a history of edits, undone and made again."""
    path = tmp_path_factory.mktemp("sound") / "a.polyalign"
    with Store(path, who="A. Reader") as store:
        store.add(bitext(1), name="one", file=b"<xliff/>" * 100)
        store.add(bitext(3), name="two")
        rows = store.rows(1)
        for row in rows[:40]:
            store.edit(row.source[0].id, f"{row.source[0].text} Edited.") if row.source else None
            store.mark([row.id], "confirmed")
        store.merge([rows[50].id, rows[51].id])
        store.comment(rows[60].id, "is this right?")
        store.undo()
    return path


def copied(path: Path, folder: Path) -> Path:
    return Path(shutil.copy(path, folder / "copy.polyalign"))


def flipped(path: Path, place: int, bit: int) -> None:
    with path.open("rb+") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))


def content(path: Path) -> list[str]:
    """All that a project says, by SQLite alone."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


Shown = dict[int, tuple[object, ...]]


def shown(path: Path) -> Shown:
    """What a reader sees of each segment, by its id: its row and its text first."""
    with Store(path) as store:
        return {
            segment.id: (row.id, side, segment.text, segment.original, row.state, row.comment, row.score)
            for listed in store.listed()
            for row in store.rows(listed.id)
            for side in ("source", "target")
            for segment in row.side(side)
        }


def unlike(before: Shown, after: Shown) -> set[int]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def is_told(segment: int, before: Shown, said: Sequence[str]) -> bool:
    """Whether it was said of a segment, its row or its text that they are not as they were."""
    if segment not in before:  # its number is what was damaged
        return any(line.startswith(f"segment {segment}: ") for line in said)
    text = 1 + (before[segment][1] == "target") + 2 * (segment > 240)
    names = (f"segment {segment}: ", f"row {before[segment][0]}: ", f"text {text}: ")
    return any(line.startswith(names) for line in said)


def test_each_flipped_bit_is_found_or_harmless_and_repaired_or_told(sound: Path, tmp_path: Path) -> None:
    chance, whole, before = random.Random(25), content(sound), shown(sound)
    found = repaired = beyond = 0
    for _ in range(FLIPS):
        path = copied(sound, tmp_path)
        flipped(path, chance.randrange(path.stat().st_size), chance.randrange(8))
        try:
            Store(path).close()
        except PolyalignError:
            found += 1
            assert doctor.faults(path)
            damaged = path.read_bytes()
            try:
                _, said = doctor.repair(path)
            except UnreadableError:  # what leads to the tables is gone: one flip in a thousand
                assert path.read_bytes() == damaged
                beyond += 1
                continue
            assert not doctor.faults(path)
            lost = unlike(before, shown(path))
            assert {key for key in lost if not is_told(key, before, said)} == set()
            repaired += not lost
            for kept in tmp_path.glob("*-damaged*"):
                kept.unlink()
        else:
            assert content(path) == whole  # the flip was where nothing is
    assert beyond <= 1
    assert found > FLIPS / 2
    assert repaired > found / 2


@pytest.mark.parametrize("place", [0, 17, 18, 21, 24, 28, 40, 44, 56, 60, 63, 68])
def test_the_header(place: int, sound: Path, tmp_path: Path) -> None:
    path, whole = copied(sound, tmp_path), content(sound)
    flipped(path, place, 1)
    try:
        Store(path).close()
    except PolyalignError:
        doctor.repair(path)
    assert rows(content(path)) == rows(whole)


def rows(dump: Sequence[str]) -> list[str]:
    return sorted(line for line in dump if line.startswith("INSERT") and '"checks"' not in line)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE segments SET edited = 'x' WHERE edited IS NOT NULL AND id < 5", "as the journal has it"),
        (
            "UPDATE segments SET boilerplate = 'x' WHERE id = 99",
            "segment 99: kept, but not as it was written",
        ),
        ("DELETE FROM beads WHERE id = 70", "row 70: lost"),
        ("UPDATE journal SET changes = 'x' WHERE id = 9", "cannot be undone any more"),
        ("UPDATE files SET packed = x'00'", "an export cannot update it any more"),
        (
            "UPDATE documents SET text = CAST(x'ff' || substr(text, 2) AS BLOB) WHERE id = 2",
            "text 2: kept, but not as it was written",
        ),
        ("UPDATE log SET who = 'nobody' WHERE revision = 3", "is not known of all changes"),
        ("DELETE FROM members WHERE segment = 77", "segment 77: in a row of its own"),
    ],
)
def test_what_is_repaired_and_what_is_told(change: str, said: str, sound: Path, tmp_path: Path) -> None:
    path = copied(sound, tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)
    with pytest.raises(UnreadableError, match="polyalign doctor"):
        Store(path)
    kept, told = doctor.repair(path)
    assert any(said in line for line in told), told
    assert doctor.faults(path) == ()
    assert content(kept) != content(path)
    with Store(path) as store:
        store.mark([store.rows(2)[0].id], "confirmed")
        store.undo()


def test_edits_come_back_from_the_journal(sound: Path, tmp_path: Path) -> None:
    path = copied(sound, tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE segments SET edited = 'lost' WHERE edited IS NOT NULL")
        connection.execute("UPDATE beads SET state = 'auto', who = '' WHERE id < 40")
    doctor.repair(path)
    assert shown(path) == shown(sound)


def test_what_is_no_project_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.polyalign"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()
    with pytest.raises(UnreadableError, match="no text can be read"):
        doctor.repair(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_project_in_use_is_left_alone(sound: Path, tmp_path: Path) -> None:
    path = copied(sound, tmp_path)
    with Store(path), pytest.raises(OutputError, match="in use"):
        doctor.repair(path)


def test_the_command(sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied(sound, tmp_path)
    assert main(["doctor", str(path), "-o", str(tmp_path / "backup.sqlite")]) == 0
    assert "is as it was written" in capsys.readouterr().err
    assert content(tmp_path / "backup.sqlite") == content(sound)
    assert (tmp_path / "backup.sqlite").read_bytes()[18:20] == b"\1\1"  # no WAL: one file, for any SQLite
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE segments SET translation = 'x' WHERE id = 7")
    assert main(["doctor", str(path), "--dry-run"]) == 1
    assert "segments: 1 not as written, the first is 7" in capsys.readouterr().out
    assert main(["doctor", str(path)]) == 1
    assert "kept as" in capsys.readouterr().err
    assert main(["doctor", str(path)]) == 0
    assert main(["doctor", str(tmp_path / "none.polyalign")]) == 1


def test_a_copy_is_kept_before_a_project_is_brought_up_to_date(sound: Path, tmp_path: Path) -> None:
    path = copied(sound, tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE checks")
        connection.execute("ALTER TABLE bitexts DROP COLUMN about")
        for table in ("terms", "replies", "verdicts"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE segments DROP COLUMN quality")
        connection.execute("PRAGMA user_version = 4")
    old = content(path)
    Store(path).close()
    assert content(schema.kept_name(path, 4)) == old
    assert shown(path) == shown(sound)


def test_every_table_is_checked(sound: Path) -> None:
    with closing(sqlite3.connect(sound)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {*checksums.KEYS, "checks", "sqlite_sequence"}


def test_a_project_is_never_written_over(sound: Path, tmp_path: Path) -> None:
    """By a copy, a table, or from Python; one that is open would be destroyed."""
    other = copied(sound, tmp_path)
    with Store(other) as store:
        store.comment(store.rows(1)[0].id, "mine")
        for arguments in (
            ["doctor", str(sound), "-o", str(other)],
            ["export", str(sound), "--bitext", "1", "--format", "tsv", "-o", str(other)],
        ):
            assert main(arguments) == 1
        with pytest.raises(OutputError, match="is a project"):
            write(bitext(1), other, format="tsv")
        store.mark([store.rows(1)[1].id], "confirmed")
    with Store(other) as store:
        assert store.rows(1)[0].comment == "mine"
    assert main(["doctor", str(other)]) == 0
