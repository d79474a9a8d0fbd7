"""Tables in tests/data/qa: numbers in all languages, scripts of tags, what may stay as it is."""

from __future__ import annotations

import random
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.detection import detect
from polyalign.qa import Pair
from polyalign.qa.copies import untranslated
from polyalign.qa.figures import numbers
from polyalign.qa.numberwords import rules_of
from polyalign.qa.numerals import amounts
from polyalign.qa.tongues import language
from tests.helpers.places import DATA

DATA = DATA / "qa"
LANGUAGES = (
    "ar az bg cs da de el en es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sk sr sv th tr uk ur vi zh"
).split()
SEEN = 0.98  # of all changed digits


def rows(name: str) -> list[list[str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


NUMBERS = [(kind, Pair(source, target, a, b)) for kind, a, b, source, target in rows("numbers.tsv")]


def mirrored(pair: Pair) -> Pair:
    return Pair(pair.target, pair.source, pair.target_language, pair.source_language)


def capitals(text: str, tag: str) -> str:
    return (text.replace("i", "İ") if tag in ("tr", "az") else text).upper()


@pytest.mark.parametrize(("kind", "pair"), NUMBERS)
def test_numbers_are_the_same_or_not_from_both_sides_and_in_capitals(kind: str, pair: Pair) -> None:
    ours, theirs = pair.source_language, pair.target_language
    loud = Pair(capitals(pair.source, ours), capitals(pair.target, theirs), ours, theirs)
    said = [numbers(pair), numbers(mirrored(pair)), numbers(loud)]
    assert [bool(says) for says in said] == 3 * [kind == "bad"], said


def test_a_changed_digit_is_seen() -> None:
    dice, seen = random.Random(1), []
    for pair in (pair for kind, pair in NUMBERS if kind == "ok" and pair.source_language != "sw"):
        for one in (pair, mirrored(pair)):
            for k, c in enumerate(one.source):
                if c.isdecimal():
                    digit = unicodedata.decimal(c)
                    other = dice.choice([d for d in range(10) if d != digit])
                    changed = one.source[:k] + chr(ord(c) + other - digit) + one.source[k + 1 :]
                    worse = Pair(changed, one.target, one.source_language, one.target_language)
                    seen.append(bool(numbers(worse)))
    assert len(seen) > 2000
    assert sum(seen) >= SEEN * len(seen)


@st.composite
def number_words(draw: st.DrawFn) -> tuple[str, str]:
    """A language, and a text of its words for numbers, figures and signs in any order."""
    tag = draw(st.sampled_from(LANGUAGES))
    rules = rules_of(tag)
    words = sorted({*rules.names, *rules.stems, *rules.roles})
    pieces = st.sampled_from(
        [*words, "5", "40.000", "3:45", "1/2", "14.09.2024", "7'ye", "p.m.", ",", ".", "-"]
    )
    return tag, draw(st.sampled_from(["", " "])).join(draw(st.lists(pieces, max_size=12)))


@given(number_words(), number_words())
def test_any_words_for_numbers_can_be_compared(one: tuple[str, str], other: tuple[str, str]) -> None:
    (ours, source), (theirs, target) = one, other
    pair = Pair(source, target, ours, theirs)
    assert bool(numbers(pair)) == bool(numbers(mirrored(pair)))
    assert numbers(Pair(source, source, ours, ours)) == ""
    assert all(number.written == number.written.strip() != "" for number in amounts(source, ours))


@pytest.mark.parametrize("tag", ["ar", "de", "th", "tr"])
def test_long_words_and_many_numbers_are_read_in_linear_time(tag: str) -> None:
    word = max((name for name in rules_of(tag).names if name.isalpha()), key=len)
    for text in (word * 10_000, f"{word} " * 5_000, "777 " * 10_000, "7" * 10_000, "1,000" * 5_000):
        start = time.process_time()
        numbers(Pair(text, "none", tag, "en"))
        assert time.process_time() - start < 10, text[:20]


@pytest.mark.parametrize(("kind", "tag", "text"), rows("scripts.tsv"))
def test_a_text_in_a_script_of_its_language_is_right(kind: str, tag: str, text: str) -> None:
    said = (
        language(Pair(text, "x", tag, "und")),
        language(Pair("x", text, "und", tag), lambda t: detect(t).language),
    )
    assert [bool(says) for says in said] == 2 * [kind == "bad"], said


@pytest.mark.parametrize(("kind", "ours", "theirs", "text"), rows("copies.tsv"))
def test_what_may_stay_as_it_is(kind: str, ours: str, theirs: str, text: str) -> None:
    assert bool(untranslated(Pair(text, text, ours, theirs))) == (kind == "bad")
    assert bool(untranslated(Pair(f" {text}", f"{text} ", ours, theirs))) == (kind == "bad")
