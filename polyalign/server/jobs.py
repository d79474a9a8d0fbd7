"""Long work, one piece at a time, each in a child process of its own that can be ended."""

from __future__ import annotations

import json
import logging
import os
import pickle
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from polyalign.errors import PolyalignError
from polyalign.server.answers import Job, JobState
from polyalign.server.refusals import BusyError, ReportedError, UnknownError
from polyalign.server.work import Order

MAX_WAITING = 20
MAX_REMEMBERED = 200  # jobs that are over

_INSIDE = "this failed inside polyalign: its terminal says more"
_ENDED = "the work was ended from outside: start it again, with shorter texts if memory ran out"

Keep = Callable[[Any], Mapping[str, int]]


@dataclass(frozen=True)
class Task:
    """An order, what is done with its result, and the folder of its files, which goes when it is over."""

    order: Order
    keep: Keep
    folder: Path


class Jobs:
    """The jobs of a server. `publish` is called with each as it changes."""

    def __init__(self, publish: Callable[[Job], None] = lambda _: None) -> None:
        self._publish = publish
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, Task] = {}
        self._child: tuple[str, subprocess.Popen[bytes]] | None = None
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._count = 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def listed(self) -> tuple[Job, ...]:
        """All jobs, the oldest first."""
        with self._lock:
            return tuple(self._jobs.values())

    def job(self, name: str) -> Job:
        """The job of this id. Raises UnknownError."""
        with self._lock:
            found = self._jobs.get(name)
        if found is None:
            raise UnknownError("there is no such job: it may be long over")
        return found

    def start(self, job: Job, task: Task) -> Job:
        """The job under its id, which begins as soon as those before it are over. Raises BusyError."""
        with self._lock:
            if sum(held.state == "waiting" for held in self._jobs.values()) >= MAX_WAITING:
                shutil.rmtree(task.folder, ignore_errors=True)
                raise BusyError(f"{MAX_WAITING} jobs are waiting: wait for some to end, or cancel them")
            self._count += 1
            job = replace(job, id=f"j{self._count}")
            self._jobs[job.id], self._tasks[job.id] = job, task
            over = [name for name, held in self._jobs.items() if held.over]
            for name in over[:-MAX_REMEMBERED]:  # the oldest ones
                del self._jobs[name]
        self._publish(job)
        self._waiting.put(job.id)
        return job

    def cancel(self, name: str) -> Job:
        """The job, which ends at once; one that is over stays as it is. Raises UnknownError."""
        job = self._turn(self.job(name), "cancelled", says="")
        child = self._child
        if child and child[0] == name and job.state == "cancelled":
            child[1].kill()
        return job

    def close(self) -> None:
        """End all work."""
        for job in self.listed():
            self.cancel(job.id)
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (name := self._waiting.get()) is not None:
            task = self._tasks.pop(name)
            try:
                self._run(self.job(name), task)
            finally:
                shutil.rmtree(task.folder, ignore_errors=True)

    def _run(self, job: Job, task: Task) -> None:
        """Do one piece of work, whatever comes of it."""
        if self._turn(job, "running").state != "running":
            return
        try:
            result = self._made(job, task)
            if self._turn(job, "running", says="saving").state == "running":
                self._turn(job, "done", says="", result=task.keep(result))
        except PolyalignError as error:
            self._turn(job, "failed", says="", error=str(error), fault=error.fault)
        except Exception:
            logging.getLogger(__name__).exception("a job failed")
            self._turn(job, "failed", says="", error=_INSIDE, fault="failed")

    def _made(self, job: Job, task: Task) -> Any:
        """What a child makes of the order, which can be ended meanwhile. Raises PolyalignError."""

        def begun(child: subprocess.Popen[bytes]) -> None:
            self._child = (job.id, child)
            if self.job(job.id).state == "cancelled":
                child.kill()

        try:
            return fulfilled(task.order, task.folder, begun, lambda line: self._turn(job, "running", **line))
        finally:
            self._child = None

    def _turn(self, job: Job, state: JobState, **values: Any) -> Job:
        """The job in another state, unless it is over."""
        with self._lock:
            now = self._jobs[job.id]
            if now.over:
                return now
            now = self._jobs[job.id] = replace(now, state=state, **values)
        self._publish(now)
        return now


def folder() -> Path:
    """A new folder for the files of a job, which only this user can read."""
    return Path(tempfile.mkdtemp(prefix="polyalign-"))


def started(module: str) -> subprocess.Popen[bytes]:
    """A process that runs a module of ours, imported from where this process imports."""
    places = os.pathsep.join(place for place in sys.path if place)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": places, "PYTHONUTF8": "1"},
    )


def fulfilled(
    order: Order,
    place: Path,
    begun: Callable[[subprocess.Popen[bytes]], object] = lambda _: None,
    report: Callable[[dict[str, Any]], object] = lambda _: None,
) -> Any:
    """What a child makes of an order, for which it needs a file in the folder `place`.

    `begun` gets the child, `report` each line in which it says how far it is. Raises PolyalignError with
    its error, or for its death.
    """
    path = place / "order"
    path.write_bytes(pickle.dumps(order))
    with started("polyalign.server.child") as child:
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(f"{path}\n".encode())
            child.stdin.flush()
        except OSError:  # it is dead already; what it was not told is dropped
            child.kill()
            with suppress(OSError):
                child.stdin.close()
        begun(child)
        for line in child.stdout:
            if not line.endswith(b"\n"):  # it died in the middle of it
                continue
            said = json.loads(line)
            if "end" in said:
                break
            if "error" in said:
                if "trace" in said:
                    logging.getLogger(__name__).error("a job failed\n%s", said["trace"])
                raise ReportedError(said["error"], said.get("fault", "failed"))
            report(said)
        else:
            raise PolyalignError(_ENDED)
    return pickle.loads(path.read_bytes())  # our own child wrote it
