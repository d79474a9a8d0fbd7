"""What is no content: kinds by example, and laws that keep real content out of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.parts import Document
from polyalign.segmentation import mark_boilerplate, segment
from tests.helpers.places import SHARED

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")

BODY = """Ministers discuss the new railway line

{}

The ministers of the two countries met in the capital on Monday to discuss the railway line.

They agreed that the work on the first tunnel will begin in the early months of next year."""
PIECES = [
    "ANKARA",
    "(AA)",
    " / ",
    "Photo: ",
    "By Jane Doe",
    "2024-02-04",
    "\n",
    ". ",
    "Some more words here",
    "صورة",
]

texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))


def marks(text: str, language: str) -> dict[str, str]:
    """The text and kind of all that is marked."""
    marked = mark_boilerplate(segment(text, language), language, text)
    return {s.text: s.boilerplate for s in marked if s.boilerplate}


@given(texts, st.sampled_from(["ar", "en", "tr", "xx"]))
def test_only_the_mark_changes_and_marking_twice_changes_nothing(text: str, language: str) -> None:
    segments = segment(text, language)
    marked = mark_boilerplate(segments, language, text)
    assert tuple(replace(s, boilerplate="") for s in marked) == segments
    assert mark_boilerplate(marked, language, text) == marked


@given(st.lists(st.text(max_size=10), max_size=6))
def test_segments_that_the_user_made_are_marked_too(lines: list[str]) -> None:
    document = Document.from_segments(lines)
    assert document.segments is not None
    marked = mark_boilerplate(document.segments, "en", document.text)
    assert [s.text for s in marked] == lines


@pytest.mark.parametrize(
    ("language", "line", "kind"),
    [
        ("en", "ANKARA", "dateline"),
        ("en", "ISTANBUL —", "dateline"),
        ("en", "TRABZON", "dateline"),
        ("ar", "أنقرة", "dateline"),
        ("ar", "أنقرة / الأناضول", "dateline"),
        ("tr", "İSTANBUL (AA)", "dateline"),
        ("en", "date 2024-02-04", "dateline"),
        ("en", "2024/02/04", "dateline"),
        ("tr", "15.09.2024", "dateline"),
        ("ar", "٢٠٢٤/٩/١٥", "dateline"),
        ("en", "14:30", "dateline"),
        ("en", "Sept. 15, 2024", "dateline"),
        ("ar", "15 سبتمبر/أيلول 2024", "dateline"),
        ("tr", "Güncelleme: 15.09.2024 14:30", "dateline"),
        ("en", "(AA)", "credit"),
        ("en", "Photo: Reuters", "credit"),
        ("en", "Photo: Jane Doe", "credit"),
        ("ar", "/ صورة: AA (AA)", "credit"),
        ("tr", "Fotoğraf: AA", "credit"),
        ("en", "Anadolu Agency", "agency"),
        ("en", "Source: Reuters", "agency"),
        ("ar", "TRT عربي - وكالات", "agency"),
        ("ar", "وكالات", "agency"),
        ("tr", "Kaynak: AA", "agency"),
        ("en", "By Jane Doe", "byline"),
        ("ar", "كتب: أحمد سالم", "byline"),
        ("tr", "Haber: Ayşe Demir", "byline"),
    ],
)
def test_short_lines(language: str, line: str, kind: str) -> None:
    assert marks(BODY.format(line), language) == {line: kind}


@pytest.mark.parametrize("line", ["TRT عربي - وكالات", "(AA)", "Reuters"])
def test_the_last_line(line: str) -> None:
    language = "en" if line.isascii() else "ar"
    assert list(marks(BODY.format("Nothing here.") + "\n\n" + line, language)) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "By night the workers sleep.",
        "Reuters reported the meeting first.",
        "Source of the river",
        "Paris",
        "2024",
        "Next steps",
        "Image of a divided city",
        "الصورة أوضح اليوم في المنطقة",
        "في أنقرة",
        "The talks (2018)",
        "12,400",
        "1-0",
        "2 - 1",
        "1:0",
        "3.5",
        "1.250.000",
        "2024/25",
        "0532 123 45 67",
        "at 12,400",
    ],
)
def test_content_that_looks_a_little_like_it(line: str) -> None:
    language = "en" if line.isascii() else "ar"
    assert marks(BODY.format(line), language) == {}


@pytest.mark.parametrize("heading", ["MODERATOR", "PAYMENT"])
def test_one_of_several_lines_in_capitals_is_no_dateline(heading: str) -> None:
    """A dateline stands once; speakers and headings do not, and a text in capitals has nothing else."""
    assert marks(BODY.format(heading) + "\n\nAUDIENCE\n\nNobody spoke.", "en") == {}
    assert marks(BODY.format(heading).upper(), "en") == {}
    assert marks(BODY.format(heading), "en") == {heading: "dateline"}


@pytest.mark.parametrize(
    ("language", "caption", "credit"),
    [
        ("ar", "صورة جماعية للوزراء في ختام الاجتماع.", "(AA)"),
        ("ar", "الوزراء يوقعون الاتفاق في العاصمة اليوم.", "/ صورة: AA (AA)"),
        ("en", "The ministers shake hands in the capital.", "(Reuters)"),
        ("en", "The ministers shake hands in the capital.", "Photo: Reuters"),
        ("tr", "Bakanlar başkentte el sıkışırken görülüyor.", "Fotoğraf: AA"),
    ],
)
def test_a_caption_and_its_credit(language: str, caption: str, credit: str) -> None:
    assert marks(BODY.format(f"{caption} {credit}"), language) == {caption: "caption", credit: "credit"}


@pytest.mark.parametrize(
    "caption",
    [
        "File photo of the tunnel near the border.",
        "Photo: the tunnel near the border seen from the north.",
        "The tunnel near the border / Photo: AA",
    ],
)
def test_a_caption_in_one_segment(caption: str) -> None:
    assert marks(BODY.format(caption), "en") == {caption: "caption"}


def test_the_last_paragraph_may_be_signed_and_is_content() -> None:
    assert marks(BODY.format("Nothing here.") + " (AA)", "en") == {"(AA)": "credit"}


def test_where_every_paragraph_is_signed_none_is_a_caption() -> None:
    text = "\n".join(f"In place {n} the council met and agreed on the new plan. (AA)" for n in range(6))
    assert set(marks(text, "en").values()) == {"credit"}


def test_of_two_equal_sentences_the_later_is_the_repeat() -> None:
    text = BODY.format("Nothing here.") + "\n\nThey agreed that the work on the first tunnel will begin soon."
    first = "The ministers of the two countries met in the capital, on Monday, to discuss the railway line!"
    assert marks(f"{text}\n{first}", "en") == {first: "repeat"}


def test_where_a_caption_repeats_the_body_the_body_is_content() -> None:
    sentence = "The ministers of the two countries met in the capital on Monday to discuss the railway line."
    text = BODY.format(f"{sentence} / Photo: AA")
    segments = mark_boilerplate(segment(text, "en"), "en", text)
    assert [s.boilerplate for s in segments if s.text == sentence] == ["caption", ""]


def test_short_sentences_may_repeat() -> None:
    assert marks("He said no.\nShe said yes.\nHe said no.", "en") == {}


@needs_shared
@pytest.mark.parametrize(
    ("report", "language", "expected"),
    [
        ("000_2b348b5a38368d65", "en", {1: "dateline"}),
        ("001_c5ae6bdde3a8383b", "en", {}),
        ("002_363420acab174e0a", "en", {1: "dateline"}),
        ("003_a1def3d06e77b404", "ar", {2: "caption", 3: "credit", 9: "caption", 10: "credit", 16: "agency"}),
        ("004_5fa688c10e07fedc", "en", {}),
    ],
)
def test_the_real_reports(report: str, language: str, expected: dict[int, str]) -> None:
    text = (SHARED / "seeds" / f"{report}.txt").read_text(encoding="utf-8")
    marked = mark_boilerplate(segment(text, language), language, text)
    assert {s.id: s.boilerplate for s in marked if s.boilerplate} == expected


@needs_shared
@pytest.mark.parametrize("name", ["news-parallel.ar-en", "news-parallel.tr-en", "alignar-law.ar-en"])
def test_gold_text_is_content(name: str) -> None:
    for row in map(json.loads, (SHARED / "bench" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
        for side in ("src", "tgt"):
            document = Document.from_segments(row[side])
            assert document.segments is not None
            marked = mark_boilerplate(document.segments, row[f"{side}_lang"], document.text)
            assert not [s for s in marked if s.boilerplate]
