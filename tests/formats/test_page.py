"""The page: every segment once and in place, all of it escaped, nothing run or fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as parser

from polyalign.bitext import Bitext
from polyalign.formats.bitexts.tabular import carried
from polyalign.formats.common import Options
from polyalign.formats.display.page import html_page
from polyalign.parts import Bead, Segment
from tests.helpers.samples import bitexts, harbour, side


def written(bitext: Bitext, *, unaligned: bool = True) -> str:
    text = "".join(html_page(bitext, Options(unaligned)))
    return text.encode("utf-8", "backslashreplace").decode()


def parsed(bitext: Bitext, *, unaligned: bool = True) -> parser.HtmlElement:
    return parser.document_fromstring(written(bitext, unaligned=unaligned).encode())


def texts(cell: parser.HtmlElement) -> list[tuple[str, str]]:
    """The number and the text of each segment in a cell."""
    return [(p.xpath("string(bdi)"), p.xpath("string(span[@class='text']/bdi)")) for p in cell.xpath("p")]


def plain(segments: tuple[Segment, ...]) -> list[tuple[str, str]]:
    return [(str(s.id + 1), carried(s.shown)) for s in segments]


@given(bitexts())
def test_every_row_stands_there_once_and_in_order(bitext: Bitext) -> None:
    found = [
        tuple(texts(cell) for cell in row.xpath("td[not(contains(@class, 'score'))]"))
        for row in parsed(bitext).xpath("//tbody/tr")
    ]
    assert found == [(plain(row.source), plain(row.target)) for row in bitext.rows()]


@given(st.text(max_size=40))
def test_no_text_becomes_mark_up(text: str) -> None:
    hostile = f"</style><script>alert(1)</script>{text}\"'><img src=x onerror=y>"
    bitext = Bitext(
        side(hostile, [hostile], hostile, s0=hostile),
        side("en", [hostile], f"x/{hostile}"),
        (),
        hostile,
        hostile,
        (hostile,),
    )
    page = parsed(bitext)
    assert not page.xpath("//script | //img | //link | //a | //iframe | //@onerror | //@style | //@src")
    assert len(page.xpath("//style")) == 1


def test_nothing_is_run_or_fetched_and_only_this_style_is_obeyed() -> None:
    page = parsed(harbour())
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    digest = base64.b64encode(hashlib.sha256(page.xpath("string(//style)").encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert not re.search(r"url\(|@import|https?:", page.xpath("string(//style)"))


def test_directions_and_languages() -> None:
    page = parsed(harbour())
    assert page.xpath("//th/@dir") == ["rtl", "ltr"]
    cells = page.xpath("//td[p]")
    assert {(cell.get("lang"), cell.get("dir")) for cell in cells} == {("ar", "rtl"), ("en", "ltr")}
    odd = Bitext(side('x" onclick=', ["a"]), side("pt_BR", ["b"]), (Bead((0,), (0,), 1.0),))
    assert parsed(odd).xpath("//td[p]/@lang") == ["und", "pt-BR"]


def test_scores_are_numbers_and_bands() -> None:
    scores = [0.0, 0.2, 0.55, 0.7999, 1.0]
    words = [str(i) for i in range(5)]
    beads = tuple(Bead((i,), (i,), score) for i, score in enumerate(scores))
    chips = parsed(Bitext(side("ar", words), side("en", words), beads)).xpath(
        "//td/span[contains(@class, 'chip')]"
    )
    assert [chip.text for chip in chips] == ["0.00", "0.20", "0.55", "0.80", "1.00"]
    assert [chip.get("class") for chip in chips] == ["chip p0", "chip p1", "chip p2", "chip p3", "chip p4"]
    assert len(parsed(harbour()).xpath("//p[@class='legend']/span")) == 5


def test_what_is_no_ordinary_bead_is_marked() -> None:
    page = parsed(harbour())
    rows = page.xpath("//tbody/tr")
    assert [row.get("class") for row in rows] == [None, "alone", "alone aside", None, None]
    assert rows[1].xpath("string(td[1])") == "no counterpart in the source"
    assert rows[2].xpath("td[1]//span[@class='tag']/text()") == ["caption"]
    assert rows[3].xpath("td[2]/span/text()") == ["0.91"]
    assert rows[3].xpath("string(td[2]/span[@class='kind'])") == "1-2"
    assert rows[3].xpath("td[2]/span/@title") == ["Both sides are about the same thing."]
    assert rows[4].xpath("td[2]/span[@class='tag']/text()") == ["overlap"]
    assert len(parsed(harbour(), unaligned=False).xpath("//tbody/tr")) == 3


def test_the_head_says_what_it_is() -> None:
    page = parsed(replace(harbour(), notes=("a note", "another")))
    assert page.xpath("string(//title)") == "ar.txt – en.txt"
    assert page.xpath("string(//h1)") == "ar.txtanden.txt"
    assert page.xpath("string(//header/p)") == (
        "Comparable texts: 3 beads, 1 of 4 source and 1 of 5 target segments unaligned"
    )
    assert page.xpath("//header/ul/li/text()") == ["a note", "another"]
    assert page.xpath("string(//footer)") == "polyalign 0.1.0 | test"
    assert (
        parsed(Bitext(side("ar", []), side("en", []), ())).xpath("string(//title)") == "untitled – untitled"
    )


def test_translations_and_direction_controls_are_shown_as_such() -> None:
    segments = (
        Segment(0, 0, 2, "أب", translation="a father"),
        Segment(1, 3, 7, "\u202eabc"),
    )
    base = side("ar", [])
    page = parsed(Bitext(replace(base, segments=segments), side("en", ["x"]), (Bead((0, 1), (0,), 0.5),)))
    (told,) = page.xpath("//span[@class='mt']")
    assert (told.get("lang"), told.get("dir"), told.xpath("string(bdi)")) == ("en", "ltr", "a father")
    assert page.xpath("//span[@class='tag']/text()") == ["machine translation", "direction controls"]


@pytest.mark.parametrize(
    "rule",
    [
        "prefers-color-scheme: dark",
        "@media print",
        "table-header-group",
        "break-inside: avoid",
        "print-color-adjust: exact",
        "max-width: 44rem",
    ],
)
def test_the_style_is_for_paper_dark_rooms_and_phones(rule: str) -> None:
    assert rule in written(harbour())


def test_the_colours_of_the_bands_keep_their_order_in_grey() -> None:
    for colours in re.findall(
        r"--p0: (#\w+); --p1: (#\w+); --p2: (#\w+); --p3: (#\w+); --p4: (#\w+);", written(harbour())
    ):
        light = [_luminance(colour) for colour in colours]
        assert light in (sorted(light), sorted(light, reverse=True))


@pytest.mark.parametrize(("dark", "band"), [(dark, band) for dark in (False, True) for band in range(5)])
def test_the_numbers_can_be_read_on_their_colours(dark: bool, band: int) -> None:
    """WCAG 2's contrast of at least 4.5 to 1."""
    style = written(harbour())
    ink = {0: "low", 1: "low", 2: "low", 3: "p3", 4: "p4"}[band]
    under, over = (re.findall(rf"--{name}: (#\w+);", style)[dark] for name in (f"p{band}", f"on-{ink}"))
    light, deep = sorted((_luminance(under), _luminance(over)), reverse=True)
    assert (light + 0.05) / (deep + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """The relative luminance of an sRGB colour, in 0..1 (WCAG 2)."""
    short = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(short[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
