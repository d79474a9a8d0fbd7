"""Clauses: lossless, bound to their sentence, and cut where a clause opens, not in a list."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.parts import Segment
from polyalign.segmentation import cut_clauses, segment
from tests.helpers.places import SHARED

REPORT = SHARED / "seeds" / "003_a1def3d06e77b404.txt"
PIECES = [*'ab ,;:،؛()"“”«»', "one two three ", "some longer stretch of words", " and ", " وأكد ", " which "]
LANGUAGES = ["ar", "en", "tr", "de", "zh", "xx"]

texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


def cut(text: str, language: str) -> list[str]:
    return [clause.text for clause in cut_clauses(Segment(0, 0, len(text), text), language)]


@given(texts, st.sampled_from(LANGUAGES), st.integers(0, 1000))
def test_clauses_and_gaps_give_the_sentence_back(text: str, language: str, offset: int) -> None:
    text = text.strip() or "x"
    sentence = Segment(7, offset, offset + len(text), text, "caption")
    clauses = cut_clauses(sentence, language)
    assert clauses[0].start == sentence.start
    assert clauses[-1].end == sentence.end
    for clause, following in pairwise(clauses):
        assert text[clause.end - offset : following.start - offset].strip() == ""
    for clause in clauses:
        assert text[clause.start - offset : clause.end - offset] == clause.text != ""
        assert (clause.id, clause.boilerplate) == (7, "caption")


@given(texts, st.sampled_from(["ar", "en", "tr"]))
def test_a_clause_of_several_is_long_enough(text: str, language: str) -> None:
    clauses = cut(text, language)
    for clause in clauses[:-1] if len(clauses) > 1 else []:
        assert len(clause) >= 20 or any("\u3040" <= c <= "\u9fff" for c in clause)


@pytest.mark.parametrize("piece", ["”", '"', "(", "), ", " — ", "a, and ", "，"])
def test_cutting_is_linear_in_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = f"x{piece * size}x"
        begun = time.process_time()
        cut(text, "en")
        return time.process_time() - begun

    assert seconds(16_000) < 8 * seconds(4_000) + 0.2  # quadratic: 16 times, and seconds


def test_an_empty_segment_is_its_own_clause() -> None:
    assert cut("", "en") == [""]


@pytest.mark.parametrize(
    ("language", "clauses"),
    [
        ("ar", ["وأشار الوزير إلى نتائج الزيارة الأخيرة،", "وأكد أن العمل سيستمر في الأشهر القادمة."]),
        ("ar", ["كما زار الوفد مدينة قونية القديمة،", "ما يربط بين الماضي والحاضر في المنطقة."]),
        ("ar", ["افتتح الرئيس المصنع الجديد في المدينة،", "مضيفًا أنه سيوفر ألف فرصة عمل."]),
        ("ar", ["ناقش الطرفان ملف التجارة بين البلدين؛", "الوفد الثاني بحث ملف الطاقة المتجددة."]),
        ("en", ["The minister praised the new agreement,", "adding that the work would go on."]),
        ("en", ["The council closed the old bridge on Monday,", "while the new one stayed open."]),
        ("en", ["The mayor opened the new library in the centre,", "and the pupils read their poems aloud."]),
        ("en", ["The first group went up the river;", "the second one stayed in the village."]),
        (
            "en",
            ["Speaking at the opening of the fair,", "Deputy Mayor Leyla Aksoy said the harbour would grow."],
        ),
        ("en", ["At the end of the long meeting on fishing,", "She praised the work of the divers."]),
        (
            "en",
            ["The harbour, which was rebuilt after the storm, sent its first ship to the north on Friday."],
        ),
        (
            "en",
            ["The fair, which was called “Light and water in old towns,” drew painters from 30 villages."],
        ),
        (
            "en",
            [
                "The mayor spoke at a fair titled “Light and water in old towns”",
                "about the harbour and the ships that come in winter.",
            ],
        ),
        (
            "ar",
            [
                'التقى الوزير خلال المعرض الذي حمل عنوان "الضوء والماء في المدن القديمة"',
                "عدداً من الرسامين والنحاتين في قاعة البلدية.",
            ],
        ),
        ("en", ["The pilots met in the old customs house,", "discussing the new lights of the harbour."]),
        ("tr", ["Bakan yeni anlaşmanın önemini vurgulayarak,", "görüşmelerin süreceğini söyledi."]),
        ("tr", ["Heyet dün sabah Bakü'den ayrıldı,", "ancak görüşmeler telefonla devam ediyor."]),
        ("de", ["Der Minister lobte das neue Abkommen,", "während die Opposition es ablehnte."]),
        ("fr", ["Le ministre a salué le nouvel accord,", "tandis que le maire le critiquait."]),
        ("ru", ["Министр поддержал новое соглашение,", "однако мэр города выступил против."]),
        ("xx", ["One clause that is long enough;", "another clause without any rules."]),
    ],
)
def test_cut_at_a_clause(language: str, clauses: list[str]) -> None:
    assert cut(" ".join(clauses), language) == clauses


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "تحدث الوزير عن مكافحة تنظيمات مثل PKK، وغولن، وداعش، والقاعدة في المنطقة كلها."),
        ("ar", "زار الوفد المدينة، وأكد."),
        ("en", "The envoy met leaders from Egypt, Jordan, Qatar, and the United Arab Emirates yesterday."),
        ("en", "The company earned 1,250,000 dollars in the first three months of the year."),
        ("en", "The museum (closed in 1990, while the roof was repaired) opened again last week."),
        ("en", 'The old sign said "closed, while stocks last" in very large red letters.'),
        ("en", 'The long book titled "Light and water" by Aksoy.'),
        ("ar", 'قرأ التلاميذ في الصف قصيدة "الضوء والماء في المدن القديمة" مع معلمهم الجديد.'),
        ("en", "The harbour of the old town will grow by a third, Deputy Mayor Aksoy said."),
        ("en", "The ship calls at three ports a week, Naples among them, Palermo Harbour Radio reported."),
        ("en", "The orchard grows apples and pears, as well as plums and many kinds of cherries."),
        ("en", "The old fleet, which carries oil, coal, grain and timber between the islands, will grow."),
        ("en", "The ferry will sail again in the spring, according to people at the harbour."),
        ("tr", "Pazarda elma, armut, kiraz, ve üzüm satan yaşlı bir adamla uzun uzun konuştuk."),
        ("zh", "他来了，我走了。"),
    ],
)
def test_not_cut_in_a_list_a_number_or_an_aside(language: str, sentence: str) -> None:
    assert cut(sentence, language) == [sentence]


def test_ideographs_are_long_without_spaces() -> None:
    assert cut("代表团昨天上午离开了首都；会谈下个月将继续举行。", "zh") == [
        "代表团昨天上午离开了首都；",
        "会谈下个月将继续举行。",
    ]


@pytest.mark.skipif(not REPORT.exists(), reason="the real reports of ../shared are not here")
def test_the_real_report_is_cut_at_its_reporting_verbs_and_its_title() -> None:
    sentences = segment(REPORT.read_text(encoding="utf-8"), "ar")
    counts = {s.id: len(cut_clauses(s, "ar")) for s in sentences}
    assert [i for i, n in counts.items() if n > 1] == [1, 4, 6, 7, 11, 13, 14, 15]
    assert counts[15] == 3
