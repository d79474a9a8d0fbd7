"""The memory of translations: nothing is translated twice, and a file that is wrong does no harm."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import polyalign
from polyalign.translation import FLAGS, Progress, Translation, open_translator
from polyalign.translation.memory import Memory, Remembering
from polyalign.translation.protocol import silent
from tests.helpers.tiny_marian import ARABIC, Tiny

TEXTS = st.lists(st.text(st.characters(), max_size=20), max_size=20)


@dataclass
class Upper:
    """A translator that counts what it is asked; what has no letters passes."""

    identity: str = "upper"
    name: str = "upper"
    asked: list[str] = field(default_factory=list)

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        self.asked += texts
        progress(len(texts), len(texts))
        return [
            Translation(f"{self.identity} {text.upper()!a}", () if text else ("passed",)) for text in texts
        ]


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "cache" / "translations.sqlite")


@given(texts=TEXTS, more=TEXTS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_result_is_that_of_the_translator_and_nothing_is_asked_twice(
    texts: list[str], more: list[str], memory: Memory
) -> None:
    """The memory lives on between the examples."""
    plain, remembering = Upper(), Remembering(Upper(), memory)
    assert remembering.translate(texts) == plain.translate(texts)
    assert remembering.translate(texts + more) == plain.translate(texts + more)
    assert isinstance(remembering.translator, Upper)
    asked = [text for text in remembering.translator.asked if text]
    assert len(asked) == len(set(asked))
    assert memory.notes == []


@given(flags=st.dictionaries(st.text(st.characters()), st.sets(st.sampled_from(list(FLAGS))), max_size=9))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_found(flags: dict[str, set[str]], memory: Memory) -> None:
    made = {
        text: Translation(text.encode("utf-8", "replace").decode(), tuple(f for f in FLAGS if f in some))
        for text, some in flags.items()
    }
    memory.keep("one", made)
    assert memory.find("one", list(made)) == made
    assert memory.find("other", list(made)) == {}


def test_a_second_run_translates_nothing(memory: Memory) -> None:
    texts = [f"text {i}" for i in range(700)]
    for expected in (700, 0):
        upper = Upper()
        seen: list[tuple[int, int]] = []
        made = Remembering(upper, memory).translate(texts, progress=lambda d, t: seen.append((d, t)))  # noqa: B023
        assert [one.text for one in made] == [f"upper {text.upper()!a}" for text in texts]
        assert len(upper.asked) == expected
        assert seen == sorted(seen)
        assert seen[-1] == (700, 700)


def test_another_translator_is_asked_anew(memory: Memory) -> None:
    one, other = Upper("one"), Upper("other")
    assert Remembering(one, memory).translate(["a"]) != Remembering(other, memory).translate(["a"])
    assert other.asked == ["a"]
    assert Remembering(one, memory).identity == "one"


def test_a_real_translator_remembers_across_openings(
    tiny_ar_en: Tiny, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = open_translator(tiny_ar_en.folder, memory=memory).translate(ARABIC)
    again = open_translator(tiny_ar_en.folder, memory=memory)
    monkeypatch.setattr("polyalign.translation.ct2.CTranslate2.generate", None)
    assert again.translate(ARABIC) == made


def test_what_was_made_before_a_stop_is_kept(memory: Memory) -> None:
    class Stopping(Upper):
        def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
            if len(self.asked) >= 256:
                raise KeyboardInterrupt
            return super().translate(texts, progress=progress)

    texts = [str(i) for i in range(600)]
    with pytest.raises(KeyboardInterrupt):
        Remembering(Stopping(), memory).translate(texts)
    assert len(memory.find("upper", texts)) == 256


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_set_aside_and_told(content: bytes, memory: Memory) -> None:
    memory.path.parent.mkdir()
    memory.path.write_bytes(content)
    assert Remembering(Upper(), memory).translate(["a"]) == Upper().translate(["a"])
    assert [note for note in memory.notes if "damaged: it is begun anew" in note] == memory.notes != []
    assert memory.path.with_name("translations.sqlite.damaged").read_bytes() == content
    assert Remembering(upper := Upper(), memory).translate(["a"])
    assert upper.asked == []


def test_damage_in_the_middle_is_set_aside(memory: Memory) -> None:
    memory.keep("upper", {str(i): Translation("x" * 200) for i in range(500)})
    data = bytearray(memory.path.read_bytes())
    data[5000:60000] = b"\xa5" * 55000
    memory.path.write_bytes(data)
    texts = [str(i) for i in range(500)]
    assert Remembering(Upper(), memory).translate(texts) == Upper().translate(texts)
    assert len(memory.notes) == 1


@pytest.mark.parametrize("kind", ["folder", "file", "newer"])
def test_what_cannot_be_used_is_done_without(kind: str, memory: Memory) -> None:
    if kind == "folder":
        memory.path.mkdir(parents=True)
    elif kind == "file":
        memory.path.parent.write_text("a file where the cache should be", encoding="utf-8")
    else:
        memory.path.parent.mkdir()
        with sqlite3.connect(memory.path) as base:
            base.execute("PRAGMA user_version = 99")
        base.close()
    assert Remembering(Upper(), memory).translate(["a", "b"]) == Upper().translate(["a", "b"])
    (note,) = memory.notes
    assert "going on without it" in note


def test_several_processes_write_at_once(memory: Memory) -> None:
    """All begin at the same moment, with a file that is not there yet."""
    code = """
import sys, time
from pathlib import Path
from polyalign.translation import Translation
from polyalign.translation.memory import Memory
memory = Memory(Path(sys.argv[1]))
while time.time() < float(sys.argv[3]):
    pass
for i in range(40):
    memory.keep("one", {f"{sys.argv[2]} {i}": Translation(str(i))})
print(memory.notes)
"""
    root, begin = str(Path(polyalign.__file__).parents[1]), str(time.time() + 1)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(memory.path), str(number), begin],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for number in range(3)
    ]
    assert [process.communicate()[0] for process in started] == ["[]\n"] * 3
    texts = [f"{number} {i}" for number in range(3) for i in range(40)]
    assert len(memory.find("one", texts)) == 120
