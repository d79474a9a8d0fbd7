"""What all translators promise; an endpoint that misbehaves; Firefox's models."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from polyalign import cli
from polyalign.errors import NotInstalledError, PolyalignError, UnreadableError, UsageError
from polyalign.translation import Translator, open_translator
from polyalign.translation.endpoint import KEY, Endpoint
from polyalign.translation.firefox import Firefox
from polyalign.translation.memory import Memory
from tests.helpers.tiny_marian import ARABIC, ENGLISH, Tiny

KNOWN = dict(zip(ARABIC, ENGLISH, strict=True))


@dataclass
class Behaviour:
    """How the endpoint answers: a text for a text, or whatever `answer` does with the handler."""

    says: Callable[[str], Any] = lambda text: KNOWN.get(text, "I cannot help with that.")
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """POST /v1/chat/completions as OpenAI's protocol has it."""

    behaviour: ClassVar[Behaviour]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.behaviour.asked.append({"path": self.path, **body})
        self.behaviour.headers.append(dict(self.headers))
        if self.behaviour.answer:
            self.behaviour.answer(self)
            return
        said = self.behaviour.says(body["messages"][-1]["content"])
        reply(self, json.dumps({"choices": [{"message": {"role": "assistant", "content": said}}]}).encode())

    def log_message(self, *_: object) -> None:
        pass


def reply(handler: BaseHTTPRequestHandler, data: bytes, code: int = 200, **headers: str) -> None:
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


@pytest.fixture
def server() -> Iterator[tuple[str, Behaviour]]:
    """A real endpoint on this machine: its URL, and how it behaves."""
    behaviour = Behaviour()
    kind = type("Own", (Handler,), {"behaviour": behaviour})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/v1", behaviour
        running.shutdown()
        thread.join()


def endpoint(url: str, patience: float = 20.0) -> Endpoint:
    return Endpoint(url, "tiny", "ar", "en", patience)


# What all promise


@pytest.fixture(params=["marian", "openai"])
def translator(request: pytest.FixtureRequest, server: tuple[str, Behaviour], tiny_ar_en: Tiny) -> Translator:
    if request.param == "openai":
        return endpoint(server[0])
    pytest.importorskip("ctranslate2")
    return open_translator(tiny_ar_en.folder, memory=False)


def test_one_translation_a_text_in_order_whatever_comes_twice(translator: Translator) -> None:
    texts = [*ARABIC[:3], "12.5 %", "", ARABIC[0]]
    told: list[tuple[int, int]] = []
    made = translator.translate(texts, progress=lambda done, total: told.append((done, total)))
    assert [one.text for one in made] == [*ENGLISH[:3], "12.5 %", "", ENGLISH[0]]
    assert ["passed" in one.flags for one in made] == [False] * 3 + [True] * 2 + [False]
    assert told[-1] == (6, 6)
    assert translator.translate([]) == []


def test_the_identity_is_one_line_and_stays(translator: Translator) -> None:
    assert translator.identity == translator.identity
    assert "\n" not in translator.identity + translator.name


# An endpoint


def test_what_it_is_asked(server: tuple[str, Behaviour], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody is there
    endpoint(server[0]).translate([ARABIC[0], "-", ARABIC[0]])
    [asked] = server[1].asked
    assert (asked["path"], asked["model"], asked["temperature"]) == ("/v1/chat/completions", "tiny", 0)
    assert asked["messages"][1] == {"role": "user", "content": ARABIC[0]}
    assert "ar into en" in asked["messages"][0]["content"]
    assert "Authorization" not in server[1].headers[0]
    monkeypatch.setenv(KEY, "secret")
    endpoint(server[0]).translate([ARABIC[1]])
    assert server[1].headers[1]["Authorization"] == "Bearer secret"


def test_thoughts_are_no_translation(server: tuple[str, Behaviour]) -> None:
    server[1].says = lambda text: f"<think>\nWhat is {text}?\n</think>\n\n{KNOWN[text]}\n"
    assert endpoint(server[0]).translate([ARABIC[0]])[0].text == ENGLISH[0]
    server[1].says = lambda _: "<think> without end"
    assert endpoint(server[0]).translate([ARABIC[0]])[0].flags == ("empty",)


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices"')


def flood(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, b" " * (3 << 20))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(lambda _: time.sleep(2), "did not answer in 0.5 seconds", id="silent"),
        pytest.param(drip, "did not answer in 0.5 seconds", id="a byte at a time"),
        pytest.param(hang_up, "another form|cannot be reached", id="hangs up"),
        pytest.param(lambda h: reply(h, b"out of memory", 500), "answers 500", id="fails"),
        pytest.param(lambda h: reply(h, b"no such model", 404), "answers 404", id="no model"),
        pytest.param(lambda h: reply(h, b"<html>"), "another form than OpenAI's", id="a page"),
        pytest.param(lambda h: reply(h, b'{"choices": []}'), "another form", id="no choice"),
        pytest.param(
            lambda h: reply(h, b'{"choices": [{"message": {"content": null}}]}'), "without a text", id="null"
        ),
        pytest.param(flood, "without end", id="floods"),
        pytest.param(
            lambda h: reply(h, b"", 307, Location="http://127.0.0.1:9/"), "answers 307", id="elsewhere"
        ),
    ],
)
def test_what_goes_wrong_is_one_line(
    server: tuple[str, Behaviour], answer: Callable[[BaseHTTPRequestHandler], None], told: str
) -> None:
    server[1].answer = answer
    with pytest.raises(PolyalignError, match=told) as caught:
        endpoint(server[0], patience=0.5).translate([ARABIC[0]])
    assert "\n" not in str(caught.value)
    assert server[0] in str(caught.value)


def test_nobody_there_is_one_line() -> None:
    with pytest.raises(PolyalignError, match="cannot be reached"):
        endpoint("http://127.0.0.1:9/v1").translate([ARABIC[0]])


@pytest.mark.parametrize(
    "name", ["openai:", "openai:llama3", "openai:ftp://a/b", "openai:m@http://", "openai:http://u:p@h"]
)
def test_a_name_without_an_endpoint_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="openai:MODEL@URL"):
        Endpoint.named(name, "ar", "en")


@pytest.mark.parametrize(
    ("name", "url", "model", "here"),
    [
        ("openai:http://localhost:8080/v1/", "http://localhost:8080/v1", "", True),
        ("openai:llama3@http://[::1]:11434/v1", "http://[::1]:11434/v1", "llama3", True),
        ("openai:a/b:8@https://example.org/v1", "https://example.org/v1", "a/b:8", False),
        ("openai:http://127.0.0.1.example.org/v1", "http://127.0.0.1.example.org/v1", "", False),
    ],
)
def test_names_of_endpoints(name: str, url: str, model: str, here: bool) -> None:
    found = Endpoint.named(name, "ar", "en")
    assert (found.url, found.model, found.is_here) == (url, model, here)
    assert ("every segment is sent" in found.name) != here


def test_lies_are_not_shown(server: tuple[str, Behaviour], tmp_path: Path) -> None:
    lies = [
        "Sure! Here is the translation you asked for:",
        ARABIC[3],
        "the the the the the the the the the",
        ENGLISH[4],
    ]
    said = dict(zip(ARABIC, [*lies, *ENGLISH[4:]], strict=False))
    server[1].says = lambda text: said[text]
    name, memory = f"openai:tiny@{server[0]}", Memory(tmp_path / "m.sqlite")
    translator = open_translator(name, memory=memory, languages=("ar", "en"))
    made = translator.translate([*ARABIC[:3], *ARABIC[4:10]])
    assert [one.text for one in made] == ["", "", "", *ENGLISH[4:10]]
    assert all("untranslatable" in one.flags for one in made[:3])
    count = len(server[1].asked)
    assert translator.translate([*ARABIC[:3], *ARABIC[4:10]]) == made
    assert len(server[1].asked) == count


def test_the_command_line_says_whom_it_asked(
    server: tuple[str, Behaviour], tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    text = tmp_path / "ar.txt"
    text.write_text("\n".join(ARABIC), encoding="utf-8")
    how = ("--from", "ar", "--pre-segmented", "--no-memory", "--model", f"openai:tiny@{server[0]}")
    assert cli.main(["translate", str(text), *how]) == 0
    out, said = capsysbinary.readouterr()
    assert out.decode().splitlines() == list(ENGLISH)
    assert f"translated with tiny at {server[0][7:-3]}".encode() in said


# Firefox's models


def test_without_the_engine_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fxtranslate", None)
    with pytest.raises(NotInstalledError, match="pip install 'polyalign\\[firefox\\]'"):
        Firefox.named("firefox:ar-en")
    with pytest.raises(UsageError, match="firefox:FOLDER"):
        open_translator("firefox:")


@pytest.mark.parametrize(
    "names", [(), ("model.aren.bin",), ("model.aren.bin", "srcvocab.aren.spm"), ("vocab.aren.spm",)]
)
def test_a_folder_that_lacks_a_file_is_named(names: tuple[str, ...], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UnreadableError, match="vocab"):
        Firefox.named(f"firefox:{tmp_path}").translate(["a word"])


def test_the_real_engine_refuses_damaged_files_and_never_fetches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_ar_en: Tiny
) -> None:
    pytest.importorskip("fxtranslate", reason="needs pip install 'polyalign[firefox]'")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(NotInstalledError, match="fxtranslate models add ar en"):
        Firefox.named("firefox:ar-en")
    (tmp_path / "vocab.aren.spm").write_bytes((tiny_ar_en.folder / "source.spm").read_bytes())
    for data in (b"", b"x" * 100, (tiny_ar_en.folder / "model.safetensors").read_bytes()):
        (tmp_path / "model.aren.intgemm.alphas.bin").write_bytes(data)
        made = Firefox.named(f"firefox:{tmp_path}")
        assert made.translate(["12", ""])[0].flags == ("passed",)
        with pytest.raises(UnreadableError, match="damaged"):
            made.translate(["a word"])
    assert made.identity != Firefox.named(f"firefox:{tmp_path}").identity or data
