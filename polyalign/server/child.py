"""The child process that does long work, so that the server can answer meanwhile, and can end it.

`python -m polyalign.server.child` takes the name of a file on standard input, which stays open for as
long as the server lives. The file is a pickled Order, and its result takes its place. Each line on
standard output is a piece of JSON: {"says": ..., "stage": ..., "done": ..., "total": ..., "left": ...} while
it works, then {"end": ""} or {"error": ...}.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from polyalign.errors import PolyalignError
from polyalign.progress import Pace, Stage
from polyalign.server.work import Order
from polyalign.streams import own_standard_output

_NICE = 10  # so that the server, which people wait for, comes first


def main() -> None:
    """Do the work that standard input names, and say on standard output how it goes."""
    channel, pace = own_output(), Pace()

    def send(**said: Any) -> None:
        channel.write(json.dumps(said).encode() + b"\n")
        channel.flush()

    def report(stage: Stage) -> None:
        left = pace.left(stage)
        send(says=str(stage), stage=stage.name, done=stage.done, total=stage.total, left=left)

    path = Path(sys.stdin.buffer.readline().decode().removesuffix("\n"))
    threading.Thread(target=_end_with_server, daemon=True).start()
    try:
        order: Order = pickle.loads(path.read_bytes())
        path.write_bytes(pickle.dumps(order.result(report)))
        send(end="")
    except PolyalignError as error:
        send(error=str(error), fault=error.fault)
    except MemoryError:
        send(error="memory ran out: give shorter texts")
    except Exception as error:
        send(error=f"this failed inside polyalign: {type(error).__name__}", trace=traceback.format_exc())


def own_output() -> IO[bytes]:
    """Standard output for the server's ears alone; and the server comes first."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    channel = own_standard_output()
    assert channel, "the server listens to it"
    return channel


def _end_with_server() -> None:
    """Wait for the end of standard input, which is that of the server, then end."""
    sys.stdin.buffer.read()
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
