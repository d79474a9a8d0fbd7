"""Numbers that only one side has: no alarm over digits, signs, words and dates; real ones are caught."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyalign.qa import Pair
from polyalign.qa.figures import numbers
from polyalign.qa.numerals import amounts, roman
from polyalign.qa.texts import folded

SAME = [
    ("ar", "بلغت النسبة ٣٨٫٠٥٪", "The share was 38.05%"),
    ("tr", "Oran %38,05 oldu", "The share was 38.05 percent"),
    ("fa", "۱۴۰۳ و ۳۸٪", "1403 and 38%"),
    ("de", "Es waren 40.000 Menschen", "There were 40,000 people"),
    ("fr", "Il y avait 40 000 personnes", "There were 40,000 people"),
    ("fr", "Il y avait 40\u202f000 personnes", "There were 40 000 people"),
    ("ar", "١٬٠٠٠٬٠٠٠ نسمة", "1,000,000 inhabitants"),
    ("ar", "مساحتها 783،562 كيلومترا مربعا", "It covers 783,562 km2"),
    ("hi", "१,००,००० लोग", "1,00,000 people"),
    ("ar", "حضر أربعين ألف شخص", "40,000 people came"),
    ("ar", "أربعون ألفًا و٣٠٠", "40,000 and 300"),
    ("tr", "kırk bin kişi geldi", "40,000 people came"),
    ("tr", "40 bin kişi geldi", "40,000 people came"),
    ("de", "vierzig tausend Menschen", "40,000 people"),
    ("ru", "сорок тысяч человек", "40,000 people"),
    ("es", "cuarenta mil personas", "40.000 people"),
    ("tr", "1,5 milyon lira", "1,500,000 liras"),
    ("ar", "1.5 مليون ليرة", "1,500,000 liras"),
    ("ar", "مليون ونصف المليون ليرة", "1.5 million liras"),
    ("es", "2 mil millones de euros", "2 billion euros"),
    ("de", "3,2 Mrd. Euro", "3.2 billion euros"),
    ("tr", "2 milyar 400 milyon dolar", "$2.4 billion"),
    ("tr", "5 milyar dolar", "a $5bn deal"),
    ("zh", "40万人", "400,000 people"),
    ("zh", "二十五人", "25 people"),
    ("ko", "4만 명", "40,000 people"),
    ("ar", "في القرن التاسع عشر", "in the 19th century"),
    ("ar", "في تسعينيات القرن الماضي", "in the 1990s"),
    ("ar", "في ثلاثينيات القرن التاسع عشر", "in the 1830s"),
    ("tr", "90'larda", "in the 1990s"),
    ("tr", "12'nci kattaki on iki oda", "12 rooms on the twelfth floor"),
    ("tr", "21. yüzyıl", "the 21st century"),
    ("ar", "من ١٤ إلى ١٥ أيلول ٢٠٢٤", "14-15 September 2024"),
    ("de", "am 14.09.2024", "on 14 September 2024"),
    ("tr", "14.09.2024'te", "on September 14, 2024"),
    ("tr", "saat 17.30'da", "at 17:30"),
    ("tr", "saat 15.00'te", "at 3 p.m."),
    ("ar", "الساعة الثالثة مساء", "at 15:00"),
    ("ar", "فيروس كوفيد-19", "covid19"),
    ("ar", "قمة ال20", "the G20 summit"),
    ("ar", "مجموعة العشرين", "the G20"),
    ("tr", "F-16 uçakları", "F16 jets"),
    ("tr", "2. Elizabeth", "Elizabeth II"),
    ("en", "Louis XVI", "لويس السادس عشر"),
    ("ar", "سجل هدفين", "He scored 2 goals"),
    ("tr", "bir gol attı", "He scored 1 goal"),
    ("ar", "ثلاثة رجال", "3 men"),
    ("ar", "24 جائزة", "two dozen prizes"),
    ("tr", "son 20 yılda", "in the past two decades"),
    ("tr", "iki buçuk saat", "2.5 hours"),
    ("ar", "ساعة ونصف", "1.5 hours"),
    ("tr", "½ saat", "half an hour"),
    ("ar", "في السابعة والنصف", "at 7:30"),
    ("ar", "من 1635 إلى 1636", "in 1635-36"),
    ("tr", "çeyrek asır", "a quarter of a century, 25 years"),
    ("tr", "2018-19 sezonu", "the 2018-2019 season"),
    ("sw", "watu watano", "5 people"),
    ("ar", "زوروا www.example.com/2024", "Visit us"),
    ("ar", "\u200f٣٨\u200e٪ من", "38% of"),
    ("en", "two hundred and fifty thousand", "250.000"),
    ("tr", "007", "7"),
]
DIFFERENT = [
    ("ar", "40,000 شخص", "Many people", "40,000 is only in the source"),
    ("tr", "Oran %38 oldu", "The share was 83%", "38 is only in the source; 83 is only in the target"),
    ("ar", "٣٨٫٠٥", "38.06", "38.05 is only in the source; 38.06 is only in the target"),
    ("tr", "40 bin", "40 million", "40 bin is only in the source; 40 million is only in the target"),
    ("tr", "1,5 milyon", "15 million", "1,5 milyon is only in the source; 15 million is only in the target"),
    (
        "de",
        "am 14.09.2024",
        "on 15 September 2024",
        "14.09.2024 is only in the source; 15 is only in the target",
    ),
    ("tr", "2023", "2024", "2023 is only in the source; 2024 is only in the target"),
    ("ar", "F-16", "F-35", "16 is only in the source; 35 is only in the target"),
    ("tr", "kimse yok", "5, 6, 7 and 8", "5, 6 and 2 more are only in the target"),
    ("tr", "kimse yok", "5 and 7", "5 and 7 are only in the target"),
    ("ar", "خمسة عشر", "16", "16 is only in the target"),
    ("sw", "watu", "500", "500 is only in the target"),
]


def spelled(text: str, language: str) -> frozenset[float]:
    """All numbers that words of a text may spell."""
    return frozenset().union(*(number.all for number in amounts(text, language) if number.kind == "words"))


def pair(language: str, source: str, target: str) -> Pair:
    return Pair(source, target, language, "ar" if any("\u0600" <= c <= "\u06ff" for c in target) else "en")


@pytest.mark.parametrize(("language", "source", "target"), SAME)
def test_the_same_number_however_it_is_written_is_no_flag(language: str, source: str, target: str) -> None:
    assert numbers(pair(language, source, target)) == ""


@pytest.mark.parametrize(("language", "source", "target", "says"), DIFFERENT)
def test_a_number_that_one_side_lacks_is_told(language: str, source: str, target: str, says: str) -> None:
    assert numbers(pair(language, source, target)) == says


@given(st.integers(3, 10**12), st.sampled_from("٠۰०０0"), st.sampled_from(",.٬’'\u00a0\u202f"))
def test_a_number_is_itself_in_any_digits_and_grouping(number: int, zero: str, mark: str) -> None:
    digits = str.maketrans({str(k): chr(ord(zero) + k) for k in range(10)})
    text = f"{number:,}".replace(",", mark).translate(digits)
    assert numbers(Pair(f"x {text}٪.", f"y {number}", "ar", "en")) == ""
    assert numbers(Pair(f"x {text}", "y", "ar", "en")).endswith("is only in the source")


@given(st.integers(13, 9999), st.sampled_from(["thousand", "million", "billion"]))
def test_words_for_thousands_multiply(number: int, word: str) -> None:
    factor = {"thousand": 10**3, "million": 10**6, "billion": 10**9}[word]
    assert numbers(Pair(f"{number} {word}", f"{number * factor:,}", "en", "tr")) == ""


@given(st.text(), st.text())
@example("1/0 and 9" + 400 * "9", "٣")
def test_any_text_can_be_compared_and_the_sides_mirror(a: str, b: str) -> None:
    forth, back = numbers(Pair(a, b, "tr", "en")), numbers(Pair(b, a, "en", "tr"))
    assert set(forth.split("; ")) == {_mirrored(said) for said in back.split("; ")}
    assert numbers(Pair(a, a, "tr", "tr")) == ""


def _mirrored(said: str) -> str:
    there = {"source": "target", "target": "source"}
    head, _, side = said.rpartition(" ")
    return f"{head} {there[side]}" if side in there else said


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "one hundred and twenty-three thousand four hundred and fifty-six", 123456),
        ("en", "twelve hundred", 1200),
        ("ar", "مئتان وخمسون ألف", 250000),
        ("ar", "بخمسة وعشرين", 25),
        ("ar", "ثلاثة آلاف وخمسمائة", 3500),
        ("tr", "iki yüz elli bin", 250000),
        ("tr", "bin dokuz yüz doksan dokuz", 1999),
        ("ru", "двести пятьдесят тысяч", 250000),
        ("fr", "deux cent mille", 200000),
        ("zh", "三万五千", 35000),
        ("zh", "五十", 50),
    ],
)
def test_numbers_in_words(language: str, text: str, number: int) -> None:
    assert number in spelled(folded(text, language), language)


def test_words_do_not_run_together_over_a_comma() -> None:
    assert 25 not in spelled("twenty, five", "en")
    assert spelled("nothing here", "en") == spelled("five", "xx") == frozenset()


def test_roman_numbers() -> None:
    assert roman("Elizabeth II, XVI. Louis, Malcolm X and I, MIX VI") == {
        "II": 2,
        "XVI": 16,
        "X": 10,
        "VI": 6,
    }


def test_what_a_figure_may_say() -> None:
    assert [figure.values for figure in amounts("40.000", "en")] == [{40.0, 40000.0}]
    assert [figure.written for figure in amounts("14-15 Sept, 3/4", "en")] == ["14", "15", "Sept", "3/4"]
    assert [figure.parts for figure in amounts("14.09.2024", "en")] == [(14, 9, 2024)]
