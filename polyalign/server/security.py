"""Who may ask: tokens, hosts, origins, the size of what comes in, and the headers of what goes out."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Literal
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Role = Literal["editor", "reader"]

ROLE = "polyalign.role"  # where the role of a request stands in its scope
MAX_UPLOAD = 50_000_000  # bytes of a request that brings documents
MAX_BODY = 4_000_000  # bytes of any other
_UPLOADS = ("/pair", "/bitexts", "/look", "/glossary", "/update")
_PAGES = ("/", "/docs")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_NO_TOKEN_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>polyalign</title>'
    "<p>This page opens with the whole link that polyalign printed when it started; "
    "the part after <code>?token=</code> is missing or belongs to another start."
)


@dataclass(frozen=True)
class Tokens:
    """The two secrets: with one a client edits, with the other it only reads."""

    editor: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    reader: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def role(self, token: str) -> Role | None:
        """What the token allows, None for no token of ours; takes as long for a near miss as for any."""
        given = token.encode("utf-8", "surrogateescape")
        edits = compare_digest(given, self.editor.encode())
        reads = compare_digest(given, self.reader.encode())
        return "editor" if edits else "reader" if reads else None


class Guard:
    """The app behind checks of Host, Origin, token, role and size; every answer gets its headers.

    `hosts` are the values of Host that are ours, with the port ("127.0.0.1:8000").
    """

    def __init__(self, app: ASGIApp, *, tokens: Tokens, hosts: Iterable[str]) -> None:
        self._app, self._tokens = app, tokens
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request, or refuses it; what fails is logged and answered in one line."""
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        answer = _Answer(scope, send)
        try:
            self._check(scope)
            await self._app(scope, _counted(scope, receive), answer)
        except HTTPException as refusal:
            await answer.refuse(refusal)
        except Exception:
            logging.getLogger(__name__).exception("a request failed")
            await answer.refuse(HTTPException(500, "polyalign failed here: its terminal says more"))

    def _check(self, scope: Scope) -> None:
        """Raise HTTPException for a request that is not let in."""
        headers = Headers(scope=scope)
        hosts = [host.lower() for host in headers.getlist("host")]
        if len(hosts) != 1 or hosts[0] not in self._hosts:  # DNS rebinding
            raise HTTPException(403, "this server does not go by that host name: use the link it printed")
        origins = headers.getlist("origin")
        followed = scope["path"] in _PAGES and headers.get("sec-fetch-mode") == "navigate"  # a link
        foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not followed
        if foreign or (origins and origins != [f"{scope['scheme']}://{hosts[0]}"]):
            raise HTTPException(403, "a request from another site is refused")
        role = self._tokens.role(_token(scope, headers))
        path: str = scope["path"]
        if path == "/" and role is None:
            raise HTTPException(403, "the token is missing or wrong: open the whole link")
        if path.startswith("/api") and role is None:
            raise HTTPException(401, "the token is missing or wrong: send Authorization: Bearer TOKEN")
        if path.startswith("/api") and role == "reader" and scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(403, "this link only reads: ask for the one that edits")
        scope[ROLE] = role


class _Answer:
    """`send` with our headers on every answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._path, self._send, self._begun = scope["path"], send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers[name] = value
            static = self._path.startswith("/static/") and message["status"] in (200, 304)
            headers["cache-control"] = "no-cache" if static else "no-store"
        await self._send(message)

    async def refuse(self, refusal: HTTPException) -> None:
        """The refusal as the answer, where none has begun; else the connection ends."""
        if self._begun:
            return
        page = self._path == "/" and refusal.status_code == 403
        kind = "text/html; charset=utf-8" if page else "application/json"
        body = (_NO_TOKEN_PAGE if page else json.dumps({"detail": refusal.detail})).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        if refusal.status_code == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if refusal.status_code == 413:
            headers.append((b"connection", b"close"))
        await self({"type": "http.response.start", "status": refusal.status_code, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def _token(scope: Scope, headers: Headers) -> str:
    """The token that the request brings, "" for none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    try:
        asked = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=200)
    except ValueError as error:
        raise HTTPException(400, "the address has too many parts: leave some out") from error
    return str(asked.get("token", [""])[0])


def _counted(scope: Scope, receive: Receive) -> Receive:
    """`receive` that stops reading where the body is too large. Raises HTTPException 413."""
    limit = MAX_UPLOAD if scope["path"].endswith(_UPLOADS) else MAX_BODY
    too_large = HTTPException(413, f"more than {limit // 1_000_000} MB: send less at a time")
    said = Headers(scope=scope).get("content-length", "0")
    if said.isdecimal() and int(said[:20]) > limit:
        raise too_large
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise too_large
        return message

    return counting
