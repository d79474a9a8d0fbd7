"""The home page in a real Chromium: projects with their progress, and a beginning without a command line."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import polyalign
from polyalign.bitext import Bitext
from polyalign.formats.archive import COMPOUND
from polyalign.parts import Bead, Document, Side
from polyalign.store import Store
from tests.helpers.page_browser import Room, Tab, project, room, why_not
from tests.helpers.places import DATA, SEEDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

STRINGS = Path(polyalign.__file__).parent / "server" / "page" / "strings"
TURKISH = DATA / "baku.tr.txt"
EVIL = "<img src=x onerror=alert(1)>"


def bitext(count: int = 4) -> Bitext:
    sides = [
        Side(tag, Document.from_segments([f"{word} {i}." for i in range(count)]).segments or ())
        for tag, word in (("ar", "جملة"), ("en", "sentence"))
    ]
    return Bitext(sides[0], sides[1], tuple(Bead((i,), (i,), 0.9) for i in range(count)))


@pytest.fixture
def home(browser: Browser, tmp_path: Path) -> Iterator[Room]:
    """A folder with two projects, of which one was worked on."""
    for name in ("harbour", "مرفأ"):
        project(tmp_path / f"{name}.polyalign", bitext(), None, None)
    with Store(tmp_path / "harbour.polyalign") as store:
        store.mark([row.id for row in store.rows(1)][:3], "confirmed")
    with room(browser, [], folder=tmp_path) as found:
        yield found


def drop(tab: Tab, paths: Sequence[Path]) -> None:
    """Drop files on the page, as from the desktop."""
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    tab.page.evaluate(
        """(files) => { const data = new DataTransfer();
          for (const [name, text] of files) {
            const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            data.items.add(new File([bytes], name)); }
          const say = (kind) => document.querySelector('.zone').dispatchEvent(
            new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
          say('dragover'); say('drop'); }""",
        files,
    )


def archive_of(members: dict[str, bytes]) -> bytes:
    """A ZIP archive, packed."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return sink.getvalue()


def compound(stream: str) -> bytes:
    """What Office puts a document with a password into, in so far as it is looked at."""
    return COMPOUND + bytes(504) + f"{stream}\0".encode("utf-16-le") + bytes(512)


def card(name: str) -> str:
    return f".project:has(.name bdi:text-is('{name}'))"


def choose(tab: Tab, name: str, label: str) -> None:
    """A choice in the menu of a project."""
    tab.page.click(f"{card(name)} .menu summary")
    tab.page.click(f"{card(name)} .sheet button:text-is('{label}')")
    tab.settle()


class TestList:
    def test_projects_with_progress_and_languages(self, home: Room) -> None:
        tab = home.open()
        assert sorted(tab.texts(".project .name")) == ["harbour", "مرفأ"]
        harbour = tab.page.inner_text(card("harbour"))
        assert "3 of 4 pairs" in harbour
        assert "Arabic – English" in harbour
        assert tab.page.locator("#tools, #bitext, #filters").filter(visible=True).count() == 0
        tab.press("a", "/", "v", "n")  # no command means anything here
        assert tab.complaints == []

    def test_into_a_project_and_back(self, home: Room) -> None:
        tab = home.open()
        tab.page.click(".name bdi:text-is('harbour')")
        tab.page.wait_for_selector(".row.here")
        tab.settle().press("End", "a")
        tab.page.click("[data-home] >> nth=0")
        tab.page.wait_for_selector(f"{card('harbour')}:has-text('4 of 4 pairs')")
        tab.page.go_back()
        tab.page.wait_for_selector(".row.here")
        tab.settle()
        assert "project=" in tab.page.url
        tab.page.go_back()
        tab.page.wait_for_selector("#home:not([hidden])")
        tab.settle()
        tab.page.reload()
        tab.page.wait_for_selector("#home .project")
        tab.settle()

    def test_rename_duplicate_delete_and_undo(self, home: Room, tmp_path: Path) -> None:
        tab = home.open()
        choose(tab, "harbour", "Rename")
        field = tab.page.locator("form.name input")
        assert field.evaluate("node => node === document.activeElement")
        field.fill(f"port {EVIL}".replace("<", "(").replace(">", ")"))
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_selector(".name:has-text('port (img')")
        tab.settle()
        choose(tab, "مرفأ", "Duplicate")
        tab.page.wait_for_selector(".name bdi:text-is('مرفأ 2')")
        choose(tab, "مرفأ", "Delete")
        tab.page.wait_for_selector("#says:has-text('was deleted')")
        assert not (tmp_path / "مرفأ.polyalign").exists()
        assert tab.settle().page.locator(card("مرفأ")).count() == 0
        tab.page.click("#says button:text-is('Undo')")
        tab.page.wait_for_selector(card("مرفأ"))
        choose(tab, "مرفأ 2", "Delete")
        tab.page.reload()
        tab.page.wait_for_selector(".trash:visible")
        tab.settle().page.click(".trash summary")
        tab.page.click(".trash button:text-is('Bring back')")
        tab.page.wait_for_selector(card("مرفأ 2"))
        assert {path.stem for path in tmp_path.glob("*.polyalign")} >= {"مرفأ", "مرفأ 2"}
        tab.settle()

    def test_a_name_that_is_taken_is_refused_in_place(self, home: Room) -> None:
        tab = home.open()
        choose(tab, "harbour", "Rename")
        tab.page.fill("form.name input", "مرفأ")
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_selector("#says:has-text('already')")
        assert tab.page.locator("form.name input").input_value() == "مرفأ"
        tab.page.keyboard.press("Escape")
        tab.page.wait_for_selector(card("harbour"))
        tab.settle()
        tab.complaints.clear()

    def test_another_window_follows(self, home: Room) -> None:
        one, two = home.open(), home.open()
        # words of a row that went away are refused
        with two.page.expect_response(lambda answer: "/words?" in answer.url):
            two.page.click(".name bdi:text-is('harbour')")
        choose(one, "harbour", "Delete")
        two.page.wait_for_selector("#home:not([hidden])")
        assert two.settle().texts(".project .name") == ["مرفأ"]

    @pytest.mark.parametrize("label", ["Download: TMX", "The project, with all decisions"])
    def test_download(self, home: Room, tmp_path: Path, label: str) -> None:
        tab = home.open()
        with tab.page.expect_download() as download:
            choose(tab, "harbour", label)
        path = tmp_path / f"got-{download.value.suggested_filename}"
        download.value.save_as(path)
        if path.suffix == ".tmx":
            states = [bead.review.state for bead in polyalign.read_bitext(path).beads]
        else:
            with Store(path) as store:
                states = [row.state for row in store.rows(1)]
        assert states.count("confirmed") == 3

    def test_a_reader_only_looks(self, home: Room) -> None:
        tab = home.open("reader")
        assert tab.page.locator(".zone, .trash").filter(visible=True).count() == 0
        tab.page.click(f"{card('harbour')} .menu summary")
        assert {"Rename", "Delete", "Duplicate"}.isdisjoint(tab.texts(".project .sheet button"))
        tab.page.keyboard.press("Escape")
        tab.page.click(".name bdi:text-is('harbour')")
        tab.page.wait_for_selector(".row.here")
        tab.settle()


class TestBeginning:
    def test_two_files_dropped_lead_into_their_rows(self, browser: Browser, tmp_path: Path) -> None:
        """Languages by name, a name proposed, options in words, stages, then the rows."""
        with room(browser, [], folder=tmp_path) as found:
            tab = found.open()
            drop(tab, [SEEDS / "baku.ar.txt", SEEDS / "baku.en.txt"])
            tab.page.wait_for_selector(".panel form")
            seen = tab.page.locator(".panel select").evaluate_all(
                "all => all.map(node => node.selectedOptions[0].textContent)"
            )
            assert seen == ["Arabic, as it seems", "English, as it seems"]
            assert tab.page.input_value(".panel input[type=text]") == "baku"
            assert "One is a translation of the other" in tab.page.inner_text(".panel fieldset")
            stages: list[str] = []
            tab.page.expose_function("stage", lambda text: stages.append(text))
            tab.page.evaluate(
                """() => new MutationObserver(() => document.querySelectorAll('#jobs .says').forEach(
                     (node) => window.stage(node.textContent)))
                     .observe(document.querySelector('#jobs'), {childList: true, subtree: true})"""
            )
            tab.page.click(".panel button.main")
            tab.page.wait_for_selector(".row.here", timeout=120_000)
            tab.settle()
            assert "Türkiye" in tab.page.inner_text("#rows")
            assert (tmp_path / "baku.polyalign").exists()
            assert {"finding the sentences", "understanding the sentences"} & set(stages)
            assert tab.page.locator("#jobs").is_hidden()

    def test_one_bitext(self, browser: Browser, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        path = tmp_path / "in" / "memory.json"
        path.write_text(bitext().to_json(), encoding="utf-8")
        with room(browser, [], folder=tmp_path) as found:
            tab = found.open()
            drop(tab, [path])
            tab.page.wait_for_selector(".panel form")
            assert "Arabic – English" in tab.page.inner_text(".panel .file")
            assert tab.page.locator(".panel fieldset").count() == 0
            tab.page.click(".panel button.main")
            tab.page.wait_for_selector(".row.here", timeout=60_000)
            tab.settle()
            assert (tmp_path / "memory.polyalign").exists()

    def test_one_text_then_the_other_swapped_and_set_right(self, browser: Browser, tmp_path: Path) -> None:
        with room(browser, [], folder=tmp_path) as found:
            tab = found.open()
            drop(tab, [SEEDS / "baku.en.txt"])
            tab.page.wait_for_selector(".panel:has-text('This is one text')")
            tab.page.set_input_files(".panel input[type=file]", SEEDS / "baku.ar.txt")
            tab.page.wait_for_selector(".panel form")
            assert tab.texts(".panel .file bdi") == ["baku.en.txt", "baku.ar.txt"]
            tab.page.click(".panel [aria-label='Swap the two']")
            assert tab.texts(".panel .file bdi") == ["baku.ar.txt", "baku.en.txt"]
            tab.page.locator(".panel select").first.select_option("en")
            assert "same language" in tab.page.inner_text(".panel .error")
            tab.page.locator(".panel select").first.select_option("ar")
            assert tab.page.locator(".panel .error").count() == 0
            tab.page.click(".panel button:text-is('Cancel')")
            assert tab.page.locator(".panel").is_hidden()

    def test_a_folder_is_paired_by_the_names_of_its_files(self, browser: Browser, tmp_path: Path) -> None:
        """ "ar/port.txt" and "en/port.txt", "quay.ar.txt" and "quay.en.txt"; what has no partner is named."""
        folder = tmp_path / "reports"
        texts = {
            "ar": "وصلت السفينة إلى الميناء أمس.",
            "en": "The ship reached the port yesterday.",
        }
        for tag, text in texts.items():
            (folder / tag).mkdir(parents=True)
            (folder / tag / "port.txt").write_text(text, encoding="utf-8")
            (folder / f"quay.{tag}.txt").write_text(text, encoding="utf-8")
        (folder / "alone.txt").write_text("Nobody knew what had happened to the crew.", encoding="utf-8")
        (tmp_path / "projects").mkdir()
        with room(browser, [], folder=tmp_path / "projects") as found:
            tab = found.open()
            tab.page.set_input_files(".zone input[webkitdirectory]", folder)
            tab.page.wait_for_selector(".panel form")
            said = tab.page.inner_text(".panel")
            assert "2 pairs of texts" in said
            assert re.search(r"Without a partner: \W*alone\.txt", said)
            assert tab.page.input_value(".panel input[type=text]") == "reports"
            tab.page.click(".panel button.main")
            tab.page.wait_for_selector(".row.here", timeout=120_000)
            tab.settle()
            with Store(tmp_path / "projects" / "reports.polyalign") as store:
                sides = [(one.source.language, one.target.language) for one in store.listed()]
            assert sides == [("ar", "en")] * 2

    def test_what_cannot_be_read_is_named_and_leaves_nothing_behind(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        broken = tmp_path / "broken.pdf"
        broken.write_bytes(b"%PDF-1.4 nothing")
        (tmp_path / "projects").mkdir()
        with room(browser, [], folder=tmp_path / "projects") as found:
            tab = found.open()
            drop(tab, [broken])
            tab.page.wait_for_selector(".panel .error:has-text('broken.pdf cannot be read')")
            tab.page.click(".panel button:text-is('Cancel')")
            drop(tab, [SEEDS / "baku.ar.txt", TURKISH])
            tab.page.wait_for_selector(".panel form")
            tab.page.click(".panel button.main")
            tab.page.click("#jobs button:text-is('Cancel')")
            tab.page.wait_for_selector("#jobs .job[data-state=cancelled]")
            tab.settle()
            tab.page.wait_for_selector(".none")
            assert list((tmp_path / "projects").iterdir()) == []

    @pytest.mark.parametrize("locale", ["en-GB", "ar-EG", "tr-TR"])
    def test_what_is_wrong_with_a_file_is_said_in_the_language_of_the_page(
        self, browser: Browser, tmp_path: Path, locale: str
    ) -> None:
        """The line of the reader stands below, as the English that it is."""
        damaged = "<tmx version='1.4'><header srclang='ar'/><body><tu><tuv xml:lang='ar'><seg>نعم</seg></tu>"
        given = {
            "damaged": ("broken.tmx", damaged.encode()),
            "empty": ("nothing.txt", b" \n\n"),
            "encoding": ("letters.txt", "جملة أولى. ".encode() * 9 + b"\xff\xfe\xff"),
            "format": ("picture.pdf", b"\x89PNG\r\n\x1a\n" + bytes(99)),
            "large": ("bomb.docx", archive_of({"word/document.xml": bytes(80_000_000)})),
            "locked": ("secret.docx", compound("EncryptedPackage")),
        }
        strings = json.loads((STRINGS / f"{locale[:2]}.json").read_text(encoding="utf-8"))
        paths = [tmp_path / name for name, _ in given.values()]
        for path, (_, data) in zip(paths, given.values(), strict=True):
            path.write_bytes(data)
        (tmp_path / "projects").mkdir()
        with room(browser, [], folder=tmp_path / "projects") as found:
            tab = found.open(locale=locale)
            drop(tab, paths)
            tab.page.wait_for_selector(".panel .error .detail")
            lines = tab.page.locator(".panel .error").all()
            assert len(lines) == len(given)
            for line, fault, path in zip(lines, given, paths, strict=True):
                assert strings[f"trouble.{fault}"] in (line.text_content() or "")
                detail = line.locator(".detail")
                assert path.name in (detail.text_content() or "")
                assert detail.get_attribute("lang") == "en"
                assert detail.get_attribute("dir") == "ltr"

    @pytest.mark.parametrize(("locale", "start"), [("ar-EG", "حاذِ"), ("tr-TR", "Hizala")])
    def test_in_other_languages(self, home: Room, locale: str, start: str) -> None:
        tab = home.open(locale=locale, viewport={"width": 390, "height": 844})
        drop(tab, [SEEDS / "baku.ar.txt", SEEDS / "baku.en.txt"])
        tab.page.wait_for_selector(".panel form")
        assert tab.page.text_content(".panel button.main") == start
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert (
            not set(re.findall("[A-Za-z]{4,}", tab.page.inner_text(".projects"))) - {"harbour"}
            or locale == "tr-TR"
        )


def test_the_bare_command_opens_the_home_page(browser: Browser, tmp_path: Path) -> None:
    project(tmp_path / "harbour.polyalign", bitext(), None, None)
    environment = os.environ | {"BROWSER": "true", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "polyalign"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert process.stdout
        said = [process.stderr.readline()]
        while "review page: " not in said[-1] and said[-1]:
            said.append(process.stderr.readline())
        page = browser.new_page()
        page.goto(said[-1].partition("review page: ")[2].strip())
        page.wait_for_selector(".name bdi:text-is('harbour')")
        page.close()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        process.stderr.read()
    assert process.returncode == 0
    assert "polyalign --help" in said[0]
