"""Glosses: stems and lexicons by themselves, then in bitexts, files and on the command line."""

from __future__ import annotations

import importlib
import json
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import Aligner, Bitext, Document, InputError, UsageError, cli
from polyalign.parts import Bead, Gloss, Segment, Side, WordLink
from polyalign.words.gloss import LEXICONS, glossed, lexicon, looked_up
from polyalign.words.stems import forms, stems
from tests.helpers.places import ROOT

SEEDS = ROOT / "seeds"
SHARED = ROOT.parent / "shared"


def words(text: str, language: str) -> dict[str, str]:
    """The glosses of a text by its words."""
    return {text[slice(*g.span)]: g.text for g in looked_up(text, language, "en")}


# Stems


@pytest.mark.parametrize(
    ("word", "language", "stem"),
    [
        ("والمكتبات", "ar", "مكتب"),
        ("بالمدينة", "ar", "مدينه"),
        ("وسيكتبون", "ar", "كتب"),
        ("للوزراء", "ar", "وزراء"),
        ("كتابها", "ar", "كتاب"),
        ("kitabımızdan", "tr", "kitap"),
        ("evlerinde", "tr", "ev"),
        ("Türkiye'nin", "tr", "türkiye"),
        ("öğrencilerin", "tr", "öğrenci"),
        ("ülkelerdeki", "tr", "ülke"),
        ("countries", "en", "country"),
        ("stopped", "en", "stop"),
    ],
)
def test_inflected_forms_lead_to_their_stems(word: str, language: str, stem: str) -> None:
    [(_, _, spelt)] = list(forms(word, language))[:1]
    found = stems(spelt if "'" not in word else "türkiye'nin", language)
    shorter = [form for form in found if stem in (form, form.removeprefix("ي"))]
    assert shorter, found


@given(
    st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهويaeıiklmnrtyz'", min_size=1, max_size=24),
    st.sampled_from("ar tr en de".split()),
)
def test_a_word_is_its_own_first_stem_and_no_stem_comes_twice_or_is_empty(word: str, language: str) -> None:
    found = stems(word, language)
    assert found[0] == word
    assert len(set(found)) == len(found)
    assert all(found)


# The lexicons


def test_the_lexicons_are_small_and_sound() -> None:
    sizes = [
        len(resources.files("polyalign.words").joinpath(f"lexicon.{a}-{b}.xz").read_bytes())
        for a, b in LEXICONS
    ]
    assert sum(sizes) < 1_000_000
    for pair in LEXICONS:
        table = lexicon(*pair)
        assert len(table) > 10_000
        assert all(entry and 0 < share <= 1 for entries in table.values() for entry, share in entries)
    assert lexicon("en", "ar") == {}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("وبالمستشفيات", "ar", "hospital"),
        ("والمدرسة", "ar", "school"),
        ("للأطفال", "ar", "children"),
        ("hastalıklarda", "tr", "disease"),
        ("üniversitesinden", "tr", "university"),
        ("ülkelerdeki", "tr", "countries"),
    ],
)
def test_words_with_clitics_and_suffixes_are_known(text: str, language: str, expected: str) -> None:
    [found] = words(text, language).values()
    assert not {*stems(found, "en")}.isdisjoint(stems(expected, "en"))


def test_no_text_harms_and_other_languages_have_none() -> None:
    assert words("", "ar") == words("12 ٣٤ ؟!", "ar") == {}
    assert [*looked_up("Die Stadt", "de", "en")] == [*looked_up("المدينة", "ar", "fr")] == []


@given(st.text(max_size=40), st.sampled_from(["ar", "tr"]))
def test_every_gloss_stands_within_its_text(text: str, language: str) -> None:
    found = [*looked_up(text, language, "en")]
    assert all(0 <= g.span[0] < g.span[1] <= len(text) for g in found)
    assert all(a.span[1] <= b.span[0] for a, b in pairwise(found))


@pytest.mark.skipif(not (SHARED / "words").is_dir(), reason="no ../shared/words beside the checkout")
def test_of_lines_not_learned_from_most_words_are_glossed_and_most_glosses_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    glosses = importlib.import_module("glosses")
    gold = glosses.by_gold(SHARED / "words" / "words.ar-en.jsonl")
    assert gold.glossed > 0.75
    assert gold.right > 0.55
    turkish = glosses.by_translation(SHARED / "mt" / "flores-dev.tr-en.tsv", "tr", 100)
    assert turkish.right > 5 * turkish.chance


# In bitexts


def bitext() -> Bitext:
    source = "وصل الوزير إلى المدينة"
    target = "The minister reached Aleppo."
    ours, theirs = Segment(0, 5, 5 + len(source), source), Segment(0, 0, len(target), target)
    alone = Segment(1, 40, 47, "المدرسة")
    link = WordLink((9, 15), (4, 12), 0.9)
    other = WordLink((20, 27), (21, 27), 0.8)
    bead = Bead((0,), (0,), 0.9, words=(link, other))
    return Bitext(Side("ar", (ours, alone)), Side("en", (theirs,)), (bead,))


def test_links_of_the_pair_come_first_and_the_lexicon_fills_in() -> None:
    found = glossed(bitext())
    ours, alone = found.source.segments
    assert Gloss((9, 15), "minister", 0.9, "pair") in ours.gloss
    assert Gloss((20, 27), "Aleppo", 0.8, "pair") in ours.gloss  # not "city"
    assert {g.origin for g in ours.gloss} == {"pair", "lexicon"}
    assert [(g.span, g.text, g.origin) for g in alone.gloss] == [((40, 47), "school", "lexicon")]
    assert [(g.text, g.origin) for g in found.target.segments[0].gloss] == [
        ("الوزير", "pair"),
        ("المدينة", "pair"),
    ]


def test_json_holds_a_gloss_and_gives_it_back() -> None:
    found = glossed(bitext())
    assert Bitext.from_json(found.to_json()) == found


@pytest.mark.parametrize("broken", [[1], [0, 3, "x", 0.5, "oracle"], [0, "3", "x", 0.5, "pair"], "x"])
def test_a_gloss_of_another_form_is_refused(broken: object) -> None:
    data = json.loads(bitext().to_json())
    data["source"]["segments"][0]["gloss"] = [broken] if broken != "x" else broken
    with pytest.raises(InputError):
        Bitext.from_json(json.dumps(data))


def test_a_bitext_of_the_aligner_is_glossed_when_asked() -> None:
    texts = ((SEEDS / f"baku.{tag}.txt").read_text(encoding="utf-8") for tag in ("ar", "en"))
    one, other = texts
    aligned = Aligner().pair(Document(one, language="ar"), Document(other, language="en"))
    found = aligned.glossed()
    assert found.beads == aligned.beads
    assert {g.origin for s in found.source.segments for g in s.gloss} == {"pair", "lexicon"}
    for side, text in ((found.source, one), (found.target, other)):
        for segment in side.segments:
            assert all(segment.start <= g.span[0] < g.span[1] <= segment.end for g in segment.gloss)
            assert all(text[slice(*g.span)].strip() for g in segment.gloss)
    alone = [s for s in found.unaligned("source") if s.alignable]
    assert not alone or any(s.gloss for s in alone)
    with pytest.raises(UsageError):
        bitext().glossed()


# In files and on the command line


@pytest.mark.parametrize("form", ["json", "jsonl", "html", "table"])
def test_files_show_a_gloss_for_what_it_is(form: str, tmp_path: Path) -> None:
    out = tmp_path / f"out.{form}"
    texts = [str(SEEDS / f"grain.{tag}.txt") for tag in ("ar", "en")]
    assert cli.main(["pair", *texts, "--gloss", "--format", form, "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    if form == "json":
        assert any("gloss" in s for s in json.loads(text)["source"]["segments"])
        assert not any("words" in bead for bead in json.loads(text)["beads"])
        assert cli.main(["validate", str(out)]) == 0
    elif form == "jsonl":
        assert any("source_gloss" in json.loads(line) for line in text.splitlines())
    elif form == "html":
        assert "word by word, no translation" in text
        assert 'class="gloss"' in text
    else:
        assert "≈ " in text


def test_a_format_without_a_place_for_it_says_so(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    texts = [str(SEEDS / f"grain.{tag}.txt") for tag in ("ar", "en")]
    assert cli.main(["pair", *texts, "--gloss", "-o", str(tmp_path / "out.tmx")]) == 0
    assert b"note: tmx does not hold what --gloss finds" in capsysbinary.readouterr().err
