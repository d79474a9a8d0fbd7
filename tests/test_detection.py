from __future__ import annotations

import csv
import os
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign import detection
from polyalign.detection import Detection, detect
from polyalign.tags import UNDETERMINED
from tests.helpers.disguises import EXACT, capitals
from tests.helpers.places import SHARED

DATA = SHARED / "lid" / "dev.tsv"
MARKS = ["\u200e", "\u200f", "\u202b", "\u2066", "\ufeff", "\u00ad", "\x00", "\x07", "\x7f"]

SENTENCES = {
    "ar": "عقد وزراء الخارجية اجتماعا في أنقرة أمس لمناقشة مستقبل التعاون بين بلدانهم.",
    "fa": "وزیران امور خارجه دیروز در تهران گرد هم آمدند تا درباره همکاری میان کشورهایشان گفت‌وگو کنند.",
    "ur": "وزرائے خارجہ نے کل اسلام آباد میں ملاقات کی تاکہ اپنے ملکوں کے درمیان تعاون پر بات چیت کی جا سکے۔",
    "ckb": "وەزیرانی دەرەوە دوێنێ لە هەولێر کۆبوونەوە بۆ ئەوەی باسی هاوکاری نێوان وڵاتەکانیان بکەن.",
    "ps": "د بهرنیو چارو وزیرانو پرون په کابل کې وکتل ترڅو د خپلو هېوادونو ترمنځ د همکارۍ په اړه خبرې وکړي.",
    "ku": "Wezîrên derve duh li Amedê civiyan da ku li ser hevkariya di navbera welatên xwe de biaxivin.",
    "az": "Xarici işlər nazirləri dünən Bakıda görüşərək ölkələri arasında əməkdaşlığı müzakirə etdilər.",
    "tr": "Dışişleri bakanları dün Ankara'da bir araya gelerek ülkeleri arasındaki iş birliğini görüştü.",
    "kk": "Сыртқы істер министрлері кеше Астанада жиналып, елдері арасындағы ынтымақтастықты талқылады.",
    "uz": "Tashqi ishlar vazirlari kecha Toshkentda uchrashib, oʻzaro hamkorlikni muhokama qilishdi.",
    "ru": "Министры иностранных дел встретились вчера в Москве, чтобы обсудить сотрудничество своих стран.",
    "uk": "Міністри закордонних справ зустрілися вчора в Києві, щоб обговорити співпрацю між країнами.",
    "bg": "Външните министри се срещнаха вчера в София, за да обсъдят сътрудничеството между своите страни.",
    "sr": "Министри спољних послова састали су се јуче у Београду да разговарају о сарадњи својих земаља.",
    "hr": "Ministri vanjskih poslova sastali su se jučer u Zagrebu kako bi razgovarali o suradnji.",
    "id": "Para menteri luar negeri bertemu kemarin di Jakarta untuk membahas kerja sama negara mereka.",
    "en": "The foreign ministers met in London yesterday to discuss how their countries could work together.",
    "de": "Die Außenminister trafen sich gestern in Berlin, um über die Zusammenarbeit zu sprechen.",
    "fr": "Les ministres des Affaires étrangères se sont réunis hier à Paris pour parler de coopération.",
    "es": "Los ministros de Asuntos Exteriores se reunieron ayer en Madrid para hablar de cooperación.",
    "pt": "Os ministros dos Negócios Estrangeiros reuniram-se ontem em Lisboa para falar da cooperação.",
    "it": "I ministri degli Esteri si sono riuniti ieri a Roma per parlare della cooperazione tra i paesi.",
    "nl": "De ministers van Buitenlandse Zaken kwamen gisteren in Den Haag bijeen om daarover te praten.",
    "pl": "Ministrowie spraw zagranicznych spotkali się wczoraj w Warszawie, aby rozmawiać o współpracy.",
    "cs": "Ministři zahraničí se včera sešli v Praze, aby jednali o spolupráci mezi svými zeměmi.",
    "no": "Utenriksministrene møttes i Oslo i går for å snakke om hvordan landene deres kan samarbeide.",
    "so": "Wasiirrada arrimaha dibadda ayaa shalay ku kulmay Muqdisho si ay uga wada hadlaan iskaashiga.",
    "el": "Οι υπουργοί Εξωτερικών συναντήθηκαν χθες στην Αθήνα για να συζητήσουν τη συνεργασία τους.",
    "he": "שרי החוץ נפגשו אתמול בירושלים כדי לדון בשיתוף הפעולה בין המדינות שלהם.",
    "hi": "विदेश मंत्रियों ने कल दिल्ली में मुलाकात की और अपने देशों के बीच सहयोग पर चर्चा की।",
    "th": "รัฐมนตรีต่างประเทศพบกันที่กรุงเทพเมื่อวานนี้",
    "ja": "外相は昨日、東京で会談し、両国の協力の今後について話し合いました。",
    "zh": "外交部长们昨天在北京会面，讨论两国之间的合作前景。",
    "ko": "외교장관들은 어제 서울에서 만나 양국 간 협력의 미래를 논의했다.",
}

NEIGHBOURS = {
    "sr": "Premijer je u utorak saopštio da će nova železnička pruga biti završena pre leta. Vozovi će iz "
    "Beograda do Subotice stizati za nešto više od jednog časa. Putnici su, kako kažu, zadovoljni, ali se "
    "pitaju ko će snositi troškove. Uslovi za rad radnika biće provereni sledeće nedelje.",
    "hr": "Premijer je u utorak priopćio da će nova željeznička pruga biti završena prije ljeta. Vlakovi će "
    "iz Zagreba do Siska stizati za nešto više od pola sata. Putnici su, kako kažu, zadovoljni, ali se "
    "pitaju tko će snositi troškove. Uvjeti za rad radnika bit će provjereni sljedećeg tjedna.",
    "bs": "Premijer je u utorak saopćio da će nova željeznička pruga biti završena prije ljeta. Vozovi će iz "
    "Sarajeva do Mostara stizati za nešto više od dva sata. Putnici su, kako kažu, zadovoljni, ali se "
    "pitaju ko će snositi troškove. Uslovi za rad radnika bit će provjereni sljedeće sedmice.",
    "sl": "Predsednik vlade je v torek sporočil, da bo nova železniška proga končana pred poletjem. Mesto "
    "bo plačalo polovico stroškov, svet pa bo o tem odločal prihodnji teden.",
}


@given(st.text())
@settings(deadline=None)
def test_any_text_gets_a_consistent_answer(text: str) -> None:
    found = detect(text)
    chances = [chance for _, chance in found.candidates]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in [found.confidence, *chances])
    assert sum(chances) < 1.001
    assert len({code for code, _ in found.candidates} - {UNDETERMINED}) == len(found.candidates)
    assert found.reason
    assert found.language == UNDETERMINED or found.candidates[0] == (found.language, found.confidence)
    assert detect(text) == found


@given(st.text(st.characters(exclude_categories=["L", "M", "Cs"])))
@settings(deadline=None)
def test_without_letters_no_language(text: str) -> None:
    if not any(map(str.isalpha, unicodedata.normalize("NFKC", text))):
        assert detect(text) == Detection(UNDETERMINED, 0.0, (), "the text has no letters")


@given(st.sampled_from(sorted(SENTENCES)), st.lists(st.tuples(st.sampled_from(MARKS), st.integers(0, 90))))
@settings(deadline=None)
def test_invisible_characters_change_nothing(language: str, marks: list[tuple[str, int]]) -> None:
    text = SENTENCES[language]
    for mark, place in marks:
        text = text[:place] + mark + text[place:]
    assert detect(text) == detect(SENTENCES[language])


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_enough(language: str) -> None:
    found = detect(SENTENCES[language])
    assert found.language == language
    assert found.confidence > 0.5


@pytest.mark.parametrize("language", SENTENCES)
def test_capitals_are_no_other_language(language: str) -> None:
    assert detect(SENTENCES[language].upper()).language == language
    assert detect(capitals(SENTENCES[language], language)).language == language
    assert detect(f"{SENTENCES[language]} {capitals(SENTENCES[language], language)}").language == language


@pytest.mark.parametrize("disguise", EXACT)
@pytest.mark.parametrize("language", SENTENCES)
def test_a_language_is_known_however_it_is_written(language: str, disguise: str) -> None:
    if (language, disguise) != ("fa", "persian"):  # in the letters of Arabic a sentence may be that
        assert detect(EXACT[disguise](SENTENCES[language], language)).language == language


@pytest.mark.parametrize("language", SENTENCES)
def test_addresses_and_numbers_are_no_language(language: str) -> None:
    noise = (
        "https://example.com/the-quick-brown-fox?and=the+lazy+dog 12.10.2025 editor.in.chief@example.org 3,5 "
    )
    assert detect(noise + SENTENCES[language] + " " + noise) == detect(" " + SENTENCES[language])


def test_an_address_ends_where_words_without_spaces_go_on() -> None:
    assert detect("www.example.com" + SENTENCES["zh"]).language == "zh"


@pytest.mark.parametrize("language", ["ar", "fa", "ru", "he", "hi", "el", "ko", "ja", "zh"])
def test_latin_names_do_not_turn_a_text(language: str) -> None:
    found = detect("PKK / NATO: " + SENTENCES[language] + " (Reuters, TRT World)")
    assert found.language == language
    assert found.confidence < 1


@pytest.mark.parametrize("quoted", ["ar", "de", "az", "tr", "id", "zh", "so"])
@pytest.mark.parametrize("language", ["fa", "ar", "en", "fr", "az", "pl", "ru"])
def test_a_quotation_does_not_turn_a_document(language: str, quoted: str) -> None:
    sentence, quotation = SENTENCES[language], SENTENCES[quoted]
    assert detect("\n".join([sentence, sentence, f'"{quotation}"', sentence, sentence])).language == language


@pytest.mark.parametrize("language", NEIGHBOURS)
def test_close_neighbours_are_told_apart_in_a_paragraph(language: str) -> None:
    assert detect(NEIGHBOURS[language]).language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("外交部長們昨天在臺北會面，討論兩國之間的合作前景。", "zh"),
        ("琴日啲外長喺香港見面，傾吓兩個國家點樣合作先至好。", "zh"),
        ("Utanriksministrane møttest i Bergen i går for å snakke om korleis landa kan samarbeide.", "no"),
        ("وزرا الخارجية اتقابلوا امبارح في القاهرة علشان يتكلموا عن التعاون بين بلادهم.", "ar"),
    ],
)
def test_varieties_go_by_the_code_of_their_language(text: str, language: str) -> None:
    assert detect(text).language == language


@pytest.mark.parametrize("text", ["ANKARA", "Hello", "PKK", "Paris", "Merhaba", "سلام"])
def test_one_word_is_not_enough(text: str) -> None:
    found = detect(text)
    assert found.language == UNDETERMINED
    assert found.confidence < 0.5
    assert len(found.candidates) > 1
    assert found.reason.startswith("not clear")


def test_scripts_of_one_language_need_one_word() -> None:
    assert [detect(word).language for word in ("안녕", "สวัสดี", "שלום", "ひらがな")] == [
        "ko",
        "th",
        "he",
        "ja",
    ]


def test_reasons_say_who_decided() -> None:
    assert detect(SENTENCES["ar"]).reason == "py3langid is sure"
    assert detect(SENTENCES["hr"]).reason == "both detectors agree"
    assert detect(SENTENCES["he"]).reason == "Hebrew script"
    assert detect("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ") == Detection(
        UNDETERMINED, 0.0, (), "not clear: no detector knows Cherokee script"
    )
    assert detect("Привет").reason == "not clear: py3langid says sr, langdetect says bg"


def test_no_script_prevails() -> None:
    found = detect("Good evening everyone. Добрый вечер всем вам. Καλησπέρα σε όλους.")
    assert found.language == UNDETERMINED
    assert found.reason == "several scripts, none prevails"
    assert "el" in dict(found.candidates)


def test_two_scripts_give_two_candidates() -> None:
    both = detect(SENTENCES["ar"] + SENTENCES["ar"] + SENTENCES["en"])
    assert [code for code, _ in both.candidates[:2]] == ["ar", "en"]


def test_langdetect_divides_only_what_is_left_to_its_languages() -> None:
    chances, reason = detection._weighed({"az": 0.6, "tr": 0.3, "tk": 0.1}, {"tr": 1.0})
    assert chances["az"] == 0.6
    assert chances["tr"] == pytest.approx(0.3)
    assert reason == "py3langid says az, langdetect says tr"
    chances, reason = detection._weighed({"es": 0.4, "pt": 0.4, "gl": 0.2}, {"pt": 0.9, "es": 0.1})
    assert chances["pt"] == pytest.approx(0.8 * 1.2 / 1.6)
    assert sum(chances.values()) == pytest.approx(1)


def test_a_language_of_another_script_is_never_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "_first_opinion", lambda _part: {"en": 1.0})
    found = detect(SENTENCES["ar"])
    assert "en" not in dict(found.candidates)
    assert found.language in {"ar", UNDETERMINED}


def test_all_labels_have_plain_codes() -> None:
    labels = [*detection._py3langid().labels, *detection._langdetect().get_lang_list()]
    codes = set(map(detection._code, labels))
    assert not codes & {"sdh", "ary", "arz", "nn", "nb", "zh-cn", "zh-tw", "yue", "wuu", "zxx", "hbo"}
    assert {"ar", "az", "ckb", "ku", "no", "sr", "zh"} <= codes
    assert all(code.isalpha() and len(code) in {2, 3} for code in codes)
    listed = {code for codes in detection._LANGUAGES.values() for code in codes.split()}
    assert listed | detection._SMALLER <= codes


def test_long_text_is_sampled_from_start_middle_and_end() -> None:
    parts = [SENTENCES[language] * 20_000 for language in ("ar", "tr", "ru")]
    sample = detection._sample("".join(parts))
    assert len(sample) < 15_000
    assert all(word in sample for word in ("الخارجية", "Dışişleri", "Министры"))
    assert detect(parts[1]).language == "tr"


def test_letters_after_pages_of_numbers_are_found() -> None:
    assert detect("3.14159 " * 5_000 + SENTENCES["tr"] * 10).language == "tr"


def test_unpaired_surrogates_are_no_error() -> None:
    assert detect("\ud800" + SENTENCES["en"]).language == "en"


def run(code: str, cache: Path) -> str:
    environment = os.environ | {"POLYALIGN_CACHE": str(cache), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


def test_the_model_is_decoded_once_and_kept(tmp_path: Path) -> None:
    ask = f"from polyalign.detection import detect; print(detect({SENTENCES['az']!r}))"
    first = run(ask, tmp_path)
    kept = list(tmp_path.iterdir())
    assert [path.name.split("-")[0] for path in kept] == ["py3langid"]
    stamp = kept[0].stat().st_mtime_ns
    assert run(ask, tmp_path) == first
    assert kept[0].stat().st_mtime_ns == stamp
    assert "Detection az" in first


def test_without_a_cache_it_works_too(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert (
        run(f"from polyalign import detection as d; print(d.detect({SENTENCES['tr']!r}).language)", blocked)
        == "tr"
    )


def test_nothing_heavy_is_loaded_before_it_is_needed(tmp_path: Path) -> None:
    heavy = "print(sorted({'numpy', 'py3langid', 'langdetect'} & set(sys.modules)))"
    code = [
        "import sys",
        "from polyalign.detection import detect",
        heavy,
        f"detect({SENTENCES['ar']!r})",
        heavy,
    ]
    assert run("\n".join(code), tmp_path).splitlines() == ["[]", "['numpy', 'py3langid']"]


def test_the_shared_state_of_langdetect_is_left_alone() -> None:
    from langdetect import DetectorFactory, detector_factory

    detect(SENTENCES["hr"])
    assert DetectorFactory.seed is None
    assert detector_factory._factory is None


@pytest.mark.skipif(not DATA.exists(), reason="../shared/lid is not here")
@pytest.mark.parametrize(("unit", "goal"), [("line", 0.985), ("document", 0.995)])
def test_accuracy_on_news(unit: str, goal: float) -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    right = Counter(detect(r["text"]).language == r["language"] for r in rows if r["unit"] == unit)
    assert right[True] / right.total() >= goal
