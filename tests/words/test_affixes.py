"""Links to parts of words: laws of the parts, people's parts, and that words count as wholes elsewhere."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyalign
from polyalign.bitext import Bitext
from polyalign.folding import comparable
from polyalign.formats import write
from polyalign.parts import Bead, Document, Side, WordLink
from polyalign.spelling import tokens
from polyalign.terms import candidates
from polyalign.words import glossed
from polyalign.words.affixes import Affixes, affixes, parts
from polyalign.words.gloss import lexicon

TABLE = tomllib.loads(resources.files("polyalign.words").joinpath("affixes.toml").read_text("utf-8"))
ROWS = [
    (language, row)
    for language, others in TABLE.items()
    for table in others.values()
    for side in ("before", "behind")
    for row in table.get(side, ())
]
SAID = sorted({word for _, row in ROWS for words in row.values() for word in words.split()})


@pytest.mark.parametrize(
    ("language", "word", "partners", "wanted"),
    [
        ("ar", "وبالمدرسة", ["and", "in", "the", "school"], ["و", "ب", "ال", "مدرسة"]),
        ("ar", "وَبِالْمَدْرَسَةِ", ["school", "and"], ["بِالْمَدْرَسَةِ", "وَ"]),
        ("ar", "للمسرح", ["for", "the", "theater"], ["ل", "ل", "مسرح"]),
        ("ar", "ستجدها", ["will", "find", "it"], ["س", "تجد", "ها"]),
        ("ar", "معنا", ["with", "us"], ["مع", "نا"]),
        ("ar", "بي", ["with", "me"], ["ب", "ي"]),
        ("ar", "لأنهم", ["because", "they"], ["لأن", "هم"]),
        ("tr", "evlerimizden", ["from", "our", "houses"], ["den", "imiz", "evler"]),
        ("tr", "EVLERİMİZDEN", ["from", "our", "houses"], ["DEN", "İMİZ", "EVLER"]),
        ("tr", "şekersiz", ["without", "sugar"], ["siz", "şeker"]),
        ("tr", "insanın", ["of", "human"], ["ın", "insan"]),
        ("tr", "zamanın", ["time", "of"], ["zaman", "ın"]),
        ("tr", "kadının", ["of", "woman"], ["ın", "kadın"]),
        ("tr", "saraya", ["to", "palace"], ["a", "saray"]),
        ("tr", "kapının", ["of", "door"], ["nın", "kapı"]),
        # letters like an affix, which no partner says; an affix alone; no stem left
        ("ar", "سوف", ["we", "will"], []),
        ("ar", "وصل", ["arrived", "yesterday"], []),
        ("ar", "والمدرسة", ["and"], []),
        ("ar", "وق", ["and", "guard"], []),
        ("tr", "çok", ["very", "are"], []),
        ("en", "school", ["ve", "okul"], []),
        ("ar", "و" + "كلمة" * 20, ["and", "word"], []),  # no word
    ],
)
def test_each_partner_has_its_part(language: str, word: str, partners: list[str], wanted: list[str]) -> None:
    assert [word[slice(*span)] for span in parts(word, (language, "en"), partners)] == wanted


def test_arabic_and_turkish_have_parts_beside_each_other() -> None:
    assert parts("واليابان", ("ar", "tr"), ["ve", "japonya"]) == ((0, 1), (1, 8))
    assert parts("evlerinde", ("tr-TR", "ar"), ["في", "بيوتهم"]) == ((7, 9), (0, 7))


letters = st.text("ﻻﷲوفبكلسالتنمهيعراجدKkiıyuüadenlmrtszcpşçğ", min_size=1, max_size=12)


@given(st.sampled_from(["ar", "tr"]), letters, st.lists(st.sampled_from([*SAID, "house"]), max_size=5))
def test_parts_lie_in_the_word_and_apart(language: str, word: str, partners: list[str]) -> None:
    found = parts(word, (language, "en"), partners)
    assert len(found) in (0, len(partners))
    assert all(0 <= start < end <= len(word) for start, end in found)
    own = sorted({*found})
    assert len(own) != 1, "one part is no part"
    assert all(before[1] <= after[0] for before, after in pairwise(own))


WORDS = {
    "ar": ["مدرسه", "كتاب", "يابان", "وزير", "بيت"],
    "tr": ["ev", "insan", "köy", "şeker", "kapı", "kitab", "ses"],
}


@st.composite
def words_and_partners(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    """A language, a stem between some of its affixes, and a word that each says, with one for the stem."""
    language = draw(st.sampled_from(sorted(WORDS)))
    word, partners = draw(st.sampled_from(WORDS[language])), ["stem"]
    for side in ("before", "behind"):
        for row in reversed(TABLE[language]["en"].get(side, ())):
            affix, says = draw(st.sampled_from([("", "")] * 3 + [*row.items()]))
            plain = draw(st.from_regex(re.sub(r"\(\?<?=.*?\)", "", affix), fullmatch=True))
            word = plain + word if side == "before" else word + plain
            partners += draw(st.lists(st.sampled_from(says.split()), min_size=1, max_size=1)) if says else []
    return language, word, draw(st.permutations(partners))


@given(words_and_partners())
def test_a_part_is_an_affix_that_says_its_partner_or_the_one_stem(drawn: tuple[str, str, list[str]]) -> None:
    language, word, partners = drawn
    table = affixes(language, "en")
    assert table
    found = table.parts(word, partners)
    stems = {
        span
        for span, partner in zip(found, partners, strict=False)
        if not is_affix(table, word, span, partner)
    }
    assert len(stems) == bool(found), "one partner, that of the stem, is said by no affix"


def is_affix(table: Affixes, word: str, span: tuple[int, int], says: str) -> bool:
    before = (pattern.match(word, span[0]) for row in table.before for pattern, own in row if says in own)
    behind = (pattern.fullmatch(word, *span) for row in table.behind for pattern, own in row if says in own)
    return any(match and match.span() == span for match in (*before, *behind))


LEXICON = lexicon("tr", "en")
LOW, HIGH = dict(zip("aıoueiöü", "aaaaeeee", strict=True)), dict(zip("aıoueiöü", "ııuuiiüü", strict=True))


@pytest.mark.parametrize(
    ("last", "ending", "says"),
    [
        *(("n", "{i}n", "of"), ("y", "{a}", "to"), ("y", "l{a}", "with"), ("s", "{i}", "his")),
        *((vowel, "m", "my") for vowel in "ıiuü"),
        *((vowel, "n{i}n", "of") for vowel in "aeıi"),
    ],
)
def test_an_ending_takes_no_letter_of_a_word_that_is_none_without_it(
    last: str, ending: str, says: str
) -> None:
    """Every such word of the lexicon, with its ending by the rules of vowel harmony."""
    for word in LEXICON:
        vowel = next((letter for letter in reversed(word) if letter in LOW), "")
        if len(word) > 2 and word[-1] == last and vowel and word[:-1] not in LEXICON:
            suffixed = word + ending.format(i=HIGH[vowel], a=LOW[vowel])
            wanted = (len(word), len(suffixed)), (0, len(word))
            assert parts(suffixed, ("tr", "en"), [says, "stem"]) == wanted, suffixed


@pytest.mark.parametrize(("language", "row"), ROWS)
def test_the_table_is_in_the_letters_in_which_words_are_compared(language: str, row: dict[str, str]) -> None:
    for affix, words in row.items():
        assert comparable(affix, language) == affix
        assert words.split() == [comparable(word) for word in words.split()]


def pair(source: str, target: str, language: str = "ar") -> tuple[Bitext, tuple[WordLink, ...]]:
    bitext = polyalign.Aligner().pair(Document(source, language=language), Document(target, language="en"))
    return bitext, bitext.words(bitext.beads[0])


ARABIC = "وقال الوزير إن البرازيل واليابان وقعتا الاتفاق"
ENGLISH = "The minister said that Brazil and Japan had signed the agreement"


def test_a_conjunction_is_linked_by_itself() -> None:
    _, found = pair(ARABIC, ENGLISH)
    spelt = {(ARABIC[slice(*k.source)], ENGLISH[slice(*k.target)]) for k in found}
    assert {("و", "and"), ("اليابان", "Japan")} <= spelt


def test_swapping_the_texts_mirrors_the_parts() -> None:
    there = {(k.source, k.target) for k in pair(ARABIC, ENGLISH)[1]}
    back = polyalign.Aligner().words(ENGLISH, ARABIC, source_language="en", target_language="ar")
    assert {(k.target, k.source) for k in back} == there


@pytest.mark.parametrize(("form", "first"), [("pharaoh", 0), ("talp", 1)])
def test_a_part_counts_for_its_word_in_files(form: str, first: int, tmp_path: Path) -> None:
    bitext, found = pair(ARABIC, ENGLISH)
    bead = replace(bitext.beads[0], words=found)
    write(replace(bitext, beads=(bead,)), tmp_path / f"out.{form}")
    lines = [(tmp_path / f"out.{end}").read_text("utf-8").rstrip("\n") for end in (form, "ar", "en")]
    assert lines[1:] == [ARABIC, ENGLISH]
    ours, theirs = ([[*range(a, b)] for a, b in tokens(text)] for text in (ARABIC, ENGLISH))
    told = {tuple(int(number) - first for number in pair.split("-")) for pair in lines[0].split()}
    assert told == {
        (i, j)
        for k in found
        for i, own in enumerate(ours)
        for j, other in enumerate(theirs)
        if {*own} & {*range(*k.source)} and {*other} & {*range(*k.target)}
    }


def test_a_gloss_stands_beside_the_whole_word() -> None:
    bitext, found = pair(ARABIC, ENGLISH)
    shown = glossed(replace(bitext, beads=(replace(bitext.beads[0], words=found),)))
    texts = {ARABIC[slice(*g.span)]: g.text for g in shown.source.segments[0].gloss}
    assert texts["واليابان"] == "and Japan"


def test_a_term_keeps_its_links_when_its_article_has_one_of_its_own() -> None:
    source = side("ar", *["وصل المصباح"] * 4, *["هطل مطر غزير"] * 8)
    target = side("en", *["the lamp came"] * 4, *["it rained a lot"] * 8)
    beads = [Bead((k,), (k,), 1.0) for k in range(12)]
    for k in range(4):
        words = part(source, k, "ال", target, "the"), part(source, k, "مصباح", target, "lamp")
        beads[k] = replace(beads[k], words=words)
    (found,) = candidates(Bitext(source, target, tuple(beads)))
    assert (found.source, found.targets) == ("المصباح", ("lamp",))


def side(language: str, *segments: str) -> Side:
    return Side(language, Document.from_segments(segments).segments or ())


def part(source: Side, k: int, ours: str, target: Side, theirs: str) -> WordLink:
    return WordLink(place(source, k, ours), place(target, k, theirs), 0.9)


def place(side: Side, k: int, text: str) -> tuple[int, int]:
    segment = side.segments[k]
    start = segment.start + segment.text.rindex(text)
    return start, start + len(text)
