"""A uvicorn server that says when it is ready, and ends streams and work when it ends."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn

from polyalign.server.context import Parts

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Runs until a signal; then open streams end, long work is killed, and answers are finished."""

    def __init__(self, config: uvicorn.Config, parts: Parts, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._parts, self._on_ready = parts, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A block that SIGINT and SIGTERM end in order, and which its caller then goes on from."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End everything in order."""
        self._parts.events.close()
        self._parts.jobs.close()
        await super().shutdown(sockets)
