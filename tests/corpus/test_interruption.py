"""A corpus run that is killed, starved of disk, or robbed of a worker, and run again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from polyalign import corpus
from polyalign.corpus import local
from polyalign.errors import OutputError, PolyalignError
from tests.helpers.corpus_stories import contents, write_stories

T = TypeVar("T")

STEPS = ("reading", "grouping", "pairing", "aligning", "writing")
STORIES = 24
SCRIPT = """
import contextlib, os, signal, sys, time
from polyalign import corpus
from polyalign.corpus import steps

source, target, out, jobs, where = sys.argv[1:]

@contextlib.contextmanager
def bar(step, unit):
    def advance(done, total):
        if where.startswith(step) and (done or step == "grouping") and not where.endswith("worker"):
            os.kill(os.getpid(), signal.SIGKILL)
    yield advance

if __name__ == "__main__":
    steps.READ_AT_ONCE, steps.ALIGNED_AT_ONCE, steps.CHUNKS_OF_SHARD = 4, 3, 3
    corpus.build(source, target, out, jobs=int(jobs), bar=bar, keep_work=True, tell=print)
"""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_stories(tmp_path_factory.mktemp("stories"), STORIES)


@pytest.fixture(scope="module")
def whole(sides: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run leaves that nobody disturbs."""
    out = tmp_path_factory.mktemp("whole") / "out"
    with small_chunks():
        corpus.build(*sides, out, keep_work=True)
    return contents(out)


@contextlib.contextmanager
def small_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("READ_AT_ONCE", 4), ("ALIGNED_AT_ONCE", 3), ("CHUNKS_OF_SHARD", 3)):
            patch.setattr(corpus.steps, name, size)
        yield


def start(sides: tuple[Path, Path], out: Path, *, jobs: int = 1, where: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *map(str, (*sides, out, jobs)), where],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def finished(out: Path) -> dict[Path, tuple[int, int]]:
    """The pieces of work that are done, each with its inode and the time it was written."""
    found = (path for path in out.rglob("*") if path.is_file() and not path.name.startswith("."))
    kept = (path for path in found if path.parent.name != "bags" and path.name != "lock")
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in kept}


@pytest.mark.parametrize("step", STEPS)
def test_killed_in_a_step_and_run_again(
    step: str, sides: tuple[Path, Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with start(sides, out, where=step) as process:
        assert process.wait(120) == -signal.SIGKILL
    before, said = finished(out), list[str]()
    assert not (out / "summary.json").exists()
    with small_chunks():
        corpus.build(*sides, out, keep_work=True, tell=said.append)
    assert "going on where it stopped" in said[0]
    assert contents(out) == whole
    assert before.items() <= finished(out).items()


def test_killed_again_and_again_with_two_processes(
    sides: tuple[Path, Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    out, dice = tmp_path / "out", random.Random(7)
    before: dict[Path, tuple[int, int]] = {}
    for _ in range(4):
        with start(sides, out, jobs=2) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0.5, 5))
            process.kill()
        now = finished(out)
        assert before.items() <= now.items()
        before = now
    with small_chunks():
        corpus.build(*sides, out, keep_work=True)
    assert contents(out) == whole
    assert before.items() <= finished(out).items()


def test_what_a_killed_run_had_begun_to_write_is_swept(
    sides: tuple[Path, Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with start(sides, out, where="aligning") as process:
        process.wait(120)
    for folder in (out, out / ".work", out / ".work" / "reading", out / ".work" / "aligning"):
        (folder / ".polyalign-0123456789ab.tmp").write_text("half")
    (out / ".work" / "pairs" / "en-de").write_bytes(b"")  # as a crash of the machine leaves it
    (out / ".work" / "aligning" / "000001").write_bytes(b'{"pairs": 100}' + b" " * 114 + b"cut short")
    with small_chunks():
        corpus.build(*sides, out, keep_work=True)
    assert contents(out) == whole


@pytest.mark.parametrize("size", [3_000, 20_000])
def test_a_full_disk_ends_in_one_line_and_the_run_goes_on_later(
    size: int, sides: tuple[Path, Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    """The limit on the size of files stands for the disk: it fails in the middle of a write, too."""
    out, limits = tmp_path / "out", resource.getrlimit(resource.RLIMIT_FSIZE)
    with small_chunks():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            with pytest.raises(OutputError, match="make room or choose another place") as raised:
                corpus.build(*sides, out, keep_work=True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert "\n" not in str(raised.value)
        assert not list(out.rglob("*.tmp"))
        corpus.build(*sides, out, keep_work=True)
    assert contents(out) == whole


class Squaring:
    """Work on numbers; what is in `deadly` kills its process, as often as the file there says."""

    def __init__(self, deadly: str = "") -> None:
        self._deadly = Path(deadly) if deadly else None

    def __call__(self, task: int) -> bytes:
        if task == 5 and self._deadly and (left := int(self._deadly.read_text())):
            self._deadly.write_text(str(left - 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return str(task * task).encode()


class Made:
    """Makes such work in a new process."""

    def __init__(self, deadly: Path | None = None) -> None:
        self.deadly = str(deadly or "")

    def __call__(self) -> Squaring:
        return Squaring(self.deadly)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_done_once(jobs: int) -> None:
    done = list(local.mapped(Made(), ((k, k) for k in range(20)), jobs=jobs))
    assert sorted(done) == [(k, str(k * k).encode()) for k in range(20)]


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("1")
    done = list(local.mapped(Made(tmp_path / "left"), ((k, k) for k in range(20)), jobs=2))
    assert sorted(done) == [(k, str(k * k).encode()) for k in range(20)]


def test_a_worker_that_is_killed_every_time_ends_the_run_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("99")
    done: list[tuple[int, bytes]] = []
    with pytest.raises(PolyalignError, match="a worker process was killed, and so was") as raised:
        done.extend(local.mapped(Made(tmp_path / "left"), ((k, k) for k in range(8)), jobs=2))
    assert "\n" not in str(raised.value)


def test_workers_end_with_their_parent(sides: tuple[Path, Path], tmp_path: Path) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("processes are found in /proc")
    with start(sides, tmp_path / "out", jobs=2) as process:
        children = _waited(lambda: _children(process.pid, b"spawn_main"))
        process.kill()
    assert children
    assert _waited(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def _children(parent: int, word: bytes) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state = (path / "stat").read_text().rpartition(")")[2].split()
            if int(state[1]) == parent and word in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


def _waited(look: Callable[[], T]) -> T:
    """What is seen, as soon as there is something, after 30 seconds at the latest."""
    last = time.monotonic() + 30
    while not (seen := look()) and time.monotonic() < last:
        time.sleep(0.05)
    return seen


def test_the_manifest_names_what_the_result_depends_on(whole: dict[str, bytes]) -> None:
    manifest = json.loads(whole[".work/manifest.json"])
    assert {"source", "target", "threshold", "window", "encoder", "signature", "inputs"} <= manifest.keys()
    assert not {"jobs", "ray"} & manifest.keys()
