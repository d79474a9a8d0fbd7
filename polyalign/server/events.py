"""News for the pages that are open: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, is_dataclass
from typing import Any

PULSE = 15.0  # seconds between signs of life
_MOST = 1000  # pieces of news that a page may be behind
MAX_STREAMS = 500


class Events:
    """Passes what any thread publishes on to every stream that is open."""

    def __init__(self, *, pulse: float = PULSE) -> None:
        self._pulse = pulse
        self._closed = False
        self._open: set[Callable[[str | None], None]] = set()

    def publish(self, event: str, data: Any) -> None:
        """Send an event to all streams; `data` is a dataclass or what JSON holds."""
        plain = asdict(data) if is_dataclass(data) and not isinstance(data, type) else data
        self._send(f"event: {event}\ndata: {json.dumps(plain, ensure_ascii=True)}\n\n")

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self._send(None)

    def _send(self, news: str | None) -> None:
        for deliver in tuple(self._open):
            deliver(news)

    async def stream(self) -> AsyncIterator[str]:
        """The events from now on, as text; a comment at the start and when nothing happens."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[str | None]()

        def put(news: str | None) -> None:
            if news is None or queue.qsize() <= _MOST:  # who stopped reading is not written for
                queue.put_nowait(news)

        def deliver(news: str | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(put, news)

        self._open.add(deliver)
        try:
            if self._closed or len(self._open) > MAX_STREAMS:
                return
            yield "retry: 1000\n: polyalign\n\n"
            while True:
                try:
                    news = await asyncio.wait_for(queue.get(), self._pulse)
                except TimeoutError:
                    news = ": still here\n\n"
                if news is None or queue.qsize() >= _MOST:
                    return
                yield news
        finally:
            self._open.discard(deliver)
