"""A small hub on loopback that answers what huggingface_hub asks, and misbehaves when told to."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from polyalign.hub import SENTENCES
from tests.helpers.tiny_marian import SENTENCES as KNOWN
from tests.helpers.tiny_marian import Tiny, trained

NAME = "Helsinki-NLP/opus-mt-tr-ar"
DOWNLOADED = {"config.json", "vocab.json", "source.spm", "target.spm", "generation_config.json"}
DOWNLOADED |= {"tokenizer_config.json", "README.md"}
IN_WAY = ("tf_model.h5", "flax_model.msgpack", "rust_model.ot", "pytorch_model.bin")  # never downloaded
REDIRECTS = {"around": "", "elsewhere": "http://127.0.0.1:9/"}
LARGE = (".bin", ".safetensors", ".spm", ".h5", ".msgpack")  # what the hub keeps with Git LFS


@dataclass
class Repository:
    """The files of one commit, and the card's licence; a terse hub says no more than their names."""

    folder: Path
    revision: str
    licence: str | None
    terse: bool = False

    @property
    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def info(self, name: str) -> dict[str, Any]:
        """What the hub says about a model with `?blobs=true`."""
        about: dict[str, Any] = {"_id": "1", "id": name, "sha": self.revision, "tags": [], "private": False}
        about["siblings"] = [sibling(file, data) for file, data in self.files.items()]
        if self.terse:
            about["siblings"] = [{"rfilename": file} for file in self.files]
        return about | ({"cardData": {"license": self.licence}} if self.licence else {})


def sibling(name: str, data: bytes) -> dict[str, Any]:
    about: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": git_blob(data)}
    if name.endswith(LARGE):
        large = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "pointerSize": 130}
        about["lfs"] = large
    return about


def git_blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class HubServer:
    """The repositories by name, what goes wrong with which file, and what was asked.

    `troubles` holds, for the name of a file or for "info", what happens to the next requests, one
    each: a status, "token", "html", "stall", "break" (half of it comes), "short" (half of it, said
    to be all), "wrong" (a byte is another), "slow" (a piece now and then), "endless" (it goes on),
    "around" (a redirect to itself), "elsewhere" (one to a port where nobody is). "!" after it is for ever.
    """

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    troubles: dict[str, list[str | int]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def add(
        self, name: str, folder: Path, *, revision: str = "a" * 40, licence: str | None = "apache-2.0"
    ) -> str:
        """Serve the files of a folder as main of the repository; the revision."""
        self.repositories[name] = Repository(folder, revision, licence)
        return revision

    def paths(self, method: str = "GET") -> list[str]:
        """The paths that were asked for so far."""
        return [path for how, path, _ in self.asked if how == method]

    def trouble(self, name: str) -> str | int | None:
        """What happens to this request."""
        left = self.troubles.get(name)
        if not left:
            return None
        return str(left[0])[:-1] if str(left[0]).endswith("!") else left.pop(0)


@contextmanager
def served() -> Iterator[HubServer]:
    """A hub that runs for the length of the block."""
    hub = HubServer()

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, {k.lower(): v for k, v in self.headers.items()}))
        parts = path.strip("/").split("/")
        try:
            if parts[:2] == ["api", "models"] and len(parts) in (4, 6):
                self.info("/".join(parts[2:4]), parts[5] if len(parts) == 6 else "main")
            elif parts[0] == "cdn":
                self.file("/".join(parts[1:3]), "/".join(parts[3:]), linked=False)
            elif len(parts) > 4 and parts[2] == "resolve":
                self.resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
            else:
                self.refuse(404)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def info(self, name: str, revision: str) -> None:
        repository = self.hub.repositories.get(name)
        trouble = self.hub.trouble("info")
        if isinstance(trouble, int):
            self.refuse(trouble)
        elif trouble == "token":
            self.refuse(401, "", "Invalid credentials in Authorization header")
        elif trouble == "html":
            self.send(
                200, b"<html>Please log in to the hotel's network</html>", {"Content-Type": "text/html"}
            )
        elif trouble == "stall":
            self.hub.closing.wait(20)
        elif trouble == "endless":
            self.send(200, b'{"siblings": [', {"Content-Type": "application/json"}, trouble="endless")
        elif trouble in REDIRECTS:
            self.send(302, b"", {"Location": REDIRECTS[str(trouble)] or self.path})
        elif repository is None:
            self.refuse(401, "RepoNotFound", "Invalid username or password.")
        elif revision not in ("main", repository.revision):
            self.refuse(404, "RevisionNotFound")
        else:
            self.send(200, json.dumps(repository.info(name)).encode(), {"Content-Type": "application/json"})

    def resolve(self, name: str, revision: str, file: str) -> None:
        """A small file itself; for a large one where it is, on another host."""
        repository = self.hub.repositories.get(name)
        if repository is None or revision not in ("main", repository.revision):
            return self.refuse(404, "RepoNotFound" if repository is None else "RevisionNotFound")
        if file not in repository.files:
            return self.refuse(404, "EntryNotFound")
        if not file.endswith(LARGE):
            return self.file(name, file, linked=True)
        if self.command == "HEAD" and isinstance(head := self.hub.trouble(f"HEAD {file}"), int):
            return self.refuse(head, "GatedRepo" if head == 403 else "")
        data = repository.files[file]
        headers = {"Location": f"{self.hub.url.replace('127.0.0.1', 'localhost')}/cdn/{name}/{file}"}
        headers |= {"X-Linked-Size": str(len(data)), "X-Repo-Commit": repository.revision}
        headers |= {"X-Linked-ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
        # as the hub offers its own protocol for large files, which needs no more than HTTP
        headers |= {
            "X-Xet-Hash": hashlib.sha256(data).hexdigest(),
            "X-Xet-Refresh-Route": f"{self.hub.url}/xet",
        }
        self.send(302, b"", headers)
        return None

    def file(self, name: str, file: str, *, linked: bool) -> None:
        repository = self.hub.repositories[name]
        data = repository.files[file]
        headers = {"Accept-Ranges": "bytes", "ETag": f'"{git_blob(data)}"'}
        if linked:
            headers["X-Repo-Commit"] = repository.revision
        trouble = self.hub.trouble(file) if self.command == "GET" else None
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        if isinstance(trouble, int):
            self.refuse(trouble)
        elif trouble in REDIRECTS:
            self.send(302, b"", {"Location": REDIRECTS[str(trouble)] or self.path})
        else:
            self.send(206 if first else 200, data[first:], headers, trouble=str(trouble or ""))

    def send(self, status: int, data: bytes, headers: dict[str, str], *, trouble: str = "") -> None:
        half = len(data) // 2
        if trouble == "wrong":
            data = data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]
        if trouble == "short":
            data = data[:half]
        self.send_response(status)
        length = {"Connection": "close"} if trouble == "endless" else {"Content-Length": str(len(data))}
        for key, value in (headers | length).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if trouble in ("break", "stall"):
            self.wfile.write(data[:half])
            self.wfile.flush()
            self.close_connection = True
            if trouble == "stall":
                self.hub.closing.wait(20)
        elif trouble == "slow":
            self.drip(data)
        elif trouble == "endless":
            self.wfile.write(data)
            while not self.hub.closing.is_set():
                self.wfile.write(b" " * 65536)
        else:
            self.wfile.write(data)

    def drip(self, data: bytes) -> None:
        """The data in twenty pieces, with a pause after each."""
        size = -(-len(data) // 20)
        for start in range(0, len(data), size):
            self.wfile.write(data[start : start + size])
            self.wfile.flush()
            time.sleep(0.1)

    def refuse(self, status: int, code: str = "", message: str = "no") -> None:
        headers = {"X-Error-Code": code} if code else {}
        headers["X-Error-Message"] = message
        self.send(status, b'{"error": "no"}', headers | {"Content-Type": "application/json"})


@pytest.fixture
def empty_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that this process and those it starts take for the only one, with empty caches."""
    constants = pytest.importorskip("huggingface_hub.constants")
    with served() as server:
        for name, value in environment(server.url, tmp_path).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        # huggingface_hub read its environment when it was imported
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 1)
        monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 1)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "hf" / "token"))
        yield server


def environment(url: str, folder: Path) -> dict[str, str]:
    """The variables that send a new process to the hub and keep what it writes in the folder."""
    caches = {"HF_HOME": folder / "hf", "HF_HUB_CACHE": folder / "hf" / "hub"}
    caches |= {"POLYALIGN_CACHE": folder / "derived", "POLYALIGN_MODELS": folder / "own"}
    fixed = {"HF_ENDPOINT": url, "HF_HUB_DOWNLOAD_TIMEOUT": "1", "OMP_NUM_THREADS": "1", "NO_PROXY": "*"}
    return {name: str(path) for name, path in caches.items()} | fixed


@pytest.fixture(scope="session")
def tiny_tr_ar(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Turkish to Arabic behind >>ara<<, with the sentence of the self-test among what it knows."""
    return _tiny_tr_ar(tmp_path_factory.getbasetemp() / "hub" / "opus-mt-tr-ar")


@cache
def _tiny_tr_ar(folder: Path) -> Tiny:
    """Trained once, however many modules use the fixture."""
    examples = [(">>ara<<", turkish, arabic) for arabic, _, turkish in KNOWN]
    examples.append((">>ara<<", SENTENCES["tr"], SENTENCES["ar"]))
    return trained(folder, examples)


@pytest.fixture
def hub(empty_hub: HubServer, tiny_tr_ar: Tiny, tmp_path: Path) -> HubServer:
    """The hub with the registry's model for tr-ar."""
    folder = tiny_tr_ar.copied(tmp_path / "served")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n", encoding="utf-8")
    for name in IN_WAY:
        (folder / name).write_bytes(b"never to be downloaded")
    empty_hub.add(NAME, folder)
    return empty_hub


@pytest.fixture
def repository(hub: HubServer) -> Path:
    """The folder that the hub serves."""
    return hub.repositories[NAME].folder
