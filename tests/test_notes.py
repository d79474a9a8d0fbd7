"""A text that stays alone says why: each reason is found where it holds, and none in sound texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

import polyalign
from polyalign import Aligner, Document
from tests.helpers.places import SEEDS

ARABIC = (
    "افتتحت المدينة مكتبة جديدة على ضفة النهر.",
    "وتضم المكتبة أربعين ألف كتاب وقاعة كبيرة للقراءة.",
    "ويصل القطار إلى المحطة القديمة في السابعة صباحاً.",
    "وقال العمدة إن أسعار الخضار ارتفعت مرة أخرى.",
)
ENGLISH = (
    "The city opened a new library on the bank of the river.",
    "The library holds forty thousand books and a large reading room.",
    "The train reaches the old station at seven in the morning.",
    "The mayor said that the price of vegetables had gone up again.",
)
STRANGE = (
    "Our cat sleeps on the warm roof all day long.",
    "Grandmother keeps her buttons in a blue tin.",
    "He tuned the violin before the guests came in.",
)


def notes(aligner: Aligner, source: Document, target: Document) -> str:
    return "\n".join(aligner.pair(source, target).notes)


def text(lines: tuple[str, ...], language: str | None = None) -> Document:
    return Document("\n".join(lines), language=language)


@pytest.mark.parametrize("pair", ["baku", "space", "grain"])
def test_sound_pairs_have_nothing_to_explain(aligner: Aligner, pair: str) -> None:
    files = sorted(SEEDS.glob(f"{pair}.*.txt"))
    source, target = (polyalign.read(str(path)) for path in files[:2])
    assert not aligner.pair(source, target).notes


def test_a_language_that_is_not_the_texts(aligner: Aligner) -> None:
    said = notes(aligner, text(ARABIC, "ar"), text(STRANGE, "tr"))
    assert "the target text looks like en, not tr as given" in said
    assert "is like any of the other" not in said


def test_text_in_the_order_of_the_screen(aligner: Aligner) -> None:
    turned = tuple(line[::-1] for line in ARABIC)
    said = notes(aligner, text(turned, "ar"), text(ENGLISH))
    assert "the letters of the source text stand in the order of the screen" in said
    assert "order of the screen" not in notes(aligner, text(ARABIC, "ar"), text(STRANGE))
    vowelled = ("ذَهَبَتِ الْمُعَلِّمَةُ إِلَى الْمَدْرَسَةِ الْجَدِيدَةِ.", "كَتَبَتِ الطَّالِبَةُ رِسَالَةً طَوِيلَةً إِلَى الْجَدَّةِ.")
    assert "order of the screen" not in notes(aligner, text(vowelled * 2, "ar"), text(STRANGE))


def test_a_region_is_no_other_language(aligner: Aligner) -> None:
    assert "looks like" not in notes(aligner, text(ARABIC, "ar-EG"), text(STRANGE, "en-GB"))
    both = text(tuple(line for pair in zip(ARABIC, ENGLISH, strict=True) for line in pair))
    found = aligner.pair(replace(both, language="ar-EG"), replace(both, language="en-GB"))
    assert len(found.beads) == len(ARABIC)


def test_what_a_threshold_left_out_is_no_riddle(aligner: Aligner, baku: tuple[Document, Document]) -> None:
    found = replace(aligner, min_score=1.0).pair(*baku)
    assert (found.beads, found.notes) == ((), ("no pairs found",))


def test_a_text_paired_with_itself_keeps_its_quotations(aligner: Aligner) -> None:
    lines = (
        "Der Bürgermeister eröffnete am Montag die neue Bibliothek.",
        ENGLISH[3],
        "Danach gab es Kuchen für alle.",
    )
    assert len(aligner.pair(text(lines, "de"), text(lines, "de")).beads) == len(lines)


def test_a_long_sentence_that_has_an_end_is_no_fault(aligner: Aligner) -> None:
    paragraph = " ".join(ENGLISH * 6)
    whole = Document.from_segments([paragraph], language="en")
    assert "sentence ends" not in notes(aligner, whole, text(ARABIC))


def test_no_sentence_ends(aligner: Aligner) -> None:
    endless = " ".join(line.rstrip(".").lower() for line in (*ENGLISH, *STRANGE) * 3)
    said = notes(aligner, text(ARABIC), Document(endless, language="en"))
    assert "the target text has no sentence ends" in said


def test_a_file_of_both_languages_says_how_to_pair_itself(aligner: Aligner) -> None:
    both = tuple(line for pair in zip(ARABIC, ENGLISH, strict=True) for line in pair)
    said = notes(aligner, text(both, "ar"), text(STRANGE))
    assert "the source text is in two languages, ar and en" in said
    assert "--source-lang ar --target-lang en" in said


def test_a_file_of_both_languages_whose_half_is_paired(aligner: Aligner) -> None:
    both = tuple(line for pair in zip(ARABIC, ENGLISH, strict=True) for line in pair)
    for source in (both, ARABIC + ENGLISH):
        assert "the source text is in two languages, ar and en" in notes(aligner, text(source), text(ENGLISH))
    said = notes(aligner, text(both), text(both))  # as one tries who has one file
    assert said.count("the source text is in two languages") == 1


def test_given_twice_each_side_takes_the_sentences_in_its_language(aligner: Aligner) -> None:
    both = tuple(line for pair in zip(ARABIC, ENGLISH, strict=True) for line in pair)
    found = aligner.pair(text(both, "ar"), text(both, "en"))
    assert [(bead.source, bead.target) for bead in found.beads] == [((k,), (k + 1,)) for k in (0, 2, 4, 6)]
    assert {s.boilerplate for s in found.source.segments} == {"", "other language"}
    assert [s.id for s in found.source.segments if s.boilerplate] == [1, 3, 5, 7]


def test_texts_with_nothing_in_common(aligner: Aligner) -> None:
    assert "is like any of the other" in notes(aligner, text(ARABIC), text(STRANGE))
