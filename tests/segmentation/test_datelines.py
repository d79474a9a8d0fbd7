"""Datelines before the first sentence of a report are segments of their own, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import Aligner, Document
from polyalign.segmentation import cut_datelines, mark_boilerplate, segment

HEADLINES = {"en": "River bursts its banks", "tr": "Nehir taştı", "ar": "النهر يفيض", "fr": "La crue"}
STORIES = {
    "en": "The Sarn river broke through two embankments on Tuesday night and flooded the old quarter.",
    "tr": "Sarn Nehri salı gecesi iki seddeyi yıkarak kentin eski mahallesini sular altında bıraktı.",
    "ar": "قال المحافظ إن نهر سارن دمر سدين ليلة الثلاثاء وغمر الحي القديم من المدينة بالمياه.",
    "fr": "La rivière a rompu deux digues dans la nuit de mardi et a inondé la vieille ville.",
}


def cut(text: str, language: str) -> tuple[str, ...]:
    """The datelines that are cut off."""
    found = cut_datelines(segment(text, language), language, text)
    return tuple(s.text for s in found if s.boilerplate)


def marked(text: str, language: str) -> list[tuple[str, str]]:
    """The text and kind of all that is no content."""
    segments = cut_datelines(segment(text, language), language, text)
    found = mark_boilerplate(segments, language, text)
    return [(s.text, s.boilerplate) for s in found if s.boilerplate]


@pytest.mark.parametrize(
    ("language", "dateline"),
    [
        ("en", "VELMORA, March 12 (Northern Wire) -"),
        ("en", "NEW YORK (Reuters) —"),
        ("en", "WASHINGTON, D.C. (AP) –"),
        ("en", "KYIV/LONDON (Meridian) -"),
        ("en", "BAKU, Azerbaijan —"),
        ("en", "ANKARA -"),
        ("tr", "İSTANBUL (AA) -"),
        ("tr", "DİYARBAKIR, (DHA) -"),
        ("tr", "BAKÜ –"),
        ("fr", "N'DJAMENA (Sahel Info) –"),
        ("ar", "أنقرة (الأناضول) -"),
        ("ar", "القاهرة – (أ ف ب) –"),
        ("ar", "دبي (وكالة الشمال) -"),
        ("ar", "باكو -"),
        ("en", "Rome, 5 October (ANSA) -"),
        ("en", "MOSCOW, 12 March /TASS/ -"),
        ("fr", "PARIS, 12 mars (AFP) -"),
        ("tr", "İstanbul (AA) -"),
        ("ar", "القاهرة 12 مارس (رويترز) -"),
        ("ar", "أنقرة (الأناضول) ـ"),
    ],
)
def test_a_dateline_is_cut_off(language: str, dateline: str) -> None:
    text = f"{HEADLINES[language]}\n\n{dateline} {STORIES[language]}\n\n{STORIES[language]}"
    assert cut(text, language) == (dateline,)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "The army - said to be near - sent twelve helicopters and six hundred soldiers."),
        ("en", "NATO — the alliance formed in 1949 — said it would send no soldiers to the river."),
        ("en", "COVID-19 – The number of the dead rose to nine on Monday in the whole country."),
        ("en", "The governor (Halima Darwish) - She said that more than 4,000 had been taken out."),
        ("en", "MARY, Queen of Scots - The river broke through two embankments on Tuesday night there."),
        (
            "en",
            "NATO (North Atlantic Treaty Organization) – The alliance of thirty states was founded in 1949.",
        ),
        (
            "en",
            "SELLER (the first party) - The company sells the goods that the list below names to the buyer.",
        ),
        ("en", "ARTICLE ONE — The name of the society is the Society of Friends of the River Sarn."),
        ("en", "FILE PHOTO (Reuters) - Soldiers stand at the river in the old quarter of the town."),
        ("en", "By JOHN SMITH (AP) - The river broke through two embankments on Tuesday night there."),
        ("ar", "هاملت (جانبا) - لن أعود إلى هذا القصر قبل أن ينتهي الليل وتسكت الريح."),
        ("ar", "الجزائر - التي تملك نفطا كثيرا - قالت أمس إنها لن تزيد إنتاجها هذا العام."),
        ("tr", "Vali (Halime Derviş) - Gün ağarmadan dört binden fazla kişi tahliye edildi."),
        ("ar", "قال الوزير (أمس) - إن أكثر من أربعة آلاف من السكان غادروا قبل الفجر."),
    ],
)
def test_a_sentence_with_a_dash_is_whole(language: str, line: str) -> None:
    assert cut(f"{HEADLINES[language]}\n\n{line}\n\n{STORIES[language]}", language) == ()


@pytest.mark.parametrize("line", ["IRAQ - Talks on the water of the two rivers went on for two more days"])
def test_a_headline_with_a_dash_is_whole(line: str) -> None:
    assert cut(f"{line}\n\n{STORIES['en']}", "en") == ()


def test_of_a_list_nothing_is_cut() -> None:
    """A play's speakers and a glossary's terms look like datelines; there are many of them."""
    lines = [f"{name} - {STORIES['en']}" for name in ("HAMLET", "OPHELIA", "GERTRUDE")]
    terms = [f"{name} (Some Long Name) - {STORIES['en']}" for name in ("NATO", "OPEC", "UNESCO")]
    assert cut("\n\n".join(["Names", *lines]), "en") == cut("\n\n".join(["Terms", *terms]), "en") == ()


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", "SELLER - Northern Mills Company|BUYER - John Smith"),
        ("en", "SOUP – Onion|MAIN COURSE – Lamb|DESSERT – Apple Cake"),
        ("en", "LONDON – PARIS|BERLIN – ROME|MADRID – VIENNA"),
        ("tr", "GALATASARAY - FENERBAHÇE|BEŞİKTAŞ - TRABZONSPOR"),
        ("ar", "بغداد – البصرة|الموصل – أربيل|كركوك – النجف"),
    ],
)
def test_lines_of_a_list_are_content(language: str, lines: str) -> None:
    text = "\n\n".join([HEADLINES[language], *lines.split("|"), STORIES[language], "x"])
    assert marked(text, language) == []


def test_in_a_digest_each_report_of_a_known_agency_has_its_own() -> None:
    reports = [f"{place} (Reuters) - {STORIES['en']}" for place in ("BAKU", "DOHA", "PARIS")]
    assert cut("\n\n".join(reports), "en") == ("BAKU (Reuters) -", "DOHA (Reuters) -", "PARIS (Reuters) -")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("tr", "İZMİR - Selda Ayvazoğlu"),
        ("tr", "AMMAN (Boğaz Haber Servisi) – 13 Mart Perşembe"),
        ("ar", "جناق قلعة (تركيا) – مكتب إسطنبول"),
        ("ar", "بغداد – القسم الاقتصادي"),
    ],
)
def test_a_line_of_place_and_name_is_a_dateline(language: str, line: str) -> None:
    text = f"{HEADLINES[language]}\n\n{line}\n\n{STORIES[language]}\n\n{HEADLINES[language]}!"
    assert marked(text, language) == [(line, "dateline")]


PARTS = st.sampled_from(
    [
        "BAKU",
        "(AA)",
        " - ",
        "– ",
        "\n\n",
        STORIES["en"],
        STORIES["ar"],
        "باكو",
        "(الأناضول)",
        ", May 3",
        ".",
        "12",
    ]
)


@given(st.lists(PARTS, max_size=12).map("".join), st.sampled_from(["ar", "en", "tr", "ja"]))
def test_nothing_is_lost_and_the_second_time_nothing_is_cut(text: str, language: str) -> None:
    before = segment(text, language)
    after = cut_datelines(before, language, text)
    assert [s.id for s in after] == list(range(len(after)))
    assert all(text[s.start : s.end] == s.text for s in after)
    assert "".join("".join(s.text for s in after).split()) == "".join("".join(s.text for s in before).split())
    assert {s.start for s in before} <= {s.start for s in after}
    assert {s.end for s in before} <= {s.end for s in after}
    if after == before:
        assert all(not s.boilerplate for s in after)


def test_the_first_sentences_pair_that_have_different_datelines(aligner: Aligner) -> None:
    texts = {
        "en": "River bursts its banks\n\nVELMORA, March 12 (Northern Wire) - " + STORIES["en"],
        "tr": "Nehir taştı\n\nVELMORA (KHA) - " + STORIES["tr"],
    }
    tr, en = (Document(texts[tag], language=tag) for tag in ("tr", "en"))
    found = aligner.pair(tr, en)
    assert (STORIES["tr"], STORIES["en"]) in [(row.source_text, row.target_text) for row in found]
    swapped = aligner.pair(en, tr)
    assert {(row.target_text, row.source_text) for row in swapped} == {
        (row.source_text, row.target_text) for row in found
    }
