"""Who is let in, what leaves, and what hostile names, bodies and paths come to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.characters import without_controls
from polyalign.errors import InputError, NotInstalledError, UsageError
from polyalign.server import check_installed, serve
from polyalign.server.access import Access
from polyalign.server.desk import Desk, label
from polyalign.server.exporting import disposition
from polyalign.server.security import HEADERS, MAX_BODY, MAX_UPLOAD, Tokens
from polyalign.server.serving import _hosts
from polyalign.server.transfer import file_label, suffix_of
from tests.helpers.server_client import HOST, OPERATIONS, TOKENS, Client, api_routes, client_of, made_project
from tests.helpers.server_client import client as client
from tests.helpers.workers import flagging

NAMES = {
    "project": "p1",
    "bitext": "1",
    "row": "1",
    "side": "source",
    "job": "j1",
    "number": "1",
    "name": "x",
    "segment": "1",
}
EVERY_ROUTE = [(path.format(**NAMES), method) for path, method in api_routes()]
CHANGING = [(path, method) for path, method in EVERY_ROUTE if method != "GET"]


FOREIGN = (
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "https://testserver:80"},
    {"origin": "http://testserver:80.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"},
)


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a server that is never let in, so that one serves all tests."""
    path = made_project(tmp_path_factory.mktemp("shut") / "harbour.polyalign")
    with Desk([path], flagging=flagging()) as desk, client_of(desk) as made:
        yield made


@pytest.mark.parametrize(("path", "method"), EVERY_ROUTE)
class TestEveryRoute:
    def test_without_its_token(self, shut: Client, path: str, method: str) -> None:
        nobody = Client(shut.app, "")
        for token in ("", "wrong", TOKENS.editor[:-1], TOKENS.editor + "x", "é"):
            for asked in (
                {"headers": {"authorization": f"Bearer {token}".encode()}},
                {"params": {"token": token}},
            ):
                answer = nobody.call(method, path, **asked)
                assert (answer.status_code, list(answer.json())) == (401, ["detail"]), token

    def test_under_another_host_name(self, shut: Client, path: str, method: str) -> None:
        for host in ("evil.example", "evil.example:80", "testserver", "testserver:81", ""):
            assert shut.call(method, path, headers={"host": host}).status_code == 403, host

    def test_from_another_site(self, shut: Client, path: str, method: str) -> None:
        for headers in FOREIGN:
            assert shut.call(method, path, headers=headers).status_code == 403, headers


@pytest.mark.parametrize(("path", "method"), CHANGING)
def test_a_reader_changes_nothing(client: Client, path: str, method: str) -> None:
    client.token = TOKENS.reader
    answer = client.call(method, path, json={})
    assert (answer.status_code, "only reads" in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "PUT", "X"])
def test_a_reader_has_no_other_methods(client: Client, method: str) -> None:
    client.token = TOKENS.reader
    assert client.call(method, OPERATIONS).status_code == 403


@pytest.mark.parametrize(
    "path", ["/api/session", "/api/projects", "/api/projects/p1/bitexts/1/rows", "/api/jobs"]
)
def test_a_reader_reads(client: Client, path: str) -> None:
    client.token = TOKENS.reader
    assert client.call("GET", path).status_code == 200


def test_what_the_page_itself_sends_is_let_in(client: Client) -> None:
    headers = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
    answer = client.call("POST", OPERATIONS, headers=headers, json={"operation": "unlink", "row": 1})
    assert answer.status_code == 200


def test_the_page_needs_its_token_and_follows_a_link(client: Client) -> None:
    client.token = ""
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    refused = client.call("GET", "/", headers=link)
    assert (refused.status_code, "token" in refused.text) == (403, True)
    assert refused.headers["content-type"].startswith("text/html")
    for token in (TOKENS.editor, TOKENS.reader):
        assert client.call("GET", f"/?token={token}", headers=link).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/session", 200),
        ("/api/nothing", 404),
        ("/?token=x", 403),
        ("/static/nothing.js", 404),
        ("/openapi.json", 200),
    ],
)
def test_every_answer_is_dressed(client: Client, path: str, status: int) -> None:
    client.token = "" if path.startswith("/?") else client.token
    answer = client.call("GET", path, headers={"accept-encoding": "gzip"})
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_files_of_the_page_come_with_their_types(client: Client) -> None:
    client.token = ""
    kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    kinds |= {".json": "application/json"}
    from polyalign.server.app import PAGE

    for path in sorted(path for path in PAGE.rglob("*") if path.is_file()):
        answer = client.call("GET", f"/static/{path.relative_to(PAGE).as_posix()}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kinds[path.suffix])
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.content == path.read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "....//app.py",
        "..\\app.py",
        "%00",
        "/etc/passwd",
        "x" * 5000,
        "a/../../app.py",
    ],
)
def test_static_paths_lead_nowhere_else(client: Client, path: str) -> None:
    answer = client.call("GET", f"/static/{path}")
    assert answer.status_code in (400, 404)
    assert "FastAPI" not in answer.text


def test_a_body_too_large_is_refused_before_it_is_read(client: Client) -> None:
    for path, limit in ((OPERATIONS, MAX_BODY), ("/api/projects/p1/pair", MAX_UPLOAD)):
        headers = {"content-length": str(limit + 1), "content-type": "application/json"}
        answer = client.call("POST", path, headers=headers, content=b"{}")
        assert (answer.status_code, "MB" in answer.json()["detail"]) == (413, True)


def test_a_body_that_does_not_say_how_large_it_is(client: Client) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b" " * 100_000

    for kind in ("application/json", "multipart/form-data; boundary=x"):
        sent = 0
        answer = client.call("POST", OPERATIONS, headers={"content-type": kind}, content=endless())
        assert answer.status_code == 413
        assert sent <= MAX_BODY + 200_000


def test_a_failure_inside_tells_the_client_nothing(client: Client, monkeypatch: Any, caplog: Any) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret of the server")

    monkeypatch.setattr("polyalign.server.listing.project_shown", broken)
    answer = client.call("GET", "/api/projects")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "secret of the server" in caplog.text


def test_a_websocket_is_closed(client: Client) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(client.app({"type": "websocket", "path": "/api/events", "headers": []}, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_tokens_differ_and_are_not_shown() -> None:
    tokens = [Tokens(), Tokens()]
    secrets = {secret for pair in tokens for secret in (pair.editor, pair.reader)}
    assert len(secrets) == 4
    assert all(len(secret) >= 32 for secret in secrets)
    assert tokens[0].editor not in repr(tokens[0])


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
class TestKeptAccess:
    """Tokens and port stay over a restart, in a file for its owner's eyes only."""

    def test_what_was_kept_is_there_again(self, tmp_path: Path) -> None:
        for place in (tmp_path, tmp_path / "x.polyalign"):
            first = Access.beside(place)
            first.keep(4711)
            assert first.path.stat().st_mode & 0o777 == 0o600
            assert Access.beside(place) == replace(first, port=4711)
            fixed = Access.beside(place, "x" * 32)
            fixed.keep(5)
            assert fixed == Access.beside(place, "x" * 32)
            assert fixed.tokens.editor == "x" * 32
            assert fixed.tokens.reader not in ("x" * 32, first.tokens.reader)
            assert Access.beside(place) == replace(first, port=4711)
            with pytest.raises(UsageError, match="a token has at least"):
                Access.beside(place, "guess")
        assert not list(tmp_path.glob("*.polyalign"))

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
    def test_what_others_may_know_is_not_believed(self, tmp_path: Path, mode: int) -> None:
        first = Access.beside(tmp_path)
        first.keep(4711)
        first.path.chmod(mode)
        found = Access.beside(tmp_path)
        assert found.tokens.editor != first.tokens.editor
        found.keep(4712)
        assert found.path.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("held", ["", "[]", "{}", '{"editor": "a", "reader": "b"}', "\0", "[" * 4000])
    def test_a_file_of_something_else_is_replaced(self, tmp_path: Path, held: str) -> None:
        path = Access.beside(tmp_path).path
        path.write_text(held)
        path.chmod(0o600)
        assert len(Access.beside(tmp_path).tokens.editor) >= 32

    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        first = Access.beside(tmp_path)
        first.keep(1)
        first.path.rename(tmp_path / "elsewhere")
        first.path.symlink_to(tmp_path / "elsewhere")
        assert Access.beside(tmp_path).tokens.editor != first.tokens.editor


@given(st.text())
def test_no_other_token_has_a_role(token: str) -> None:
    ours = Tokens("editor", "reader")
    assert ours.role(token) == {"editor": "editor", "reader": "reader"}.get(token)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.docx", "report.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\me\\\\تقرير.txt", "تقرير.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\nc.txt", "ab c.txt"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("", "source"),
        ("\u202e", "source"),
        ("/", "source"),
        ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
    ],
)
def test_names_of_files_are_only_labels(name: str, shown: str) -> None:
    assert file_label(name, "source") == shown


@given(st.text())
def test_a_label_is_one_line_without_surprises(name: str) -> None:
    shown = file_label(name, "file")
    assert shown == without_controls(shown)
    assert not set(shown) & set("/\\\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f")
    assert 0 < len(shown) <= 150
    assert suffix_of(shown) in shown


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.tmx", ".tmx"),
        ("a.json.gz", ".json.gz"),
        ("a", ""),
        ("a.b/..", ""),
        ("a.تقرير", ""),
        ("a." + "x" * 50, ""),
    ],
)
def test_only_plain_suffixes_are_kept(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix


@given(st.text(min_size=1, max_size=50).filter(lambda t: t.isprintable()))
def test_any_name_is_sent_as_a_header(name: str) -> None:
    line = disposition(name)
    line.encode("ascii")
    assert "\n" not in line
    answer = httpx.Response(200, headers={"content-disposition": line})
    assert answer.headers["content-disposition"] == line
    assert line.count('"') == 2


@pytest.mark.parametrize("name", ["", " ", "\x00", "\u202e\u2066", "x" * 100])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        label(name)


class TestAddresses:
    def test_loopback_has_three_names(self) -> None:
        assert _hosts("127.0.0.1", (), 8000) == ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"]

    def test_another_address_is_added_to_them(self) -> None:
        assert _hosts("192.0.2.7", ("desk.example",), 80)[0] == "192.0.2.7:80"
        assert {"desk.example:80", "desk.example", "localhost"} <= set(
            _hosts("192.0.2.7", ("desk.example",), 80)
        )

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
    def test_all_addresses_need_a_name(self, host: str) -> None:
        with pytest.raises(UsageError):
            _hosts(host, (), 8000)
        assert _hosts(host, ("desk.example",), 8000)[-1] == "desk.example:8000"

    @pytest.mark.parametrize(
        ("host", "port"), [("127.0.0.1", 99999), ("203.0.113.9", 0), ("no such host", 0)]
    )
    def test_an_address_that_is_not_ours_is_refused(self, tmp_path: Path, host: str, port: int) -> None:
        with Desk(folder=tmp_path) as desk, pytest.raises(UsageError, match="cannot listen"):
            serve(desk, host=host, port=port)

    def test_missing_packages_are_named(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(
            "polyalign.server.serving.find_spec", lambda name: None if name == "uvicorn" else True
        )
        with pytest.raises(NotInstalledError, match=r"uvicorn: pip install 'polyalign\[server\]'"):
            check_installed()
