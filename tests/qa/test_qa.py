"""All flags but numbers and glossary, what each raises and leaves alone; bitexts; the command line."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import Bead, Bitext, Review, Segment, Side, cli, qa
from polyalign.detection import detect
from polyalign.qa import DESCRIPTIONS, NAMES, Flag, Glossary, Pair, Term, flagged, flags
from polyalign.qa.addresses import urls
from polyalign.qa.copies import untranslated
from polyalign.qa.lengths import length
from polyalign.qa.names import named, names
from polyalign.qa.punctuation import punctuation
from polyalign.qa.repetition import repetition
from polyalign.qa.tongues import language, scripts_of
from tests.helpers.places import BENCHMARKS

MARKS = ["\u200e", "\u200f", "\u061c", "\u202a", "\u202b", "\u202c", "\u2066", "\u2067", "\u2069", "\ufeff"]
LANGUAGES = ["ar", "en", "tr", "az", "fa", "de", "ru", "zh", "ja", "th", "el", "pt-BR", "sr-Latn", "und", ""]

ARABIC = "أعلنت الوزارة أن القطار الجديد سيصل إلى المحطة في السابعة صباحا وأن الركاب سينتظرونه هناك."
ENGLISH = "The ministry said that the new train gets to the station at seven and that people will wait there."
TURKISH = "Bakanlık yeni trenin sabah yedide istasyona varacağını ve yolcuların orada bekleyeceğini açıkladı."


def pair(source: str, target: str, languages: str = "ar-en", translation: str | None = None) -> Pair:
    ours, _, theirs = languages.partition("-")
    return Pair(source, target, ours, theirs, translation)


def told(text: str) -> str:
    return detect(text).language


def test_the_names_are_described() -> None:
    assert (*DESCRIPTIONS,) == NAMES
    assert all(DESCRIPTIONS.values())
    assert str(Flag("numbers", "40 is only in the source")) == "numbers: 40 is only in the source"


@pytest.mark.parametrize(
    "right",
    [
        pair(ARABIC, ENGLISH),
        pair(ENGLISH, ARABIC, "en-ar"),
        pair(TURKISH, ENGLISH, "tr-en"),
        pair(TURKISH, ARABIC, "tr-ar"),
        pair("", ENGLISH),
        pair(ARABIC, " "),
    ],
)
def test_right_rows_and_rows_with_one_side_have_no_flags(right: Pair) -> None:
    assert flags(right, detect=told) == ()


def test_flags_come_in_the_order_of_the_names() -> None:
    wrong = pair("هل جاء 40 رجلا من أصحاب البيوت القديمة؟", "من من من 50", "ar-en")
    found = [flag.name for flag in flags(wrong)]
    assert {"numbers", "repetition", "language", "punctuation"} <= set(found)
    assert found == sorted(found, key=NAMES.index)


@given(st.text(), st.text(), st.sampled_from(LANGUAGES), st.sampled_from(LANGUAGES))
def test_any_texts_can_be_checked(source: str, target: str, ours: str, theirs: str) -> None:
    found = flags(Pair(source, target, ours, theirs, target), glossary=Glossary((Term("a", ("b",)),)))
    assert [flag.name for flag in found] == [name for name in NAMES if name in {f.name for f in found}]
    assert all(flag.says and len(str(flag).splitlines()) == 1 for flag in found)


WRONG = [
    pair("وصل ميركل إلى باريس في 14 من الشهر؟", "Then the visitor Emmanuel Macron reached Paris on the 15th"),
    pair("زوروا example.com/news (هنا", "the the the visit", "ar-en"),
    pair(ARABIC, ARABIC),
    pair(TURKISH, TURKISH, "tr-en"),
    pair(ARABIC, ENGLISH),
]


@given(st.sampled_from(WRONG), st.sampled_from(MARKS), st.integers(0, 40), st.integers(0, 40))
def test_marks_of_direction_change_no_flag(wrong: Pair, mark: str, here: int, there: int) -> None:
    source = wrong.source[:here] + mark + wrong.source[here:]
    target = wrong.target[:there] + mark + wrong.target[there:]
    assert flags(replace(wrong, source=source, target=target)) == flags(wrong)


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (pair(ARABIC, "The train."), "the target is 10.3 times shorter than usual"),
        (pair("جاء القطار", ENGLISH), "the target is 8.5 times longer than usual"),
        (pair("新しい列車", "The new train", "ja-en"), ""),
        (pair("No.", "Hayır, hiçbir zaman.", "en-tr"), ""),
        (pair(ENGLISH, f"{TURKISH} {TURKISH}", "en-tr"), ""),
        (
            pair(ENGLISH, f"{TURKISH} {TURKISH} {TURKISH}", "en-tr"),
            "the target is 3.0 times longer than usual",
        ),
        (pair("", ENGLISH), ""),
        (pair("看 https://example.org/a/very/long/address/that/nobody/translates", "See", "zh-en"), ""),
    ],
)
def test_length(one: Pair, says: str) -> None:
    assert length(one) == says


@given(st.text(max_size=200), st.text(max_size=200))
def test_length_mirrors_with_the_sides(a: str, b: str) -> None:
    forth, back = length(pair(a, b)), length(Pair(b, a, "en", "ar"))
    assert bool(forth) == bool(back)


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (pair(ENGLISH, ENGLISH, "en-tr"), "the target is the source"),
        (pair(ENGLISH.upper(), ENGLISH, "tr-en"), ""),
        (pair(ARABIC, ARABIC + " ", "ar-en"), "the target is the source"),
        (pair(ENGLISH, ENGLISH.replace("seven", "eight"), "en-ar"), "the target is nearly the source"),
        (Pair(ENGLISH, ENGLISH, "en-US", "en_GB"), ""),
        (pair("AA", "AA", "tr-en"), ""),
        (pair("2024", "2024", "tr-en"), ""),
        (pair("Angela Merkel", "Angela Merkel", "de-en"), ""),
        (pair("https://www.example.org/a-page", "https://www.example.org/a-page"), ""),
        (pair("CNN, BBC, TRT", "CNN, BBC, TRT", "tr-en"), ""),
        (pair("Universität von Amsterdam", "Universität von Amsterdam", "de-en"), ""),
        (pair("علي حسن", "علي حسن", "ar-fa"), ""),
        (pair(TURKISH, ENGLISH, "tr-en"), ""),
        (pair("新列车七点到站", "新列车七点到站", "zh-en"), "the target is the source"),
    ],
)
def test_untranslated(one: Pair, says: str) -> None:
    assert untranslated(one) == says


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (pair(ARABIC, ARABIC), "the target is in Arabic letters, not in en"),
        (pair(ENGLISH, ENGLISH), "the source is in Latin letters, not in ar"),
        (
            pair(ENGLISH, ARABIC),
            "the source is in Latin letters, not in ar; the target is in Arabic letters, not in en",
        ),
        (pair("Привет, как у вас дела?", "Hi, how are you?", "sr-en"), ""),
        (
            pair("Привет, как у вас дела?", "Hi, how are you?", "sr_Latn-en"),
            "the source is in Cyrillic letters, not in sr",
        ),
        (pair("新しい列車が来た", "새 기차가 왔다", "ja-ko"), ""),
        (pair("Angela Merkel (CDU)", "Angela Merkel (CDU)", "ar-en"), ""),
        (pair("عنوان: https://example.org/this/is/a/long/latin/address", "Address", "ar-en"), ""),
        (pair("whatever this may be", "it has no script", "xx-und"), ""),
    ],
)
def test_language_by_script(one: Pair, says: str) -> None:
    assert language(one) == says


def test_language_by_a_detector() -> None:
    assert language(pair(TURKISH, TURKISH, "tr-en"), told) == "the target is in tr, not in en"
    assert language(pair(TURKISH, TURKISH, "tr-en")) == ""
    assert language(pair(TURKISH, ENGLISH, "tr-en"), told) == ""


def test_a_detector_is_asked_about_long_texts_only_and_may_be_unsure() -> None:
    asked: list[str] = []

    def unsure(text: str) -> str:
        asked.append(text)
        return "und"

    assert language(pair(TURKISH, "It came.", "tr-en"), unsure) == ""
    assert asked == [TURKISH]
    assert language(pair(TURKISH, ENGLISH, "no-en"), lambda _: "nb-NO").endswith(
        "the target is in nb, not in en"
    )


def test_scripts() -> None:
    assert scripts_of("ja") == {"Japanese", "Chinese"}
    assert scripts_of("sr") == {"Latin", "Cyrillic"}
    assert scripts_of("sr-Latn-RS") == {"Latin"}
    assert scripts_of("tlh") == frozenset()


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (pair(ARABIC, "They said that they said that it"), "the target repeats 'they said that'"),
        (pair(ARABIC, "It is very very very late"), "the target repeats 'very'"),
        (pair(ARABIC, "It is very very late, and he had had enough"), ""),
        (pair(ARABIC, ENGLISH, translation="said a said a said a"), "the translation repeats 'said a'"),
        (pair("bla bla bla dedi, sonra bla bla bla", "he said bla bla bla", "tr-en"), ""),
        (
            pair(ARABIC, "we will see what comes then and we will see what comes now"),
            "the target repeats 'we will see what comes'",
        ),
        (pair(ARABIC, "10 20 10 20 10 20 10 20"), ""),
        (pair(ARABIC, 'hero of the Union", the Union said'), ""),
        (pair("okay", "hahahahahahahaha", "ar-en"), "the target repeats 'ha'"),
        (pair(ENGLISH, "我们我们我们我们来了", "en-zh"), "the target repeats '我们'"),
        (pair(ENGLISH, "yavaş yavaş geldi", "en-tr"), ""),
        (pair(ARABIC, "Mama Xi (习) said banana"), ""),
        (pair(ENGLISH, "ال ال ال ال", "en-ar"), "the target repeats 'ال'"),
        (pair(ARABIC, "-----  ....... 0000000"), ""),
    ],
)
def test_repetition(one: Pair, says: str) -> None:
    assert repetition(one) == says


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (pair("وصلت ميركل أمس", "Yesterday we saw Merkel arrive"), ""),
        (pair("وصلت ميركل أمس", "Yesterday we saw Macron arrive"), "Macron is only in the target"),
        (pair("وصل قالن أمس", "Dün Kalın geldi ve Kalın'a sordular", "ar-tr"), ""),
        (pair("وصل الوزير أمس", "Yesterday Foreign Minister Hakan Fidan arrived"), ""),
        (
            pair("وصل الضيف أمس", "Yesterday our guest Hakan Fidan arrived"),
            "Hakan Fidan is only in the target",
        ),
        (pair("وصل فيدان أمس", "Yesterday our guest Hakan Fidan arrived"), ""),
        (pair("جاء يوم الثلاثاء من ألمانيا", "On Tuesday he came from Germany to the Hague"), ""),
        (pair("بيونغ يانغ بعيدة", "They say that Pyonkyank is far"), ""),
        (
            pair("Dün Merkel'e sordular", "They asked Macron yesterday", "tr-en"),
            "Merkel is only in the source; Macron is only in the target",
        ),
        (pair("Dün İstanbul'daydık", "We were in Istanbul yesterday", "tr-en"), ""),
        (pair("كتبت صحيفة عن مهنة التمريض", "A paper wrote of Rihanna"), "Rihanna is only in the target"),
        (pair("تحدث إلى الكنيسة في كندا", "He spoke of Kiernan there"), "Kiernan is only in the target"),
        (pair("زرنا جزر جالاباجوس", "We saw the islands of Galapagos"), ""),
        (pair("قال أمسوعادمعميركلإلى بلده", "He said that Merkel went home"), ""),
        (pair("Londra'da dün yağmur yağdı", "Yesterday it rained in London", "tr-en"), ""),
        (pair("Bunu Rabbimize sorduk, Belediye bize yazdı", "We asked, they wrote", "tr-en"), ""),
        (pair("渔民们来了", "Then we saw Merkel arrive", "zh-en"), ""),
        (pair(ARABIC, "All Words Are Capitals In This Headline Of Merkel"), ""),
        (pair(ARABIC, 'Merkel. Macron! "Putin" Obama'), ""),
        (pair("وصلت", "then Frau Merkel kam", "ar-de"), ""),
    ],
)
def test_names(one: Pair, says: str) -> None:
    assert names(one) == says


def test_what_counts_as_a_name() -> None:
    text = (
        "Yesterday Angela Merkel's friend met President Obama, who reads the Guardian every day he can, and "
    )
    text += (
        "they spoke at length of NATO and of what they would do in New York, which is a long way from Hamburg"
    )
    assert named(text, "en") == (("Angela", "Merkel"), ("Hamburg",))
    assert named(text, "de") == ()


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (pair("زوروا https://www.Example.com/a/", "visit example.com/a."), ""),
        (
            pair("زوروا example.com/a", "visit example.com/b"),
            "example.com/a is only in the source; example.com/b is only in the target",
        ),
        (pair("اكتبوا إلى a.b@example.org", "write to us"), "a.b@example.org is only in the source"),
        (pair("كتب @someone_here", "@someone_here wrote"), ""),
        (pair("كتب", "@someone_here wrote"), "@someone_here is only in the target"),
        (pair("قال #غزة", "said #Gaza"), ""),
        (pair("قال #غزة", "said Gaza"), "#غزة is only in the source"),
        (pair("المرتبة #1", "ranked 1"), ""),
        (pair("(https://example.com/x?y=1)،", "“https://example.com/x?y=1”"), ""),
        (pair("U.S. and e.g. this", "bunu", "en-tr"), ""),
    ],
)
def test_urls(one: Pair, says: str) -> None:
    assert urls(one) == says


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (pair("هل جاء؟", "Did he come?"), ""),
        (pair("هل جاء؟", "He came."), "the source ends with a question mark, the target has none"),
        (pair("جاء.", "Did he come?\"'"), "the target ends with a question mark, the source has none"),
        (pair("Ήρθε;", "Did he come?", "el-en"), ""),
        (pair("Ήρθε\u037e", "Did he come?", "el-en"), ""),
        (pair("He came;", "Geldi mi?", "en-tr"), "the target ends with a question mark, the source has none"),
        (pair("你来吗？", "Will you come?", "zh-en"), ""),
        (pair("เขามาไหม", "Did he come?", "th-en"), ""),
        (pair("هل جاء؟ لا.", "Did he come? No."), ""),
        (pair("قال (نعم", "said (yes)"), "() does not come out even in the source"),
        (pair("قال (نعم)", "said yes]"), "[] does not come out even in the target"),
        (pair("قال (نعم", "said (yes"), ""),
        (pair("1) نعم", "yes (90kg)"), ""),
        (pair("حسنا :)", "fine"), ""),
    ],
)
def test_punctuation(one: Pair, says: str) -> None:
    assert punctuation(one) == says


def bitext() -> Bitext:
    source = side("ar", ["جاء 40 رجلا", "هل رحلوا؟", ARABIC])
    target = side("en", ["50 men", "came", "They left.", ENGLISH])
    beads = (Bead((0,), (0, 1), 0.9), Bead((1,), (2,), 0.8), Bead((2,), (3,), 0.7))
    return Bitext(source, target, beads)


def side(tag: str, texts: list[str]) -> Side:
    return Side(tag, tuple(Segment(k, 0, len(text), text, translation=text) for k, text in enumerate(texts)))


def test_a_bitext_is_flagged_and_keeps_what_people_said() -> None:
    before = bitext()
    said = Review("confirmed", "mine", ("length: of yesterday",))
    before = replace(before, beads=(before.beads[0], replace(before.beads[1], review=said), before.beads[2]))
    after = flagged(before, glossary=Glossary((Term("رجل", ("man",)),)), detect=told)
    assert after.beads[0].review == Review(
        flags=("numbers: 40 is only in the source; 50 is only in the target", "glossary: 'رجل' without 'man'")
    )
    lost = "punctuation: the source ends with a question mark, the target has none"
    assert after.beads[1].review == replace(said, flags=(lost,))
    assert after.beads[2] == before.beads[2]
    assert replace(after, beads=before.beads) == before
    assert flagged(after, glossary=Glossary((Term("رجل", ("man",)),)), detect=told) == after


def test_the_translation_is_that_of_all_segments_or_none() -> None:
    looped = replace(bitext().source.segments[2], translation="it is it is it is it is")
    one = replace(bitext(), source=replace(bitext().source, segments=(*bitext().source.segments[:2], looped)))
    assert flagged(one).beads[2].review.flags == ("repetition: the translation repeats 'it is'",)
    bare = replace(looped, translation=None)
    one = replace(one, source=replace(one.source, segments=(*bitext().source.segments[:2], bare)))
    assert flagged(one).beads[2].review.flags == ()


@pytest.fixture(name="texts")
def _texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ar.txt").write_text(
        "وصل وزير الخارجية إلى باكو يوم الاثنين ومعه 40 صحفيا.\nأُغلقت المدارس بسبب الثلوج.\n",
        encoding="utf-8",
    )
    (tmp_path / "en.txt").write_text(
        "The foreign minister arrived in Baku on Monday with 50 journalists.\n"
        "Schools were closed because of the snow.\n",
        encoding="utf-8",
    )
    (tmp_path / "terms.tsv").write_text("مدرسة\tschool\nالثلوج\tice\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["pair", "ar.txt", "en.txt", "--translate", "off", "--format", "json", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.usefixtures("texts")
def test_pair_flags_and_sums_up(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, said = run(capsys, "--qa")
    raised = [bead.get("flags") for bead in json.loads(out)["beads"]]
    assert code == 0
    assert raised == [["numbers: 40 is only in the source; 50 is only in the target"], None]
    assert said == "polyalign: qa: 1 of 2 beads flagged: numbers 1\n"


@pytest.mark.usefixtures("texts")
def test_pair_checks_a_glossary(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, said = run(capsys, "--glossary", "terms.tsv")
    raised = [flag for bead in json.loads(out)["beads"] for flag in bead.get("flags", ())]
    assert code == 0
    assert raised[1:] == ["glossary: 'الثلوج' without 'ice'"]
    assert said == "polyalign: qa: 2 of 2 beads flagged: numbers 1, glossary 1\n"


def test_pair_refuses_a_bad_glossary_before_it_works(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (texts / "terms.tsv").write_text("one\ttwo\nthree\n", encoding="utf-8")
    code, out, said = run(capsys, "--glossary", "terms.tsv")
    assert (code, out) == (1, "")
    assert said == "polyalign: terms.tsv: line 2: no tab: write SOURCE, a tab, TARGET or TARGET|VARIANT\n"


@pytest.mark.usefixtures("texts")
def test_pair_without_qa_has_no_flags(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, said = run(capsys)
    assert not any("flags" in bead for bead in json.loads(out)["beads"])
    assert said == ""


def test_the_benchmark_prints_what_is_raised_and_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {
        "src_lang": "ar",
        "tgt_lang": "en",
        "src": [ARABIC, "جاء 40 رجلا؟"],
        "tgt": [ENGLISH, "Did 40 come?"],
    }
    (tmp_path / "bench").mkdir()
    path = tmp_path / "bench" / "news-parallel.ar-en.jsonl"
    path.write_text(json.dumps(rows | {"gold": [[[0], [0]], [[1], [1]], [[], [1]]]}), encoding="utf-8")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr("sys.argv", ["qa.py", str(tmp_path), "--json", str(tmp_path / "qa.json")])
    spec = importlib.util.spec_from_file_location("qa_benchmark", BENCHMARKS / "qa.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(importlib.import_module("sys").modules, "qa_benchmark", module)
    spec.loader.exec_module(module)
    module.main()
    (row,) = json.loads((tmp_path / "qa.json").read_text(encoding="utf-8"))
    assert "| digit changed (numbers) | 100.0 |" in capsys.readouterr().out
    assert row["raised"]["any"] == 0
    assert set(row["raised"]) == {*qa.NAMES, "any"}


def test_long_things_are_clipped() -> None:
    assert flags(pair("9" * 1000, "none"))[0].says == f"{'9' * 59}… is only in the source"
