"""What the page says in three languages: nothing missing, nothing unused, the right words in a browser."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

import polyalign
from polyalign import errors, qa
from polyalign.formats import FORMATS
from polyalign.parts import State
from polyalign.store import Store
from tests.helpers.page_browser import Room, why_not

if TYPE_CHECKING:
    pass

PACKAGE = Path(polyalign.__file__).parent
PAGE = PACKAGE / "server" / "page"
Text = str | dict[str, str]
STRINGS: dict[str, dict[str, Text]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (PAGE / "strings").glob("*.json")
}
# the categories of Unicode CLDR's plural rules for cardinal numbers
FORMS = {
    "en": {"one", "other"},
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "tr": {"one", "other"},
}
OTHERS = sorted(set(FORMS) - {"en"})
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(PAGE.glob("*.*")))
_WITHOUT_KEYS = """() => { const parts = document.querySelectorAll('dialog *:not(kbd)');
  return [...parts].flatMap(({childNodes}) => [...childNodes]).filter(({nodeType}) => nodeType === 3)
    .map(({data}) => data).join(' ') }"""
BY_MESSAGE = ("refused.", "says.", "clash.")  # found by their English form


def forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def values(text: Text) -> set[str]:
    """The names of the values that are filled in, in any of the forms."""
    return {name for form in forms(text) for name in re.findall(r"\{(\w+)\}", form)}


def made_up() -> list[re.Pattern[str]]:
    """Keys that the page puts together, as patterns."""
    said = [f"{group}.${{}}" for group in re.findall(r'\bnamed\("([\w.]+)"', SOURCES)]
    said += re.findall(r"\bt\(`([^`]+)`", SOURCES)
    assert len(said) > 12
    parts = [[re.escape(part) for part in re.split(r"\$\{[^}]*\}", text)] for text in said]
    return [re.compile("[a-z0-9][^.]*".join(part)) for part in parts if any(part)]


def messages(*rooms: str) -> Iterator[str]:
    """The strings of Python code, with {} where something is filled in."""
    for path in (path for name in rooms for path in sorted((PACKAGE / name).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
                )


class TestFiles:
    def test_there_is_a_file_for_each_language(self) -> None:
        assert STRINGS.keys() == FORMS.keys()
        assert all(f"{tag}: " in SOURCES for tag in FORMS)

    @pytest.mark.parametrize("tag", OTHERS)
    def test_no_key_is_missing_and_values_agree(self, tag: str) -> None:
        english, other = STRINGS["en"], STRINGS[tag]
        assert other.keys() == english.keys()
        assert [key for key in english if values(other[key]) != values(english[key])] == []

    @pytest.mark.parametrize("tag", FORMS)
    def test_plural_forms_are_those_of_the_language(self, tag: str) -> None:
        """Turkish has one form behind every number, so that a string without forms is right there."""
        for key, text in STRINGS[tag].items():
            assert isinstance(text, str) or text.keys() == FORMS[tag], key
            assert all(form.strip() == form and form for form in forms(text)) or key == "comma"
        counted = {key for key, text in STRINGS["en"].items() if not isinstance(text, str)}
        assert len(counted) > 8
        assert tag == "tr" or {k for k, text in STRINGS[tag].items() if not isinstance(text, str)} == counted

    @pytest.mark.parametrize("tag", OTHERS)
    def test_it_is_translated(self, tag: str) -> None:
        same = {key for key, text in STRINGS["en"].items() if STRINGS[tag][key] == text}
        assert same <= {"comma"}

    def test_arabic_is_written_in_arabic(self) -> None:
        for key, text in STRINGS["ar"].items():
            if key != "comma":
                assert all(re.search("[\u0621-\u064a]", form) for form in forms(text)), key
                assert not any(re.search(r"[,;?]", form) for form in forms(text)) or key in (
                    "help.title",
                    "refused.name_signs",
                ), key

    def test_no_key_is_unused(self) -> None:
        plain, patterns = set(re.findall(r'"([a-z][\w.-]*)"', SOURCES)), made_up()
        unused = [
            key
            for key in STRINGS["en"]
            if key not in plain
            and not key.startswith(BY_MESSAGE)
            and not any(pattern.fullmatch(key) for pattern in patterns)
        ]
        assert unused == []

    def test_every_key_that_is_used_is_there(self) -> None:
        used = set(re.findall(r'\b(?:t\(|data-t(?:-[\w-]+)?=)"([\w.-]+)"', SOURCES))
        used |= set(re.findall(r'\bt\([^"`)]*\? "([\w.-]+)" : "[\w.-]+"', SOURCES))
        used |= set(re.findall(r'\bt\([^"`)]*\? "[\w.-]+" : "([\w.-]+)"', SOURCES))
        assert len(used) > 200
        assert used - STRINGS["en"].keys() == set()

    def test_what_the_page_says_by_name_has_all_names(self) -> None:
        """Flags, states, jobs, operations: those of the Python code, no more and no less."""
        from polyalign.server import answers, operations

        def keys(group: str) -> set[str]:
            return {key.removeprefix(f"{group}.") for key in STRINGS["en"] if key.startswith(f"{group}.")}

        assert keys("flag.hint") == set(qa.NAMES) <= keys("flag")
        assert keys("state") == set(get_args(State))
        assert set(get_args(answers.JobKind)) <= keys("job")
        assert keys("job.state") == set(get_args(answers.JobState))
        commands = {
            get_args(kind.model_fields["operation"].annotation)[0]
            for kind in operations._Operation.__subclasses__()
        }
        assert keys("operation") == commands | {"realign", "translate", "add", "update"}

    def test_every_error_has_a_sentence_for_its_fault(self) -> None:
        """What a reader finds wrong with a file is said in the page's language, by the class of its error."""

        def faults(kind: type[errors.PolyalignError]) -> set[str]:
            return {kind.fault}.union(*(map(faults, kind.__subclasses__())))

        keys = {key.removeprefix("trouble.") for key in STRINGS["en"] if key.startswith("trouble.")}
        assert keys == faults(errors.PolyalignError)
        kinds = [
            kind
            for kind in vars(errors).values()
            if isinstance(kind, type) and kind.__module__ == errors.__name__
        ]
        assert not [kind for kind in kinds if "fault" not in vars(kind)]

    def test_nothing_is_said_beside_the_strings(self) -> None:
        """No text with a space or a capital stands in the code of the page."""
        attributes = r'(?:"aria-label"|title|placeholder|label): ["`][A-Za-z]'
        calls = r'\b(?:say|button|title|labelled|mode|Unable)\(["`][A-Za-z]'
        found = re.findall(rf"(?:{attributes}|{calls})[^\n]*", without(SOURCES))
        assert found == []
        page = re.sub(r"<noscript>.*</noscript>", "", (PAGE / "index.html").read_text(encoding="utf-8"))
        words = re.findall(r">\s*([A-Za-z][^<]*)<", page.partition("<body>")[2])
        assert words == ["polyalign"]

    @pytest.mark.parametrize("group", BY_MESSAGE)
    def test_messages_are_those_of_the_server(self, group: str) -> None:
        """Each English form is a message that the code gives, so that it is found by it."""
        rooms = {"refused.": ("server", "store"), "says.": ("qa",), "clash.": ("store",)}[group]
        known = {text for text in messages(*rooms) if len(text) > 8}
        patterns = [
            (re.compile(".+".join(re.escape(part) for part in text.split("{}")), re.S), text)
            for text in known
            if len(text.replace("{}", "")) > 8
        ]
        keys = [key for key in STRINGS["en"] if key.startswith(group)]
        assert len(keys) > 10
        for key in keys:
            said = re.sub(r"\{\w+\}", "x", str(STRINGS["en"][key]))
            assert any(pattern.search(said) for pattern, _ in patterns), key


def without(text: str) -> str:
    """Code of the page that shows the API, whose words are those of its English description, left out."""
    return text.replace((PAGE / "docs.js").read_text(encoding="utf-8"), "")


def english(shown: str, strings: dict[str, Text]) -> set[str]:
    """The longer Latin words that are shown, without those of the page's own strings."""
    own = set(re.findall(r"\w+", json.dumps(strings, ensure_ascii=False)))
    return {word for word in re.findall(r"[^\W\d_]{5,}", shown) if word.isascii()} - own


@pytest.mark.skipif(bool(why_not()), reason=why_not())
class TestBrowser:
    @pytest.mark.parametrize(
        ("locale", "tag"),
        [("ar-EG", "ar"), ("tr-TR", "tr"), ("en-GB", "en"), ("de-DE", "en"), ("ar", "ar")],
    )
    def test_the_language_follows_the_browser(self, baku_room: Room, locale: str, tag: str) -> None:
        tab = baku_room.open(locale=locale)
        assert tab.page.get_attribute("html", "lang") == tag
        assert tab.page.get_attribute("html", "dir") == ("rtl" if tag == "ar" else "ltr")
        assert tab.page.text_content("#view-texts") == STRINGS[tag]["view.texts"]
        label = tab.page.text_content("[data-command=accept]") or ""
        assert label == f"{STRINGS[tag]['command.accept.label']}A"

    def test_it_can_be_set_and_stays(self, baku_room: Room) -> None:
        tab = baku_room.open(locale="en-GB")
        tab.page.click("#menu summary")
        tab.page.select_option("#language", "tr")
        tab.page.wait_for_selector("html[lang=tr]")
        tab.page.reload()
        tab.page.wait_for_selector("html[lang=tr] .row.here")
        tab.settle().page.click("#menu summary")
        tab.page.select_option("#language", "")
        tab.page.wait_for_selector("html[lang=en] .row.here")
        tab.settle()

    def test_the_arabic_page_is_mirrored(self, baku_room: Room) -> None:
        """Source and first buttons on the right, the target on the left; texts keep their own direction."""
        tab = baku_room.open(locale="ar-EG")
        assert tab.page.evaluate("document.documentElement.dir") == "rtl"

        def left(selector: str) -> float:
            box = tab.page.locator(selector).first.bounding_box()
            assert box
            return box["x"]

        assert left(".cell.source") > left(".row:not(.alone) .gutter") > left(".cell.target")
        assert left("h1") > left("#saved") > left("#menu")
        assert left("#rows") > left("#map")
        assert left("[data-command=accept]") > left("[data-command=comment]")
        assert tab.page.get_attribute(".cell.target .text", "dir") == "ltr"
        assert tab.page.get_attribute(".row .gutter", "dir") == "rtl"
        for key, side in (("ArrowLeft", "target"), ("ArrowRight", "source"), ("h", "target")):
            tab.press(key)
            where = "document.activeElement.closest('.cell').dataset.side"
            assert tab.page.evaluate(where) == side
        width = tab.page.evaluate("innerWidth")
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width

    def test_links_of_the_mirrored_texts_lead_from_partner_to_partner(self, baku_room: Room) -> None:
        tab = baku_room.open(locale="ar-EG", query="&view=texts")
        tab.settle()
        ends = tab.page.evaluate(
            """() => { const path = document.querySelector('.links .shown'), box = path.getScreenCTM(),
              end = path.getPointAtLength(0).matrixTransform(box),
              strip = document.querySelector(`.strip[data-side=source][data-row="${path.dataset.row}"]`);
              const there = strip.getBoundingClientRect();
              return [end.x - there.left, end.y - there.top, there.height] }"""
        )
        assert abs(ends[0]) < 2
        assert 0 < ends[1] < ends[2]

    def test_numbers_and_dates_are_those_of_the_language(self, baku_room: Room) -> None:
        with Store(baku_room.paths[0]) as store:
            store.mark([store.rows(1)[0].id], "confirmed", who="Ada")
        scores = {}
        for locale in ("en-GB", "ar-EG", "tr-TR", "ar-MA"):
            tab = baku_room.open(locale=locale)
            scores[locale] = tab.texts("#rows .score")[0]
            when = tab.page.get_attribute(".state", "title") or ""
            shown = tab.page.evaluate(
                "([tag, at]) => new Intl.DateTimeFormat(tag, {dateStyle: 'medium'}).format(new Date(at))",
                [locale, baku_room.rows()[0].at],
            )
            assert shown in when
        plain = scores["en-GB"]
        assert scores["tr-TR"] == plain.replace(".", ",")
        assert scores["ar-EG"] == plain.translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫"))
        assert scores["ar-MA"] == plain.replace(".", ",")

    def test_arabic_plurals(self, baku_room: Room) -> None:
        """By the rules of the browser: 0, 1, 2, 3 to 10, 11 to 99, and 100 are six forms."""
        tab = baku_room.open(locale="ar-MA")
        said = tab.page.evaluate(
            """async () => { const {t} = await import('./static/strings.js');
              return [0, 1, 2, 3, 10, 11, 99, 100, 102, 103].map((count) => t('rows', {count})) }"""
        )
        assert said == [
            *("لا صفوف", "صف واحد", "صفّان", "3 صفوف", "10 صفوف"),
            *("11 صفًا", "99 صفًا", "100 صف", "102 صف", "103 صفوف"),
        ]

    @pytest.mark.parametrize("locale", ["ar-EG", "tr-TR"])
    def test_a_day_in_another_language(self, baku_room: Room, locale: str) -> None:
        """No string is missing where one works, and no English is left but in texts and names of files."""
        strings = STRINGS[locale[:2]]
        tab = baku_room.open(locale=locale)
        tab.press("a", "r", "Shift+M")
        assert str(strings["refused.no_row_above"]) in (tab.page.text_content("#says") or "")
        tab.complaints[:] = [line for line in tab.complaints if "status of 4" not in line]
        tab.press(
            "m", "Control+z", "l", "Escape", "t", "Escape", "e", "Escape", "v", "v", "s", "Tab", "Escape"
        )
        for dialog in ("pair", "history", "link", "about", "export", "concordance", "help"):
            tab.page.evaluate(f"document.querySelector('[data-dialog={dialog}]').click()")
            tab.settle()
            known = {"polyalign", "Enter", "Shift", "XLIFF", "Lines", "tester"}
            known |= set(map(str.upper, FORMATS))
            shown = tab.page.evaluate(_WITHOUT_KEYS)
            assert dialog == "about" or english(shown, strings) <= known
            tab.page.keyboard.press("Escape")
            tab.settle()
        for part in (".top", "#filters", "#tools"):
            assert english(tab.page.evaluate(_WITHOUT_KEYS.replace("dialog", part)), strings) <= {
                "polyalign",
                "English",
            }
