"""Writing beside and renaming: the whole file or nothing, links, modes, pipes."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.files import written_beside


def write(path: Path, data: bytes = b"new") -> None:
    with written_beside(path) as file:
        file.write(data)


@given(data=st.binary(), before=st.none() | st.binary())
def test_what_is_written_is_there(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, before: bytes | None
) -> None:
    path = tmp_path_factory.mktemp("files") / "out"
    if before is not None:
        path.write_bytes(before)
    write(path, data)
    assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


def fail_half_way(path: Path, error: type[BaseException]) -> None:
    with written_beside(path) as file:
        file.write(b"half")
        file.flush()
        raise error


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("before", [None, b"old"])
def test_an_exception_leaves_no_trace(
    tmp_path: Path, error: type[BaseException], before: bytes | None
) -> None:
    path = tmp_path / "out"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(error):
        fail_half_way(path, error)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([] if before is None else [before])


def test_nothing_is_seen_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with written_beside(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed(tmp_path: Path, there: bool) -> None:
    real, link = tmp_path / "real" / "out", tmp_path / "link"
    real.parent.mkdir()
    if there:
        real.write_bytes(b"old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert [p.name for p in real.parent.iterdir()] == ["out"]


def test_a_link_to_itself_is_an_os_error(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(link)
    with pytest.raises(OSError, match=r"[Ll]ink"):
        write(link)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_mode_is_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join()
    assert read == [b"new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "missing" / "out")
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_a_folder_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(NotADirectoryError):
        write(tmp_path / "file" / "out")
    assert (tmp_path / "file").read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_an_os_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        write(tmp_path / "out")
    tmp_path.chmod(0o700)
    assert not list(tmp_path.iterdir())
