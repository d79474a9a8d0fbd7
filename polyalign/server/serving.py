"""A server at an address: what it binds, whom it lets in, how it ends."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from polyalign.errors import NotInstalledError, UsageError

if TYPE_CHECKING:
    from polyalign.server.desk import Desk
    from polyalign.server.security import Tokens

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ANY = ("0.0.0.0", "::", "")
_PACKAGES = ("fastapi", "multipart", "uvicorn")
_RARELY = (50_000, 50, 50)  # a full collection visits all rows that are held, and nobody is answered then
_PATIENCE = 3  # seconds for open requests when the server ends
MAX_CONNECTIONS = 1_000  # at once; more are answered 503


def serve(
    desk: Desk,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    names: Sequence[str] = (),
    tokens: Tokens | None = None,
    usual: int = 0,
    on_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Answer requests on the desk's projects until SIGINT or SIGTERM.

    `port` 0 is the `usual` one where that is free, else any. `on_ready` is called with the whole link
    of the page, token included, as soon as it can be opened. A `host` other than a loopback address
    lets other machines in: `names` are those by which they may call it. Raises NotInstalledError for
    missing packages, UsageError for an address that cannot be used.
    """
    check_installed()
    import uvicorn

    from polyalign.server.app import create_app
    from polyalign.server.security import Tokens
    from polyalign.server.stopping import Server

    tokens = tokens or Tokens()
    with _bound(host, port, usual) as listener:
        port = listener.getsockname()[1]
        app = create_app(desk, tokens=tokens, hosts=_hosts(host, names, port))
        config = uvicorn.Config(
            app,
            access_log=False,  # addresses hold the token
            log_level="error",
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_PATIENCE,
            limit_concurrency=MAX_CONNECTIONS,
        )
        gc.set_threshold(*_RARELY)
        name = names[0] if names and host in _ANY else host
        link = f"http://{_in_address(name)}:{port}/?token={tokens.editor}"
        Server(config, app.state.parts, lambda: on_ready(link)).run([listener])


def check_installed() -> None:
    """Raise NotInstalledError where a package that the server needs is missing."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise NotInstalledError(
            f"the review page needs {', '.join(missing)}: pip install 'polyalign[server]'"
        )


def _bound(host: str, port: int, usual: int = 0) -> socket.socket:
    """A socket at the port, or where it is 0 at the usual one, if nobody has it. Raises UsageError."""
    if usual and not port:
        with suppress(UsageError):
            return _bound(host, usual)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named, as asyncio spares only sockets that say TCP the 40 ms of Nagle's algorithm
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = "a port is 0 to 65535" if isinstance(error, OverflowError) else error
        raise UsageError(f"cannot listen at {host}:{port}: {why}: choose another port or host") from error
    return listener


def _hosts(host: str, names: Sequence[str], port: int) -> list[str]:
    """The values of Host by which the server may be called. Raises UsageError where none is known."""
    if host in _ANY and not names:
        raise UsageError(f"{host or 'any address'} has no name of its own: say by which names it is called")
    own = LOOPBACK if host in LOOPBACK else (*(() if host in _ANY else (host,)), *LOOPBACK)
    called = [_in_address(name) for name in (*own, *names)]
    return [*(f"{name}:{port}" for name in called), *(called if port == 80 else ())]


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name  # IPv6
