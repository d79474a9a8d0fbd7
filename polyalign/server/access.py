"""The tokens and the port of a server, kept beside what it serves: a link outlives a restart."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from polyalign.errors import UsageError
from polyalign.server.security import Tokens

_SUFFIX = "-link"
_SHORTEST = 32  # characters of a token
_LONGEST = 4096  # bytes of the file


@dataclass(frozen=True)
class Access:
    """The tokens of a server, the port it had last (0: none yet), and the file that keeps both."""

    path: Path
    tokens: Tokens
    port: int = 0
    given: bool = False

    @classmethod
    def beside(cls, place: Path, given: str = "") -> Self:
        """What was kept for a project or a folder, else new tokens.

        With a `given` token for editors, that one and one made from it for readers, which are not kept.
        Raises UsageError for a given one that could be guessed.

        A file that others could read or have written is not believed: its tokens may be known.
        """
        path = place / f".polyalign{_SUFFIX}" if place.is_dir() else place.with_name(place.name + _SUFFIX)
        if given:
            if len(given) < _SHORTEST or not given.isascii() or not given.isprintable() or " " in given:
                what = f"a token has at least {_SHORTEST} letters, digits or signs without spaces"
                how = "python -c 'import secrets; print(secrets.token_urlsafe())'"
                raise UsageError(f"{what}: make one with {how}")
            reader = hmac.new(given.encode(), b"reader", "sha256").hexdigest()
            return cls(path, Tokens(given, reader), given=True)
        kept = _read(path)
        tokens = [kept.get(name) for name in ("editor", "reader")]
        if not all(isinstance(token, str) and len(token) >= _SHORTEST for token in tokens):
            return cls(path, Tokens())
        port = kept.get("port")
        return cls(path, Tokens(*map(str, tokens)), port if isinstance(port, int) and 0 < port < 2**16 else 0)

    def keep(self, port: int) -> None:
        """Keep the tokens and this port, for the owner's eyes only. Raises OSError."""
        if self.given:
            return
        # not by files.written_beside, which follows a link and keeps the mode of a file that was there
        said = {"editor": self.tokens.editor, "reader": self.tokens.reader, "port": port}
        beside = self.path.with_name(f"{self.path.name}-{secrets.token_hex(6)}")
        try:
            with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(json.dumps(said))
            os.replace(beside, self.path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _read(path: Path) -> dict[str, Any]:
    """What the file holds; nothing for one that is not there, no such file, or not ours alone."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # no pipe holds us up
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            state = os.fstat(file.fileno())
            ours = os.name != "posix" or (state.st_uid == os.getuid() and not state.st_mode & 0o077)
            if not ours or not stat.S_ISREG(state.st_mode):
                return {}
            found = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
