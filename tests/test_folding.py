"""What is written in several ways is folded to one; what is written as usual stays as it is."""

from __future__ import annotations

import re
import string
import unicodedata
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyalign.folding import (
    LONGEST,
    PASSAGE,
    Folded,
    comparable,
    readable,
    searchable,
    unmarked,
)
from polyalign.store import Search
from tests.helpers.disguises import EXACT, capitals
from tests.helpers.places import SEEDS

LANGUAGES = ("", "ar", "az", "de", "el", "en", "fa", "he", "hi", "ja", "ko", "ru", "tr", "ur", "yi", "zh")

SENTENCES = {
    "ar": "في الغرفة 45 قال المعلم إن الحرب انتهت عام 1918.",
    "de": "Die Straße über den Fluß ist 45 Meter lang, sagte Größe.",
    "en": "In room 45 the officer said that the fifth war was over by 1918.",
    "fa": "او گفت که در اتاق 45 می‌شود کتاب‌ها را خواند.",
    "fr": "Dans la chambre 45, l’élève a dit que c'était fini.",
    "he": "בחדר 45 אמר המורה כי המלחמה הסתיימה.",
    "hi": "कमरा 45 में शिक्षक ने कहा कि युद्ध समाप्त हो गया।",
    "ja": "先生は45号室で、戦争が終わったと言った。",
    "ko": "선생님은 45호실에서 전쟁이 끝났다고 말했다.",
    "pl": "W pokoju 45 nauczyciel powiedział, że wojna się skończyła.",
    "ru": "В комнате 45 учитель сказал, что война кончилась в её начале, и ушёл.",
    "th": "ครูพูดในห้อง 45 ว่าสงครามสิ้นสุดแล้ว",
    "tr": "Öğretmen 45 numaralı odada İngiliz ırmağının ışıldadığını söyledi.",
    "vi": "Giáo viên nói ở phòng 45 rằng chiến tranh đã kết thúc.",
    "zh": "老师在45号房间说：“战争已经结束了！”",
}

texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("aAiIıİßẞ.! \n'٤45٫ـكيی\u064b\u0653\u0654\u064e\u200c\u200b\xad\u0301еﷺﺍﻻＡ！　ﬁｶﾞ각"),
    )
)
languages = st.sampled_from(LANGUAGES)


@given(texts, languages)
@example("ا\u06e5\u0654", "ar")
@example("و\u0653\u0654", "ar")
def test_what_is_folded_stays_as_it_is(text: str, language: str) -> None:
    for fold in (readable, comparable):
        once = fold(text, language)
        assert fold(once, language) == once
    assert searchable(searchable(text)) == searchable(text)
    assert unmarked(unmarked(text)) == unmarked(text)


@given(texts, languages)
def test_what_is_folded_is_not_much_longer(text: str, language: str) -> None:
    assert len(readable(text, language)) <= LONGEST * len(text)
    assert len(searchable(text)) <= 3 * LONGEST * len(text)


@given(texts, languages)
def test_each_strength_goes_on_from_the_one_before(text: str, language: str) -> None:
    spelt = readable(text, language, capitals=True)
    assert comparable(spelt, language) == comparable(text, language)
    assert searchable(spelt) == searchable(text) or language in ("ks", "yi")
    assert searchable(comparable(text)) == searchable(text)


@given(texts, texts, languages)
def test_parts_are_folded_as_the_whole(one: str, other: str, language: str) -> None:
    """Where a character ends with all its marks; a passage is more than its parts."""
    text = f"{one} {other}"
    assert comparable(text, language) == f"{comparable(one, language)} {comparable(other, language)}"
    assert searchable(text) == f"{searchable(one)} {searchable(other)}"
    one, other = (
        re.sub("[\u064b-\u0652\u0670\ufc00-\ufdff\ufe70-\ufe7f]", "", part) for part in (one, other)
    )
    parts = [readable(part, language, capitals=True) for part in (one, other)]
    assert readable(f"{one} {other}", language, capitals=True) == " ".join(parts)


@given(texts, languages)
def test_places_lead_back(text: str, language: str) -> None:
    for folded, plain in (
        (Folded.readable(text, language), readable(text, language)),
        (Folded.searchable(text), searchable(text)),
    ):
        assert folded.text == plain
        origins = [folded.origin(place) for place in range(len(plain) + 1)]
        assert origins == sorted(origins)
        assert all(0 <= origin <= len(text) for origin in origins)
        for place in range(1, len(plain) + 1):
            if place == len(plain) or origins[place] != origins[place + 1]:
                assert folded.place(origins[place]) >= place
        places = [folded.place(offset) for offset in range(len(text) + 1)]
        assert places == sorted(places)
        assert places[-1] == len(plain)


@pytest.mark.parametrize("language", SENTENCES)
def test_ordinary_letters_are_readable(language: str) -> None:
    assert readable(SENTENCES[language], language) == SENTENCES[language]
    assert Folded.readable(SENTENCES[language], language).text == SENTENCES[language]


@given(
    st.text(
        string.ascii_lowercase
        + "äöüéèñçğışżźćäåøłабвгдежзийклмноابتثجحخدذرزसहिन्दीกขค中文かなカナ한글.,:;!?'\" 0123"
    )
)
def test_small_letters_are_readable(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert readable(composed) == composed


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("disguises", list(permutations(EXACT, 2)), ids="-".join)
def test_every_disguise_is_seen_through_whatever_came_before_it(
    language: str, disguises: tuple[str, str]
) -> None:
    text = SENTENCES[language]
    for name in disguises:
        if not (name == "widened" and language in ("ja", "zh", "ko")):
            text = EXACT[name](text, language)
    assert readable(text, language) == SENTENCES[language]


@pytest.mark.parametrize("language", ["de", "en", "fr", "pl", "ru", "tr"])
def test_a_text_in_capitals_is_the_text_but_for_the_names(language: str) -> None:
    text = SENTENCES[language]
    shouted = capitals(text, language)
    assert comparable(readable(shouted, language), language) == comparable(text, language)
    assert readable(shouted, language)[0] == text[0]
    assert len(readable(shouted, language)) == len(shouted)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("IŞIK VE ILIK BİR GÜN", "tr", "Işık ve ılık bir gün"),
        ("IŞIQ VƏ İSTİ BİR GÜN", "az-Latn", "Işıq və isti bir gün"),
        ("DIE STRAßE IST ZU ENDE", "de", "Die straße ist zu ende"),
        ("Ο ΔΡΟΜΟΣ ΤΗΣ ΕΛΛΑΔΑΣ ΕΙΝΑΙ ΑΥΤΟΣ", "el", "Ο δρομος της ελλαδας ειναι αυτος"),
        ("“STOP!” HE SAID. SHE DID NOT.\nTHE END", "en", "“Stop!” He said. She did not.\nThe end"),
        ("ᲓᲦᲔᲡ ᲥᲐᲚᲐᲥᲨᲘ ᲬᲕᲘᲛᲐ ᲛᲝᲓᲘᲡ", "ka", "დღეს ქალაქში წვიმა მოდის"),
        ("1.1. THE SELLER BEARS THE RISK", "en", "1.1. The seller bears the risk"),
        ("he wrote: THE SELLER BEARS NO RISK AT ALL, and left", "en", None),
        ("NATO and the EU met UN, WHO, OSCE and UNESCO", "en", ""),
        ("UNESCO, UNICEF, OPEC, ASEAN, NATO", "en", ""),
        ("Recep Tayyip ERDOĞAN bugün geldi", "tr", ""),
        ("GENERAL PROVISIONS", "en", ""),
        ("McDONALD IS NOT HERE", "en", ""),
        ("I AM A B C D", "en", ""),
        (
            "قال إن TRT نقلت عن BBC NEWS ARABIC SERVICE ذلك",
            "ar",
            "قال إن TRT نقلت عن bbc news arabic service ذلك",
        ),
        ("北约 NATO 和 WHO 以及 UN 与 EU", "zh", ""),
    ],
)
def test_passages_in_capitals(text: str, language: str, expected: str | None) -> None:
    """ "" for what stays; None for what is a passage within ordinary text."""
    if expected is None:
        assert readable(text, language) == text.lower()
    else:
        assert readable(text, language) == (expected or text)
    assert readable(text, language, capitals=True) == text


def test_headings_are_part_of_a_text_in_capitals_only() -> None:
    heading = "DELIVERY"
    shouted = f"{heading}\nTHE SELLER SHALL DELIVER THE MACHINES."
    assert readable(shouted) == "Delivery\nThe seller shall deliver the machines."
    ordinary = f"{heading}\nThe seller shall deliver all of the machines. THE BUYER PAYS AT ONCE."
    assert readable(ordinary).startswith(heading)
    assert readable(ordinary).endswith("The buyer pays at once.")


def test_a_passage_leaves_names_and_acronyms_as_the_rest_of_the_text_has_them() -> None:
    text = "HOW MR FOGG LEFT NATO IN 1873\nMr Fogg left. Later he saw how, in Fogg's words, NATO left it."
    assert readable(text).splitlines()[0] == "How Mr Fogg left NATO in 1873"


@given(st.lists(st.sampled_from(["NATO", "EU", "the", "He", "A", "x", "٣", "1"]), max_size=PASSAGE - 1))
def test_fewer_words_are_no_passage(words: list[str]) -> None:
    assert "NATO" not in words or "NATO" in readable(" ".join(words))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("إلى مدينة أنقرة", "الي مدينه انقره"),
        ("Łódź, Kraków", "lodz, krakow"),
        ("IŞIKLI", "ışıklı"),
        ("İstanbul", "istanbul"),
        ("کتاب‌های", "كتابهاي"),
        ("Straße", "STRASSE"),
        ("①②③", "123"),
        *((one, other) for one in ("I", "İ", "ı") for other in ("i", "ı")),  # whoever types, on any keyboard
        ("ISPARTA'DA IŞIK", "isparta'da ışık"),
        ("ŞİŞLİ", "sisli"),
        ("Çağ, GÖZ", "cag, goz"),
        *((f"{hamza}حمد", "احمد") for hamza in "أإآٱا"),
        ("مسؤول", "مسوول"),
        ("قارئ", "قاري"),
        ("قرأ", "قرا"),
        ("كتاباً كتابًا كتابٌ", "كتابا كتابا كتاب"),
        ("كـــتـاب", "كتاب"),
        ("هٰذا كِتَابٌ", "هذا كتاب"),
        ("٢٠٢٤ و۲۰۲۴", "2024 و2024"),
    ],
)
def test_looser_matches_are_found(one: str, other: str) -> None:
    assert searchable(one) == searchable(other) == Folded.searchable(one).text
    around = Search(other).spans(f"قبل {one} بعد")
    assert around == ((4, 4 + len(one)),)
    assert Search(one).found(f"x {other} y")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("ön", "on", "tr"),
        ("ılık", "ilik", "tr"),
        ("año", "ano", "es"),
        ("إلى", "الي", "ar"),
        ("क", "का", "hi"),
    ],
)
def test_other_words_are_not_comparable(one: str, other: str, language: str) -> None:
    assert comparable(one, language) != comparable(other, language)


def test_marks_that_make_letters_stay() -> None:
    for text in ("हिन्दी में", "ภาษาไทย", "tiếng Việt", "й ё ї ќ", "آأإؤئ", "گفتهٔ او", "が ぱ"):
        assert readable(text) == text
    assert readable("אַ אָ", "yi") == unicodedata.normalize("NFC", "אַ אָ")


def test_single_vowel_signs_are_spelling_and_passages_with_them_are_not() -> None:
    assert readable("وقال أيضاً إن محمّداً كُتب له", "ar") == "وقال أيضاً إن محمّداً كُتب له"
    verse = "قَالَ الْمُعَلِمُ إِنَ الْحَرْبَ انْتَهَتْ"
    ordinary = "وقال أيضاً إن الحرب مستمرة، ثم قرأ على الجميع ما كتب في الرسالة القديمة:"
    assert readable(f"{ordinary} {verse}", "ar") == f"{ordinary} {verse}"
    assert readable(f"{ordinary}\n{verse}", "ar") == f"{ordinary}\nقال المعلم إن الحرب انتهت"
    assert readable(f"{verse}. شُكْراً 45", "ar") == "قال المعلم إن الحرب انتهت. شكرا 45"
    assert comparable("أيضاً", "ar") == "أيضا"


def test_tatweel_at_the_end_of_letters_is_spelling() -> None:
    assert readable("1445هـ ـ بـ120 بــ٣ عـــربـَـي", "ar") == "1445هـ ـ بـ120 بــ3 عربي"
    assert comparable("شَيْـٔٗا", "ar") == "شيئا"


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.name)
def test_the_seeds_are_read_as_they_are(path: Path) -> None:
    text, language = path.read_text(encoding="utf-8"), path.suffixes[0][1:]
    assert readable(text, language) == text.replace("٪", "%")
