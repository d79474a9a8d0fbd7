"""A real Chromium on a real server of project files, for the tests of the review page."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from polyalign.bitext import Bitext
from polyalign.parts import Document
from polyalign.store import ReviewRow, Store
from tests.helpers.workers import flagging

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
CHROMIUM = next(filter(None, map(shutil.which, _BROWSERS)), None)

PATIENCE = 120_000  # milliseconds: a machine with many guests takes long to load what links words

# Counts the requests that are under way, so that "settled" is a state and not a while.
_COUNTING = """
const fetched = window.fetch;
window.asking = 0;
window.fetch = async (...request) => {
  window.asking += 1;
  try { return await fetched(...request); } finally { setTimeout(() => (window.asking -= 1), 0); }
};
"""
_STAYING = "localStorage.getItem('polyalign.onward') ?? localStorage.setItem('polyalign.onward', 'false')"
_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_IDLE = (
    "() => !window.asking && document.querySelector('#saved')?.dataset.busy === 'no'"
    " && !document.querySelector('.hole')"
)


def why_not() -> str:
    """Why there can be no test in a browser here; "" where there can."""
    missing = [name for name in ("playwright", "fastapi", "uvicorn", "multipart") if not find_spec(name)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    return "" if CHROMIUM else "there is no chromium on the path"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser, without a window."""
    if reason := why_not():
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Tab:
    """A page that is open in the browser, with what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> Tab:
        """Keys one after the other, each once the one before it has had its effect."""
        for key in keys:
            self.page.keyboard.press(key)
            self.settle()
        return self

    def settle(self) -> Tab:
        """Wait until nothing is under way, what a scroll or a change of size sets off included."""
        self.page.evaluate(_DRAWN)
        self.page.wait_for_function(_IDLE)
        self.page.evaluate(_DRAWN)
        self.page.wait_for_function(_IDLE)
        return self

    def state(self) -> str:
        """What the page says of itself, for whoever finds out why a test waited in vain."""
        said = self.page.evaluate(
            "[document.activeElement?.outerHTML.slice(0, 200), document.querySelector('#saved')?.outerHTML,"
            " window.asking, document.body.innerText.slice(0, 500)].join(' | ')"
        )
        return f"{said} {self.complaints}"

    def click(self, selector: str, text: str) -> Tab:
        """Click on what holds the text, once nothing moves any more that came when it scrolled into sight."""
        found = self.page.locator(selector, has_text=text).first
        found.scroll_into_view_if_needed()
        self.settle()
        found.click()
        return self.settle()

    def texts(self, selector: str) -> list[str]:
        """The text of all elements in the document that match."""
        return [text or "" for text in self.page.locator(selector).all_text_contents()]

    def here(self, selector: str = "") -> Any:
        """The row of the cursor, or what is in it."""
        return self.page.locator(f".row.here {selector}".strip())

    def find(self, text: str) -> None:
        """Put the cursor on the sentence with this text, as the mouse does it; no caret stays in it."""
        number = self.page.locator(".segment", has_text=text).first.locator(".number")
        number.click(force=True)
        self.settle()


class Held:
    """Answers of the server that wait until the test lets them come."""

    waiting: list[Route]

    def __init__(self, tab: Tab, pattern: str) -> None:
        self._tab = tab
        self.waiting = []
        self._released = False
        tab.page.route(pattern, lambda route: self._asked(route))

    def _asked(self, route: Route) -> None:
        if self._released:
            route.continue_()
        else:
            self.waiting.append(route)

    def asked(self) -> Held:
        """Wait until there is a request to hold."""
        last = time.monotonic() + PATIENCE / 1000
        while not self.waiting:
            assert time.monotonic() < last, f"no request: {self._tab.state()}"
            self._tab.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
        return self

    def release(self, *, settle: bool = True) -> None:
        """Let all of them come, those of later requests too."""
        self._released = True
        for route in self.waiting:
            route.continue_()
        if settle:
            self._tab.settle()


@dataclass
class Room:
    """A server with its projects, and the browser's windows on it."""

    browser: Browser
    port: int
    editor: str
    reader: str
    paths: tuple[Path, ...]
    tabs: list[Tab] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        role: Literal["editor", "reader"] = "editor",
        query: str = "",
        *,
        onward: bool = False,
        **options: Any,
    ) -> Tab:
        """A new window on the page, once it shows something; `onward` is as a new user has it."""
        token = self.editor if role == "editor" else self.reader
        context = self.browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        if not onward:
            context.add_init_script(_STAYING)
        context.add_init_script(_COUNTING)
        tab = Tab(context.new_page())
        tab.page.on(
            "console",
            lambda said: tab.complaints.append(f"{said.type}: {said.text} ({said.location['url']})"),
        )
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        self.tabs.append(tab)
        tab.page.goto(f"http://127.0.0.1:{self.port}/?token={token}{query}")
        tab.page.wait_for_selector(".row, .strip, #home:not([hidden])")
        return tab.settle()

    def rows(self, bitext: int = 1) -> list[ReviewRow]:
        """The rows of the first project as its file has them now."""
        with Store(self.paths[0]) as store:
            return [row for row in store.rows(bitext) if not row.deleted]

    def row(self, text: str) -> ReviewRow:
        """The row that holds a sentence with this text."""
        return next(r for r in self.rows() if any(text in s.text for s in (*r.source, *r.target)))


@contextmanager
def room(browser: Browser, paths: Sequence[Path], folder: Path | None = None) -> Iterator[Room]:
    """The projects, or a folder, on a server of their own; an error if a page complained of anything."""
    from polyalign.server.desk import Desk
    from polyalign.server.security import Tokens

    tokens = Tokens()
    with ExitStack() as stack:
        desk = stack.enter_context(Desk(paths, folder, who="tester", flagging=flagging()))
        port = stack.enter_context(_running(desk, tokens))
        found = Room(browser, port, tokens.editor, tokens.reader, tuple(paths))
        try:
            yield found
        finally:
            for context in found.contexts:
                context.close()
    complaints = [line for tab in found.tabs for line in tab.complaints]
    assert not complaints, complaints


@contextmanager
def _running(desk: Any, tokens: Any) -> Iterator[int]:
    import socket

    import uvicorn

    from polyalign.server.app import create_app
    from polyalign.server.stopping import Server

    ready = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        app = create_app(desk, tokens=tokens, hosts=[f"127.0.0.1:{port}"])
        config = uvicorn.Config(
            app, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=2
        )
        server = Server(config, app.state.parts, ready.set)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(30)
            yield port
        finally:
            server.should_exit = True
            thread.join()


class Restarting:
    """`polyalign review` as a process that is killed and started again, and a window on it."""

    def __init__(self, browser: Browser, path: Path) -> None:
        self.path, self.link = path, ""
        self._process: subprocess.Popen[str] | None = None
        self.start()
        self.context = browser.new_context(viewport={"width": 1400, "height": 900})
        self.context.add_init_script(_COUNTING)
        self.context.add_init_script(_STAYING)
        self.tab = Tab(self.context.new_page())
        self.tab.page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
        self.tab.page.goto(self.link)
        self.tab.page.wait_for_selector(".row.here")
        self.tab.settle()

    def start(self) -> None:
        """Start it, as its user would, and wait for its link."""
        command = [sys.executable, "-m", "polyalign", "review", str(self.path), "--no-browser"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr
        while "review page: " not in (line := self._process.stderr.readline()):
            assert line, "it did not start"
        self.link = line.partition("review page: ")[2].strip()

    def kill(self) -> None:
        """End it at once, whatever it is at."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Restarting:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
        self.kill()


def project(path: Path, bitext: Bitext, source: Document | None, target: Document | None) -> Path:
    """A project file with this bitext."""
    with Store(path) as store:
        store.add(bitext, source=source, target=target)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of a module of tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def baku_room(
    browser: Browser, tmp_path: Path, baku_bitext: Bitext, baku: tuple[Document, Document]
) -> Iterator[Room]:
    """A window on the sample pair."""
    with room(browser, [project(tmp_path / "baku.polyalign", baku_bitext, *baku)]) as found:
        yield found
