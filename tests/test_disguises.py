"""However a text is written, it is compared as the plain text is, and comes out as it was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import pytest

from polyalign import Aligner, Bitext, Document
from polyalign.characters import without_controls
from polyalign.corpus.duplicates import shingles
from polyalign.corpus.ingestion import names_in
from polyalign.corpus.mining import mine
from polyalign.folding import comparable, readable
from polyalign.preparation import PreparedSide, sentences_in
from polyalign.qa import Pair, flags
from polyalign.segmentation import segment
from polyalign.store import Search
from polyalign.translation import Translation
from polyalign.translation.protocol import Progress, silent
from tests.helpers.disguises import EXACT, Disguise, capitals
from tests.helpers.places import DATA, SEEDS

DATA = DATA / "folding"

STORY = {
    path.suffixes[0][1:]: path.read_text(encoding="utf-8").strip() for path in sorted(DATA.glob("harbour.*"))
}
SIGNS = dict.fromkeys([*range(0x64B, 0x653), 0x670])


def paired(aligner: Aligner, source: str, target: str, languages: tuple[str, str]) -> Bitext:
    documents = (Document(t, language=lang) for t, lang in zip((source, target), languages, strict=True))
    return aligner.pair(*documents)


def beads(bitext: Bitext) -> list[tuple[tuple[int, ...], tuple[int, ...], float]]:
    return [(bead.source, bead.target, bead.score or 0.0) for bead in bitext.beads]


def places(bitext: Bitext) -> set[tuple[tuple[int, ...], ...]]:
    """The beads as offsets, which are those of the plain text where no character is more or less."""
    sides = (
        [(bitext.source.segments[i].start, bitext.target.segments[j].start)]
        for bead in bitext.beads
        for i, j in product(bead.source, bead.target)
    )
    return {tuple(pairs) for pairs in sides}


@pytest.fixture(scope="module")
def plain(aligner: Aligner) -> Callable[[str, str], tuple[str, str, Bitext]]:
    """A pair of seeds, without the vowel signs that its writer set, and its bitext."""
    known: dict[tuple[str, str], tuple[str, str, Bitext]] = {}

    def of(name: str, language: str) -> tuple[str, str, Bitext]:
        if (name, language) not in known:
            source, target = (
                (SEEDS / f"{name}.{tag}.txt").read_text(encoding="utf-8").translate(SIGNS)
                for tag in (language, "en")
            )
            known[name, language] = source, target, paired(aligner, source, target, (language, "en"))
        return known[name, language]

    return of


@pytest.mark.parametrize("disguise", EXACT)
@pytest.mark.parametrize(("name", "language"), [("baku", "ar"), ("space", "tr")])
def test_beads_are_those_of_the_plain_text(
    aligner: Aligner,
    plain: Callable[[str, str], tuple[str, str, Bitext]],
    name: str,
    language: str,
    disguise: str,
) -> None:
    source, target, expected = plain(name, language)
    disguised = EXACT[disguise](source, language), EXACT[disguise](target, "en")
    assert readable(disguised[0], language) == readable(source, language)
    assert readable(disguised[1], "en") == readable(target, "en")
    bitext = paired(aligner, *disguised, (language, "en"))
    assert beads(bitext) == beads(expected)
    for text, side, other in (
        (disguised[0], bitext.source, expected.source),
        (disguised[1], bitext.target, expected.target),
    ):
        assert all(text[s.start : s.end] == s.text for s in side.segments)
        assert [s.boilerplate for s in side.segments] == [s.boilerplate for s in other.segments]
        shown, wanted = ([comparable(s.text, one.language) for s in one.segments] for one in (side, other))
        assert shown == wanted


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("language", sorted({*STORY} - {"en"}))
def test_a_story_in_capitals_has_all_its_beads(aligner: Aligner, language: str, both: bool) -> None:
    source, target = capitals(STORY[language], language), STORY["en"]
    target = capitals(target, "en") if both or language == "ar" else target
    found = paired(aligner, source, target, (language, "en"))
    assert [(bead.source, bead.target) for bead in found.beads] == [((k,), (k,)) for k in range(5)]
    assert found.source.segments[1].text in source


@pytest.mark.parametrize(("name", "language"), [("baku", "ar"), ("grain", "ar"), ("space", "tr")])
def test_a_report_in_capitals_has_nearly_all_its_beads(
    aligner: Aligner, plain: Callable[[str, str], tuple[str, str, Bitext]], name: str, language: str
) -> None:
    """Names show no more, nor do datelines."""
    source, target, expected = plain(name, language)
    found = paired(aligner, source, capitals(target, "en"), (language, "en"))
    wanted = places(expected)
    assert len(places(found) & wanted) >= len(wanted) - 3
    assert len(places(found)) <= len(wanted) + 3


def test_vowelled_arabic_has_the_beads_of_bare_arabic(aligner: Aligner) -> None:
    vowelled, bare, english = (
        (DATA / f"vowels.{name}.txt").read_text(encoding="utf-8")
        for name in ("story.ar", "story-bare.ar", "story.en")
    )
    found = beads(paired(aligner, vowelled, english, ("ar", "en")))
    assert found == beads(paired(aligner, bare, english, ("ar", "en")))
    assert [bead[:2] for bead in found] == [((k,), (k,)) for k in range(10)]


@pytest.mark.parametrize("disguise", [*EXACT.values(), capitals])
def test_a_translator_sees_the_text_itself(disguise: Disguise) -> None:
    """What is translated is what stands there, to be shown beside it."""
    text, seen = disguise(STORY["tr"], "tr"), list[str]()

    class Echo:
        name = identity = "echo"

        def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
            seen.extend(texts)
            progress(len(texts), len(texts))
            return [Translation(one) for one in texts]

    document = Document(text, language="tr")
    side = PreparedSide.from_sentences(document, sentences_in(document, "tr"), "tr")
    side.translated(Echo(), lambda _: None)
    assert seen == [without_controls(clause.text) for clause in side.flat]
    assert all(one in text for one in seen)


def test_eastern_digits_give_what_western_digits_do(aligner: Aligner) -> None:
    eastern, english = (
        (DATA / f"digits.{name}.txt").read_text(encoding="utf-8") for name in ("law-east.ar", "law.en")
    )
    western = eastern.translate({0x660 + k: str(k) for k in range(10)})
    found = beads(paired(aligner, eastern, english, ("ar", "en")))
    assert found == beads(paired(aligner, western, english, ("ar", "en")))
    assert [bead[:2] for bead in found] == [((k,), (k,)) for k in range(12)]


def test_twins_are_mined_by_their_numbers() -> None:
    english = str(DATA / "twins.num.en.txt")
    found = [mine(str(DATA / name), english) for name in ("twins.num.ar.txt", "digits.num-east.ar.txt")]
    assert found[0].pairs == found[1].pairs
    numbers = [(readable(row[1]).split()[-2], row[2].split()[-2]) for row in found[0].rows()]
    assert len(numbers) == 8
    assert all(one == other for one, other in numbers)


@pytest.mark.parametrize("disguise", EXACT)
@pytest.mark.parametrize("language", STORY)
def test_sentences_end_where_they_do_in_the_plain_text(language: str, disguise: str) -> None:
    text = EXACT[disguise](STORY[language], language)
    found = segment(text, language)
    assert [readable(s.text, language) for s in found] == [s.text for s in segment(STORY[language], language)]
    assert all(text[s.start : s.end] == s.text for s in found)


@pytest.mark.parametrize("language", sorted({*STORY} - {"ar"}))
def test_sentences_in_capitals_end_where_they_did(language: str) -> None:
    abbreviated = " On 3 Feb. 2020 Mr. Smith met Dr. Brown at 5 St. James Street. They talked."
    text = STORY[language] + (abbreviated if language == "en" else "")
    found = segment(capitals(text, language), language)
    assert [(s.start, s.end) for s in found] == [(s.start, s.end) for s in segment(text, language)]


@pytest.mark.parametrize("disguise", [*EXACT.values(), capitals])
@pytest.mark.parametrize("language", STORY)
def test_copies_are_found_however_they_are_written(language: str, disguise: Disguise) -> None:
    assert shingles(disguise(STORY[language], language)) == shingles(STORY[language])


@pytest.mark.parametrize("disguise", EXACT)
def test_names_sound_the_same(disguise: str) -> None:
    arabic, english = (
        "قال إبراهيم قالن في باكو إن الحرب انتهت",
        "The spy chief, Ibrahim Kalin, spoke in Baku.",
    )
    for text, language in ((arabic, "ar"), (english, "en")):
        assert names_in([readable(EXACT[disguise](text, language), language)]) == names_in([text])


@pytest.mark.parametrize("disguise", EXACT)
def test_checks_say_the_same(disguise: str) -> None:
    for source, target, language in (
        (
            "في الغرفة 45 قال إبراهيم قالن إن الحرب انتهت عام 1918.",
            "In room 54 Kalin said it was over.",
            "ar",
        ),
        ("45 numaralı odada İbrahim Kalın konuştu.", "In room 45 Ibrahim Kalin spoke.", "tr"),
        ("İbrahim Kalın bunu yeni duydu.", "Ibrahim had only heard it from Fidan in Baku.", "tr"),
    ):
        written = Pair(EXACT[disguise](source, language), EXACT[disguise](target, "en"), language, "en")
        assert flags(written) == flags(Pair(source, target, language, "en"))


@pytest.mark.parametrize("disguise", [*EXACT.values(), capitals])
def test_a_search_finds_what_is_written_otherwise(disguise: Disguise) -> None:
    for language, wanted in (
        ("ar", "رئيس البلدية"),
        ("tr", "ışıklar"),
        ("de", "Straße"),
        ("ru", "ещё до зимы"),
    ):
        text = disguise(STORY[language], language)
        (span,) = Search(wanted).spans(text)
        assert Search(wanted).found(text)
        assert comparable(text[slice(*span)], language) == comparable(wanted, language)
