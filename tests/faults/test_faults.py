"""Whatever happens to a command: no half a result, no answered operation lost, and the next run works.

`make soak` tries each fault for minutes. The table at the end says what was tried, and what was lost.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from polyalign.errors import PolyalignError
from polyalign.store import Store, doctor
from tests.faults.harness import CHANCE, Command, Ended, book, ended, intact, times, until, works_again, wrong
from tests.helpers.corpus_stories import write_stories
from tests.helpers.places import SEEDS
from tests.helpers.server_client import OPERATIONS, ROWS, Served, made_project

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="these faults are made with Linux's means"),
]

PAIR = (str(SEEDS / "baku.ar.txt"), str(SEEDS / "baku.en.txt"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def project(place: Path) -> Path:
    return made_project(place / "harbour.polyalign")


@pytest.fixture(scope="module")
def pair(place: Path) -> Command:
    out = place / "pair.tmx"
    return Command("pair", ("pair", *PAIR, "-o", str(out)), out).learn()


@pytest.fixture(scope="module")
def export(place: Path, project: Path) -> Command:
    out = place / "export.xlsx"
    return Command("export", ("export", str(project), "-o", str(out)), out).learn()


@pytest.fixture(scope="module")
def corpus(place: Path) -> Command:
    sides, out = write_stories(place / "stories", 4), place / "corpus"
    return Command("corpus", ("corpus", *map(str, sides), "-o", str(out), "--jobs", "1"), out).learn()


@pytest.fixture(params=["pair", "export", "corpus"])
def command(request: pytest.FixtureRequest) -> Command:
    found: Command = request.getfixturevalue(request.param)
    return found


def cleared(command: Command, content: bytes = b"") -> bytes:
    """What stands under the final name now: this content, where the result is a file."""
    assert command.made
    if command.made.is_dir():
        shutil.rmtree(command.made)
    command.made.unlink(missing_ok=True)
    for left in command.remains():  # what was killed has no time to tidy up
        (command.made.parent / left).unlink()
    if content and command.name != "corpus":
        command.made.write_bytes(content)
        return content
    return b""


def stopped(command: Command, number: signal.Signals, share: float) -> Ended:
    """The command, to which a signal comes after that share of the time it takes."""
    process = command.start()
    time.sleep(command.seconds * share)
    process.send_signal(number)
    return ended(process)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_at_any_time(command: Command, number: signal.Signals) -> None:
    for _ in times(1):
        before = cleared(command, b"what was there before")
        done = stopped(command, number, CHANCE.uniform(0.2, 1.1))
        codes = {signal.SIGINT: (0, 130, -2), signal.SIGTERM: (0, -15), signal.SIGKILL: (0, -9)}[number]
        # Python's own start is over only after a moment: until then SIGINT ends it with its own words
        faults = [] if done.code == -2 else wrong(done, codes=codes)
        if command.name == "corpus":  # its files come one by one, and the next run goes on
            complete = done.code != 0 or command.result() == command.whole
            faults += [] if complete else ["it said that all is done"]
        else:
            faults += intact(command, before, done)
        if number == signal.SIGINT:
            faults += command.remains()
        book(f"{number.name} to {command.name}", faults + works_again(command))


@pytest.mark.parametrize("size", [0, 1000])
def test_a_disk_that_is_full(command: Command, size: int) -> None:
    """No file may grow above a size, which looks the same from inside and needs no rights."""
    before = cleared(command, b"what was there before")
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size},) * 2)"
    done = command.run(limit)
    faults = wrong(done, codes=(0, 1))
    if command.name != "corpus":
        faults += intact(command, before, done) + command.remains()
    book(f"full disk under {command.name}", faults + works_again(command))


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0
    if shutil.which("unshare")
    else True,
    reason="no file system can be mounted here",
)
@pytest.mark.parametrize("size", ["4k", "64k"])
def test_a_file_system_that_is_full(size: str, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    inner = Command("pair", ("pair", *PAIR, "-o", str(folder / "out.json")))
    script = f'mount -t tmpfs -o size={size} none {folder} && "$@"; code=$?; ls -A {folder}; exit $code'
    process = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-m", "polyalign", *inner.arguments],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    done = Ended(process.returncode, process.stdout, process.stderr.decode())
    faults = wrong(done, codes=(0, 1))
    faults += [f"left there: {done.out!r}"] if done.code and done.out else []
    book("full file system", faults)


@pytest.mark.parametrize("where", ["/proc/out.tsv", "/sys/out.tsv", "read-only"])
def test_a_folder_that_cannot_be_written(where: str, tmp_path: Path) -> None:
    if where == "read-only":
        (tmp_path / "closed").mkdir(mode=0o555)
        where = str(tmp_path / "closed" / "out.tsv")
        if os.access(tmp_path / "closed", os.W_OK):
            pytest.skip("root may write everywhere")
    done = Command("pair", ("pair", *PAIR, "-o", where)).run()
    book("read-only folder", wrong(done, codes=(1,)) + ["it is there"] * Path(where).exists())


def cached(folder: Path) -> list[Path]:
    """A cache like that which the runs before have filled."""
    folder.mkdir()
    full = Path(os.environ["POLYALIGN_CACHE"])
    return [Path(shutil.copy(path, folder)) for path in sorted(full.glob("*.arrays"))]


def spoilt(path: Path, how: str) -> None:
    data = path.read_bytes()
    path.unlink()
    place = CHANCE.randrange(len(data))
    if how == "half-written":
        path.write_bytes(data[:place])
    elif how == "flipped":
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << CHANCE.randrange(8)]) + data[place + 1 :])
    elif how == "dangling link":
        path.symlink_to("/nowhere/at/all")
    elif how == "link in a circle":
        path.symlink_to(path)
    elif how == "folder":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "empty":
        path.touch()


@pytest.mark.parametrize(
    "how",
    ["half-written", "flipped", "empty", "another's", "dangling link", "link in a circle", "folder", "pipe"],
)
def test_a_cache_that_is_damaged(how: str, pair: Command, tmp_path: Path) -> None:
    for number in times(1):
        files = cached(tmp_path / str(number))
        if how == "another's":
            files[0].rename(kept := files[0].with_suffix(".kept"))
            shutil.copy(files[1], files[0])
            kept.unlink()
        for path in [] if how == "another's" else files:
            spoilt(path, how)
        cleared(pair)
        done = pair.run(POLYALIGN_CACHE=str(tmp_path / str(number)))
        faults = wrong(done, codes=(0,)) + intact(pair, pair.whole, done)
        if how in ("half-written", "flipped", "empty", "another's"):
            faults += [] if all(path.stat().st_size > 10_000_000 for path in files) else ["it does not heal"]
        book(f"cache: {how}", faults)
        shutil.rmtree(tmp_path / str(number))


@pytest.mark.parametrize("files", [3, 8, 20])
def test_no_file_handles(files: int, pair: Command, export: Command) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({files},) * 2)"
    for command in (pair, export):
        before = cleared(command, b"what was there before")
        done = command.run(limit)
        if done.code == 1 and "polyalign: " not in done.err:  # Python could not load even this command
            done = Ended(1, b"", "the loader")
        book(f"file handles for {command.name}", wrong(done, codes=(0, 1)) + intact(command, before, done))


@pytest.mark.parametrize("megabytes", [100, 400, 600, 900])
def test_little_memory(megabytes: int, pair: Command) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes}_000_000,) * 2)"
    before = cleared(pair, b"what was there before")
    done = pair.run(limit)
    faults = wrong(done, codes=(0, 1)) + intact(pair, before, done) + pair.remains()
    if done.code == 1 and len(done.err.splitlines()) != 1:
        faults.append(f"several lines: {done.err[-300:]}")
    book("ulimit -v", faults)


def test_closed_pipes() -> None:
    for shell in (
        "| head -c 10 >/dev/null",
        ">&-",
        "2>&-",
        "2>/dev/full",
        ">/dev/full",
        "<&-",
        "<&- >&- 2>&-",
    ):
        process = subprocess.Popen(
            ["sh", "-c", f'"$0" -m polyalign pair "$1" "$2" --format json {shell}', sys.executable, *PAIR],
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        _, err = process.communicate(timeout=60)
        done = Ended(process.returncode, b"", err.decode())
        codes = (1,) if shell.startswith(("<&- >", ">")) else (0,)
        quiet = "2>&-" in shell or "2>/dev/full" in shell
        book("closed pipes", [line for line in wrong(done, codes=codes) if not (quiet and "word" in line)])


def test_where_it_runs(pair: Command) -> None:
    jump = (
        "import time, itertools\n"
        "clock, jumps = time.time, itertools.cycle([0, 1e9, -1e9, 86400])\n"
        "time.time = lambda: clock() + next(jumps)"
    )
    for name, before, environment in (
        ("no HOME", "", {"HOME": None, "XDG_CACHE_HOME": None, "POLYALIGN_CACHE": None}),
        ("HOME that is no folder", "", {"HOME": "/dev/null", "POLYALIGN_CACHE": None}),
        ("LANG=C", "", {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        ("a clock that jumps", jump, {}),
        ("a cache in a file", "", {"POLYALIGN_CACHE": str(SEEDS / "README.md")}),
        ("no TMPDIR", "", {"TMPDIR": "/nowhere"}),
    ):
        cleared(pair)
        done = pair.run(before, **environment)
        book(name, wrong(done, codes=(0,)) + intact(pair, pair.whole, done))


def test_two_at_once(pair: Command, corpus: Command, export: Command, tmp_path: Path) -> None:
    for number in times(1):
        for command, codes in ((pair, (0,)), (export, (0,)), (corpus, (0, 1))):
            cleared(command)
            cache = str(tmp_path / f"{command.name}{number}")
            both = [command.start(POLYALIGN_CACHE=cache) for _ in range(2)]
            done = [ended(process) for process in both]
            faults = [line for one in done for line in wrong(one, codes=codes)]
            faults += [] if any(one.code == 0 for one in done) else ["neither came through"]
            book(f"two of {command.name} at once", faults + intact(command, command.whole))


def marked(client: httpx.Client, rows: list[int], stop: threading.Event, kept: dict[int, str]) -> None:
    """Comment on rows one by one; what was answered well is kept."""
    number = 0
    while not stop.is_set():
        row = rows[number % len(rows)]
        text = f"comment {number}"
        try:
            answer = client.post(OPERATIONS, json={"operation": "comment", "row": row, "text": text})
        except httpx.HTTPError:
            return
        if answer.status_code == 200:
            kept[row] = text
        number += 1


def test_a_server_that_is_killed_under_load_loses_no_answered_operation(place: Path) -> None:
    path = made_project(place / "killed.polyalign")
    kept: dict[int, str] = {}
    for _ in times(4):
        with Served(path) as server, contextlib.ExitStack() as kept_open:
            clients = [kept_open.enter_context(server.client()) for _ in range(3)]
            rows = [row["id"] for row in clients[0].get(ROWS).json()["rows"]]
            stop = threading.Event()
            shares = [rows[k::3] for k in range(3)]
            workers = [
                threading.Thread(target=marked, args=(client, share, stop, kept))
                for client, share in zip(clients, shares, strict=True)
            ]
            for worker in workers:
                worker.start()
            time.sleep(CHANCE.uniform(0.05, 0.6))
            server.process.kill()
            stop.set()
            for worker in workers:
                worker.join()
        faults = list(doctor.faults(path))
        with Store(path) as store:
            found = {row.id: row.comment for row in store.rows(1)}
        # what was on its way may have been done, too: it is the next comment on the row
        lost = [row for row, text in kept.items() if number_of(found[row]) < number_of(text)]
        book("SIGKILL to a server under load", faults + [f"row {row} lost {kept[row]!r}" for row in lost])
        kept.clear()
    with Store(path) as store:
        assert store.revision > 1


def number_of(comment: str) -> int:
    return int(comment.rpartition(" ")[2]) if comment.startswith("comment ") else -1


def test_two_servers_on_one_project(place: Path) -> None:
    path = made_project(place / "both.polyalign")
    kept: dict[int, str] = {}
    with Served(path) as one, Served(path) as other, one.client() as first, other.client() as second:
        clients = [first, second]
        rows = [row["id"] for row in clients[0].get(ROWS).json()["rows"]]
        stop = threading.Event()
        workers = [
            threading.Thread(target=marked, args=(client, rows[k::2], stop, kept))
            for k, client in enumerate(clients)
        ]
        for worker in workers:
            worker.start()
        time.sleep(1)
        stop.set()
        for worker in workers:
            worker.join()
    with Store(path) as store:
        found = {row.id: row.comment for row in store.rows(1)}
    lost = [f"row {row} lost {text!r}" for row, text in kept.items() if found[row] != text]
    book("two servers on one project", lost + ([] if len(kept) > 2 else ["nothing was answered"]))


def test_a_repair_that_is_killed_leaves_the_project_or_a_repaired_one(place: Path) -> None:
    import sqlite3

    sound = made_project(place / "repaired.polyalign")
    with sqlite3.connect(sound) as connection:
        connection.execute("UPDATE segments SET place = 'x' WHERE id = 3")
    connection.close()
    before = sound.read_bytes()
    command = Command("doctor", ("doctor", str(sound)))
    for _ in times(3):
        sound.write_bytes(before)
        process = command.start()
        time.sleep(CHANCE.uniform(0.1, 1.0))
        process.kill()
        ended(process)
        try:
            Store(sound).close()
            faults = list(doctor.faults(sound))
        except PolyalignError:
            faults = [] if sound.read_bytes() == before else ["the damaged project was changed"]
        book("SIGKILL to doctor", faults)


def test_a_server_ends_when_it_is_asked(place: Path) -> None:
    with Served(made_project(place / "asked.polyalign")) as server:
        server.process.send_signal(signal.SIGINT)
        until(lambda: server.process.poll() is not None)
        out, err = server.process.communicate()
        book("SIGINT to a server", [] if "ended well" in out and not err else [err[-300:]])
