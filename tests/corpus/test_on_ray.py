"""The corpus run on a local Ray: two workers, one killed in the middle, the same bytes as without Ray."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from polyalign import corpus
from polyalign.corpus import on_ray
from polyalign.errors import NotInstalledError
from tests.helpers.corpus_stories import contents, write_stories

SCRIPT = """
import contextlib, os, signal, sys
from pathlib import Path
from polyalign import corpus
from polyalign.corpus import steps

def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

def ours(pid):
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = parent(pid)
    return False

def workers():
    for path in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if (path / "cmdline").read_bytes().startswith(b"ray::MapWorker") and ours(int(path.name)):
                yield int(path.name)

killed = []

@contextlib.contextmanager
def bar(step, unit):
    def advance(done, total):
        if step == "reading" and 8 <= done < total and not killed:
            killed.append(next(workers()))
            os.kill(killed[0], signal.SIGKILL)
    yield advance

if __name__ == "__main__":
    steps.READ_AT_ONCE, steps.ALIGNED_AT_ONCE = 2, 8
    source, target, out = sys.argv[1:]
    corpus.build(source, target, out, ray="auto", jobs=2, bar=bar)
    import ray
    ray.shutdown()
    sys.exit(0 if killed else 9)
"""


@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
def test_a_worker_killed_in_the_middle_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = write_stories(tmp_path, 24)
    monkeypatch.setattr(corpus.steps, "READ_AT_ONCE", 2)
    monkeypatch.setattr(corpus.steps, "ALIGNED_AT_ONCE", 8)
    corpus.build(source, target, tmp_path / "local")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(source), str(target), str(tmp_path / "ray")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "ray://localhost:{}"])
def test_an_address_where_nobody_listens_is_found_at_once(form: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = form.format(server.getsockname()[1])
        on_ray._knock(address)
    with pytest.raises(OSError, match="refused"):
        on_ray._knock(address)
    on_ray._knock("local")


@pytest.mark.skipif(find_spec("ray") is not None, reason="ray is installed")
def test_without_ray_the_line_that_installs_it(tmp_path: Path) -> None:
    source, target = write_stories(tmp_path, 2)
    with pytest.raises(NotInstalledError, match=r"pip install 'polyalign\[ray\]'"):
        corpus.build(source, target, tmp_path / "out", ray="auto")
