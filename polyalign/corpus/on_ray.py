"""Chunks of work as Ray Data pipelines: actors hold the models, Ray places, feeds and replaces them."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import socket
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from polyalign.corpus.local import Make, Numbered
from polyalign.errors import NotInstalledError, PolyalignError
from polyalign.threads import claim_one_core

AUTO = "auto"

_AT_ONCE = 4_096  # tasks of a pipeline, which wait in Ray's memory
_DEATHS = 3  # of workers that have not begun, one after the other; Ray's own bound is none
_PATIENCE = 10  # seconds until a cluster answers
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # what matters comes as an exception
}


def mapped(make: Make, tasks: Iterable[Numbered], *, address: str, jobs: int) -> Iterator[tuple[int, bytes]]:
    """What the work that `make` makes gives for each numbered task, in no certain order.

    `jobs` actors each make it once. Actors that die are replaced, and what they had is done again, by
    Ray. Raises NotInstalledError, PolyalignError where there is no cluster at the address or the work
    fails.
    """
    _connected(address, jobs)
    waiting = iter(tasks)
    while some := list(islice(waiting, _AT_ONCE)):
        yield from _through_pipeline(make, some, jobs)


def _through_pipeline(make: Make, some: list[Numbered], jobs: int) -> Iterator[tuple[int, bytes]]:
    import ray
    from ray.data import ActorPoolStrategy

    rows = [{"number": number, "task": pickle.dumps(task)} for number, task in some]
    actors = min(jobs, len(rows))
    done = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _Actor,
        fn_constructor_args=(make,),
        batch_size=1,
        batch_format="numpy",
        compute=ActorPoolStrategy(size=actors),
        num_cpus=1,
    )
    try:
        for row in done.iter_rows():
            yield int(row["number"]), bytes(row["data"])
    except ray.exceptions.RayError as error:
        raise PolyalignError(
            f"the work on Ray failed ({_last_line(error)}): run the same command again; what is done is kept"
        ) from error


class _Actor:
    """One chunk at a time through the work that it holds."""

    def __init__(self, make: Make) -> None:
        claim_one_core()
        self._work = make()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        data = [self._work(pickle.loads(task)) for task in batch["task"]]
        return {"number": batch["number"], "data": data}


def _connected(address: str, jobs: int) -> None:
    """Join the cluster at the address; with "auto" the one of this machine, else a new one."""
    os.environ.update(_QUIET)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise NotInstalledError("--ray needs Ray: pip install 'polyalign[ray]'") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_consecutive_actor_init_deaths = _DEATHS
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        return
    told: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == AUTO:
        with contextlib.suppress(ConnectionError):
            ray.init(address=AUTO, **told)
            return
        ray.init(num_cpus=jobs, include_dashboard=False, **told)
        return
    try:
        _knock(address)
        ray.init(address=address, **told)
    except (OSError, ValueError, RuntimeError) as error:
        raise PolyalignError(
            f"no Ray cluster answers at {address!r} ({_last_line(error)}): check it"
        ) from error


def _knock(address: str) -> None:
    """Raise OSError where nobody listens at host:port, which Ray itself finds after many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
