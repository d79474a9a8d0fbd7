"""What two languages write alike: numbers in any digits, names in any script that spells sounds."""

from __future__ import annotations

import string
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.alignment.lexical import SharedTerms, shared_names, shared_numbers
from polyalign.spelling import numbers, sound
from tests.helpers.places import SHARED

REAL_NAMES = SHARED / "mt" / "names.ar-en.tsv"
SOUNDS = "BCDFHJKLMNRSTXZ"

NAMES = [
    ("Kalın", "قالن", "Калын"),
    ("Merve", None, "Мерве"),
    ("Selim", "سليم", "Селим"),
    ("Nadira", "نديرة", None),
    ("Tarek", "طارق", "Тарек"),
    ("Samira", "سميرة", "Самира"),
    ("Berlin", "برلين", "Берлин"),
    ("London", "لندن", "Лондон"),
    ("Tunis", "تونس", "Тунис"),
    ("Kazan", "قازان", "Казань"),
    ("Damascus", None, "Дамаскус"),
    ("Mahmoud", "محمود", None),
    ("Mohammed", "محمد", None),
    ("Shirin", "شيرين", "Ширин"),
    ("Nicosia", "نيقوسيا", "Никосия"),
    ("Monaco", "موناكو", "Монако"),
    ("Ferdinand", "فرديناند", "Фердинанд"),
    ("Panama", "بنما", "Панама"),
    ("Babylon", "بابلون", "Бабилон"),
    ("Paris", "باريس", "Парис"),
    ("Tripoli", "تريبولي", "Триполи"),
]
UNLIKE = [
    ("Berlin", "لندن"),
    ("Samira", "سليم"),
    ("Тунис", "Tripoli"),
    ("Ankara", "Астана"),
    ("Kabil", "Bakü"),
]


@given(st.text(string.ascii_letters + "çğışöüÇĞÖÜŞйцукенгшщзхъФЫВАПРОЛДЖЭابتثجحخدذرزسشصضطظقكلمنهوي'-"))
def test_sounds_are_classes_without_doubles_in_any_case(word: str) -> None:
    sounds = sound(word)
    assert set(sounds) <= set(SOUNDS)
    assert not [a for a, b in pairwise(sounds) if a == b]
    assert sound(word.lower()) == sound(word.upper()) == sounds


@given(st.text("BDFKLMNRTZ") | st.text("BFJKLMNRTZ"))
def test_sounds_sound_like_themselves(sounds: str) -> None:
    """C, H, S and X are left out, and D beside J: as Latin letters they stand for other sounds."""
    assert sound(sound(sounds)) == sound(sounds)


@given(st.text())
def test_any_word_has_some_sound(word: str) -> None:
    assert set(sound(word)) <= set(SOUNDS)


@pytest.mark.parametrize(("latin", "arabic", "cyrillic"), NAMES)
def test_a_name_sounds_alike_in_every_script(latin: str, arabic: str | None, cyrillic: str | None) -> None:
    assert {sound(name) for name in (latin, arabic, cyrillic) if name} == {sound(latin)}
    assert len(sound(latin)) >= 2


@pytest.mark.parametrize(("turkish", "arabic"), [("Şirin", "شيرين"), ("Çiçek", "تشيتشك")])
def test_turkish_letters_keep_their_sounds(turkish: str, arabic: str) -> None:
    assert sound(turkish) == sound(arabic)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_the_example_of_the_docstring() -> None:
    assert {sound(word) for word in ("قالن", "Kalın", "Калын")} == {"KLN"}
    assert sound("渔民们") == sound("เมื่อ") == sound("123") == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("38,05 and ٣٨٫٠٥", {"3805"}),
        ("1.000.000 1,000,000 1\u202f000\u00a0000 1’000’000 ١٬٠٠٠٬٠٠٠", {"1000000"}),
        ("۱۴۰۳ and 1403", {"1403"}),
        ("٪٣٨ ٣٨٪ %38 38%", {"38"}),
        ("14-15 Sept.", {"14", "15"}),
        ("in 2024.", {"2024"}),
        ("3.", {"3"}),
        ("१२३ and １２３", {"123"}),
        ("007 is not 7", {"007", "7"}),
        ("G20, COVID-19", {"20", "19"}),
        ("½ and ² are no numbers, nor is twelve", set()),
        ("", set()),
    ],
)
def test_numbers_are_folded(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@given(st.integers(0, 10**9), st.sampled_from("٠۰०０0"), st.sampled_from(",.٬’'\u00a0\u202f"))
def test_a_number_is_the_same_in_any_digits_and_grouping(number: int, zero: str, mark: str) -> None:
    digits = str.maketrans({str(k): chr(ord(zero) + k) for k in range(10)})
    grouped = f"{number:,}".replace(",", mark).translate(digits)
    assert numbers(f"about {grouped}٪.") == {str(number)}


@given(st.text())
def test_any_text_has_ascii_numbers(text: str) -> None:
    assert all(set(number) <= set(string.digits) for number in numbers(text))


def compared(things: SharedTerms, i: slice, j: slice) -> tuple[float, float]:
    ours, theirs = ((np.array([s.start]), np.array([s.stop])) for s in (i, j))
    both, alone = things.compared(ours, theirs)
    return float(both[0]), float(alone[0])


def test_shared_numbers_count_what_both_have_and_what_one_has() -> None:
    things = shared_numbers(["In 2024, 38 came", "then 5"], ["جاء ٣٨ عام ٢٠٢٤", "١٧"])
    assert compared(things, slice(0, 1), slice(0, 1)) == (2, 0)
    assert compared(things, slice(0, 2), slice(0, 1)) == (2, 1)
    assert compared(things, slice(1, 2), slice(1, 2)) == (0, 2)
    assert compared(things, slice(0, 2), slice(0, 2)) == (2, 2)


def test_no_numbers_are_no_columns() -> None:
    things = shared_numbers(["none"], ["لا شيء"])
    assert compared(things, slice(0, 1), slice(0, 1)) == (0, 0)


ENGLISH = [
    "The mayor of Tunis met Samira at the harbour",
    "The ships waited there for seven more days",
    "Later the crew of Ferdinand left for London",
    "They had nothing to eat but bread and olives",
    "Old people still remember that long winter",
]
ARABIC = [
    "بقيت السفن هناك سبعة أيام أخرى",
    "ثم غادر طاقم فرديناند إلى لندن",
    "والتقى رئيس بلدية تونس بسميرة في الميناء",
    "لم يأكلوا سوى الخبز والزيتون",
    "ما زال الشيوخ يذكرون ذلك الشتاء",
]


def test_names_are_found_across_scripts() -> None:
    things = shared_names(ENGLISH, ARABIC)
    shared = np.array(
        [[compared(things, slice(i, i + 1), slice(j, j + 1))[0] for j in range(5)] for i in range(5)]
    )
    assert shared[0].argmax() == 2
    assert shared[2].argmax() == 1
    assert shared[0, 2] > 1
    assert shared[2, 1] > 1


def test_names_mirror_with_the_sides() -> None:
    forth, back = shared_names(ENGLISH, ARABIC), shared_names(ARABIC, ENGLISH)
    assert forth.ours == back.theirs
    assert forth.weights == back.weights


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([], []),
        (["no names at all here"], ["ولا هنا"]),
        (["Hans ging mit Grete in den Wald"], ["渔民们修好了码头"]),
        (["EVERY WORD IS IN CAPITALS HERE"], ["كل الكلمات كبيرة"]),
    ],
    ids=["empty", "no names", "no sounds", "capitals"],
)
def test_where_nothing_shows_names_there_are_none(ours: list[str], theirs: list[str]) -> None:
    assert not shared_names(ours, theirs).weights


def test_a_name_in_half_of_the_units_says_nothing() -> None:
    units = ["then Samira came home", "we saw Samira there", "it was late", "nobody spoke of Ferdinand again"]
    things = shared_names(units, units)
    assert sound("Samira") not in things.weights
    assert compared(things, slice(0, 1), slice(1, 2))[0] == 0
    assert compared(things, slice(3, 4), slice(3, 4))[0] > 0


def real_names(step: int) -> Iterator[tuple[str, str]]:
    lines = REAL_NAMES.read_text(encoding="utf-8").splitlines()[1::step]
    for line in lines:
        arabic, english, *_ = line.split("\t")
        if len(english) >= 5:
            yield arabic, english


def alike(arabic: str, english: str) -> bool:
    """Whether the English name, in the middle of a sentence, is heard in the Arabic one."""
    filler = "and so it was with the people of that old town there"
    things = shared_names([f"{filler} {english.title()}", filler, filler, filler], [arabic, "في", "من", "عن"])
    return compared(things, slice(0, 1), slice(0, 1))[0] > 0


@pytest.mark.skipif(not REAL_NAMES.exists(), reason="the names (shared/mt/names.ar-en.tsv) are not here")
def test_real_names_sound_alike_and_shuffled_ones_do_not() -> None:
    pairs = list(real_names(30))
    others = np.random.default_rng(5).permutation(len(pairs))
    right = [alike(*pair) for pair in pairs]
    wrong = [alike(pairs[k][0], pairs[j][1]) for k, j in enumerate(others) if pairs[k] != pairs[j]]
    assert np.mean(right) >= 0.7
    assert np.mean(wrong) < 0.01
