"""`polyalign check`: verdicts on pairs, slips, repeats, what cannot be read, and files back."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyalign
from polyalign import qa
from polyalign.checking import Checked, Report, scored
from polyalign.checking.evidence import NAMES, ComparableTexts, evidence, vouched
from polyalign.checking.judging import PairJudge, VerdictInContext, word_places
from polyalign.checking.model import as_json, from_json, load_model
from polyalign.checking.repeats import NOWHERE, RepeatIndex
from polyalign.checking.slips import offsets
from polyalign.checking.verdicts import Verdict
from polyalign.cli import main
from polyalign.encoders import embedded
from polyalign.errors import LanguageError, UsageError
from polyalign.formats.bitexts.streamed import streamed_units
from polyalign.parts import Origin
from polyalign.qa import Flag, Pair

TURKISH = [
    "Bakan, pazartesi günü başkentte düzenlenen toplantıda yeni anlaşmayı imzaladı.",
    "Hastane, kazada yaralanan on iki kişinin durumunun iyi olduğunu bildirdi.",
    "Göçmen kuşlar her sonbaharda bu gölün kıyısında dinleniyor.",
    "Ekonomistler gelecek yıl enflasyonun düşmesini bekliyor.",
    "Takımın kaptanı maçın son dakikasında galibiyet golünü attı.",
    "Müze, 1923 yılından kalma mektupları ilk kez sergiliyor.",
    "Deprem sabahın erken saatlerinde kıyı kasabalarını sarstı.",
    "Öğrenciler yeni kütüphanenin açılışını şarkılarla kutladı.",
]
ENGLISH = [
    "The minister signed the new agreement at a meeting in the capital on Monday.",
    "The hospital said that the twelve people injured in the accident were doing well.",
    "Migratory birds rest on the shore of this lake every autumn.",
    "Economists expect inflation to fall next year.",
    "The team's captain scored the winning goal in the last minute of the match.",
    "The museum is showing letters from 1923 for the first time.",
    "The earthquake shook the coastal towns in the early hours of the morning.",
    "Students celebrated the opening of the new library with songs.",
]
EXTRA = "A recipe for lentil soup needs cumin, onions and a little lemon."


def checked(pairs: list[tuple[str, str]]) -> Report:
    return polyalign.check(pairs, source_language="tr", target_language="en")


def right() -> list[tuple[str, str]]:
    return list(zip(TURKISH, ENGLISH, strict=True))


def slipped() -> list[tuple[str, str]]:
    """The pairs with a target too many before the third, and none left for the seventh."""
    return list(zip(TURKISH, [*ENGLISH[:2], EXTRA, *ENGLISH[2:6], ENGLISH[7]], strict=True))


def kinds(pair: Checked) -> set[str]:
    return {problem.kind for problem in pair.problems}


def test_right_pairs_are_right_and_strangers_are_not() -> None:
    assert all(pair.score > 0.5 for pair in checked(right()))
    strangers = checked(list(zip(TURKISH, ENGLISH[3:] + ENGLISH[:3], strict=True)))
    assert all(pair.score < 0.5 for pair in strangers)
    assert all(kinds(pair) & {"mismatch", "misaligned"} for pair in strangers)


def test_a_pair_is_judged_alike_from_both_sides_and_in_any_company() -> None:
    pairs = [Pair(s, t, "tr", "en") for s, t in (*right(), (TURKISH[0], ENGLISH[1]))]
    together = [found.verdict.score for found in PairJudge()(pairs)]
    alone = [PairJudge()([pair])[0].verdict.score for pair in pairs]
    turned = PairJudge()([Pair(p.target, p.source, "en", "tr") for p in pairs])
    assert together == pytest.approx(alone, abs=2e-4)
    assert [found.verdict.score for found in turned] == pytest.approx(together, abs=2e-4)


def test_features_are_symmetric() -> None:
    compared = ComparableTexts(embedded().read_texts([TURKISH[1], ENGLISH[1][:40]]), load_model().usual)
    there = evidence(compared, [0], [1], [Pair(TURKISH[1], ENGLISH[1][:40], "tr", "en")], [()])
    back = evidence(compared, [1], [0], [Pair(ENGLISH[1][:40], TURKISH[1], "en", "tr")], [()])
    assert there.features[0] == pytest.approx(back.features[0], abs=1e-4)
    assert there.features.shape == (1, len(NAMES))


def test_texts_read_once_have_the_vectors_of_texts_alone() -> None:
    read = embedded().read_texts([*TURKISH, "", "."])
    assert read.vectors == pytest.approx(embedded().encode([*TURKISH, "", "."]), abs=1e-5)
    assert set(read.words.units.tolist()) == set(range(len(TURKISH)))


def test_words_are_left_out_of_each_text_by_itself() -> None:
    read = embedded().read_texts(TURKISH[:3])
    edges = np.searchsorted(read.words.units, np.arange(4))
    asked = [(1, edges[1], edges[1] + 2), (0, 0, 3), (1, edges[1] + 1, edges[2]), (2, edges[2], edges[2])]
    together = read.without(*np.array(asked).T)
    for row, one in zip(together, asked, strict=True):
        assert row == pytest.approx(read.without(*np.array([one]).T)[0], abs=1e-5)
    assert together[3] == pytest.approx(read.vectors[2], abs=1e-5)
    sums = read.sums[1] - read.added[edges[1] : edges[1] + 2].sum(axis=0)
    count = read.counts[1] - read.sizes[edges[1] : edges[1] + 2].sum()
    assert together[0] == pytest.approx(read.dense(sums[None], np.array([count]))[0], abs=1e-5)
    assert read.without(*np.zeros((3, 0), dtype=np.int64)).shape == (0, 512)


def test_what_is_wrong_is_named() -> None:
    pairs = [
        (TURKISH[5], ENGLISH[5].replace("1923", "1932")),
        (TURKISH[0], TURKISH[0]),
        ("", ENGLISH[0]),
        (TURKISH[1], ENGLISH[1]),
        (TURKISH[1], ENGLISH[1]),
        (TURKISH[1], ENGLISH[3]),
    ]
    found = list(checked(pairs))
    assert "numbers" in kinds(found[0])
    assert found[0].score < 0.5
    assert "untranslated" in kinds(found[1])
    assert found[1].score < 0.1
    assert kinds(found[2]) == {"empty"}
    assert "duplicate" in kinds(found[4])
    assert "duplicate" not in kinds(found[3])
    assert {"inconsistent"} <= kinds(found[3]) & kinds(found[5])


def test_what_needs_no_translation_is_right() -> None:
    assert [pair.score for pair in checked([("IBM", "IBM"), ("2024", "2024")])] == [1.0, 1.0]


def test_a_slip_is_seen_and_mended() -> None:
    report = checked(slipped())
    assert [pair.offset for pair in report] == [0, 0, 1, 1, 1, 1, 0, 0]
    assert [pair.problems[0].row for pair in report if pair.offset] == [3, 4, 5, 6]
    rows = [(pair.source, pair.target) for pair in report.fixed()]
    assert rows == [*right()[:2], ("", EXTRA), *right()[2:6], (TURKISH[6], ""), right()[7]]
    assert not [pair for pair in report.fixed() if pair.source and pair.target and pair.score < 0.5]


def test_a_slip_the_other_way_is_the_mirror_image() -> None:
    pairs = [(t, s) for s, t in slipped()]
    report = polyalign.check(pairs, source_language="en", target_language="tr")
    assert [pair.offset for pair in report] == [0, 0, 0, -1, -1, -1, -1, 0]
    rows = [(pair.target, pair.source) for pair in report.fixed()]
    assert sorted(rows) == sorted([*right()[:2], ("", EXTRA), *right()[2:6], (TURKISH[6], ""), right()[7]])


def test_nothing_is_mended_where_nothing_slipped() -> None:
    report = checked([*right(), (TURKISH[0], EXTRA)])
    assert [(pair.source, pair.target) for pair in report.fixed()] == [*right(), (TURKISH[0], EXTRA)]


@given(st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.floats(0, 1), st.floats(0, 1)), max_size=8))
def test_mending_loses_no_text_and_uses_none_twice(rows: list[tuple[int, float, float]]) -> None:
    """Whatever slips were seen: also where two rows want one target, or it is right where it stands."""
    report = Report(("tr", "en"))
    report.add(
        Checked(
            number,
            f"s{number}",
            f"t{number}",
            ("tr", "en"),
            Verdict(score, ()),
            offset=offset if 0 <= number + offset < len(rows) else 0,
            instead=Verdict(other, ()),
        )
        for number, (offset, score, other) in enumerate(rows)
    )
    fixed = list(report.fixed())
    assert [row.source for row in fixed if row.source] == [row.source for row in report]
    assert sorted(row.target for row in fixed if row.target) == [row.target for row in report]


def test_no_job_is_refused() -> None:
    with pytest.raises(UsageError, match="jobs is 0"):
        polyalign.check(right(), source_language="tr", target_language="en", jobs=0)


def test_a_report_on_few_pairs_knows_their_languages() -> None:
    assert checked(right()).languages == ("tr", "en")
    assert checked([]).languages == ("", "")


def test_a_cut_emoji_is_a_letter_like_others() -> None:
    """As JSON lines have it: half of a surrogate pair, which no encoding holds."""
    found, *_ = checked([(TURKISH[0] + " \ud83d", ENGLISH[0] + " \ud83d")])
    assert found.score > 0.5


@pytest.mark.parametrize("suffix", ["tsv", "jsonl", "json", "xlsx", "tmx", "xlf", "parquet"])
def test_who_made_a_pair_stays(tmp_path: Path, suffix: str) -> None:
    pairs, marked = tmp_path / f"pairs.{suffix}", tmp_path / "marked.tsv"
    origins: list[Origin] = ["file", "person", "machine"]
    sides = [
        polyalign.Document.from_segments(texts[:3], language=tag)
        for texts, tag in ((TURKISH, "tr"), (ENGLISH, "en"))
    ]
    ours, theirs = (polyalign.Side(d.language or "", d.segments or ()) for d in sides)
    beads = tuple(polyalign.Bead((k,), (k,), 0.9, origin=origin) for k, origin in enumerate(origins))
    polyalign.write(polyalign.Bitext(ours, theirs, beads), pairs)
    assert main(["check", str(pairs), "--marked", str(marked), "-o", str(tmp_path / "report.json")]) == 0
    assert [bead.origin for bead in polyalign.read_bitext(marked).beads] == origins


def test_each_result_needs_a_file_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = tmp_path / "m.tsv"
    pairs.write_text("".join(f"{s}\t{t}\n" for s, t in right()), encoding="utf-8")
    one, link = str(tmp_path / "one.tsv"), tmp_path / "link.tsv"
    link.symlink_to(one)
    for other in (one, str(link), str(tmp_path / "." / "one.tsv")):
        assert main(["check", str(pairs), "--kept", one, "--doubtful", other]) == 2
        assert "is named for two results" in capsys.readouterr().err
    assert not Path(one).exists()


def test_slips_are_looked_for_in_runs() -> None:
    fits, stranger = Verdict(0.9, (), 0.01), Verdict(0.0, (), 0.99)
    moved = VerdictInContext(stranger, fits, stranger)
    assert offsets([VerdictInContext(fits), moved, moved, moved, VerdictInContext(fits)]) == [0, 1, 1, 1, 0]
    assert offsets(
        [VerdictInContext(fits), VerdictInContext(stranger, stranger, stranger), VerdictInContext(fits)]
    ) == [0, 0, 0]
    assert offsets([moved], start=1) == [1]
    assert offsets([]) == []


def test_repeats_name_the_first_other_pair() -> None:
    seen = RepeatIndex()
    for pair in [("a", "x"), ("A ", " x"), ("a", "y"), ("b", "x"), ("", "x"), ("", "x")]:
        seen.add(*pair)
    found = seen.repeats()
    assert found.copies.tolist() == [NOWHERE, 0, NOWHERE, NOWHERE, NOWHERE, NOWHERE]
    assert found.sources.tolist() == [2, 2, 0, NOWHERE, NOWHERE, NOWHERE]
    assert found.targets.tolist() == [3, 3, NOWHERE, 0, NOWHERE, NOWHERE]
    assert RepeatIndex().repeats().copies.tolist() == []


def test_a_million_pairs_are_remembered_in_little_memory() -> None:
    seen = RepeatIndex()
    tracemalloc.start()
    for _ in range(1_000_000):
        seen.add("the same", "the same")
    found = seen.repeats()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.copies[1:] == 0).all()
    assert held < 60_000_000
    assert peak < 200_000_000


def test_words_are_found_where_they_stand() -> None:
    text = "The  Cat’s “big” CAT, again."
    words = ["the", "cats", "big", "cat", "again"]
    assert [text[a:b] for a, b in word_places(text, words) if b > a][2:] == ["big", "CAT", "again"]
    assert word_places("", ["gone"]) == [(0, 0)]


def test_the_place_of_what_is_missing_lies_in_what_was_added() -> None:
    more = "and the prime minister will visit three northern cities with his family next summer"
    pair = next(iter(checked([(TURKISH[3], f"{ENGLISH[3][:-1]}, {more}.")])))
    problem = next(problem for problem in pair.problems if problem.kind == "missing")
    assert problem.source is None
    assert problem.target is not None
    said = set(pair.target[slice(*problem.target)].strip(".,").split())
    assert len(said & set(more.split())) >= 0.7 * len(said)
    assert pair.score < 0.5


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Yeni yasa, iki yıl içinde bütün kentler için geçerli olacak.", "tr", True),
        ("Он сказал, что его не было в городе, но она это видела.", "ru", True),
        ("They said that the two of them would not go.", "en", True),
        ("Hij zei dat het niet meer voor de kinderen was.", "nl", True),
        # Azerbaijani, Bulgarian, Ukrainian, Danish, Persian
        ("Onun sözlərinə görə, ilk iki il ərzində yeni bir qanun qəbul edilib.", "tr", False),
        ("Президентът каза, че не е в града и ще се върне на пети май.", "ru", False),
        ("Він сказав, що не буде в місті до вечора, але все одно приїде за ними.", "ru", False),
        ("Det var for tidligt at have en mening om sagen.", "en", False),
        ("ما هم در این کشور من و تو را با هم دیدیم.", "ar", False),
        # Dutch, German
        ("Hij had het over wat we will not doen", "en", False),
        ("Het was een van de was of we dat had", "en", False),
        ("Der Mann will in all die Stadt", "en", False),
    ],
)
def test_small_words_vouch_for_their_language_and_not_for_its_neighbours(
    text: str, language: str, wanted: bool
) -> None:
    assert vouched(text, language) is wanted


def test_long_segments_and_languages_that_are_not_known() -> None:
    long = " ".join(TURKISH * 160), " ".join(ENGLISH * 130)
    next(iter(checked([(TURKISH[0], ENGLISH[0])])))  # the weights of the encoder are not what is measured
    tracemalloc.start()
    assert 0 <= next(iter(checked([long]))).score <= 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 400 * 2**20  # a table of all pairs of words took 9 GB
    with pytest.raises(LanguageError, match="'ka' is not covered"):
        polyalign.check([("a", "b")], source_language="ka", target_language="en")
    with pytest.raises(UsageError, match="pair 0 is not two strings"):
        polyalign.check(["ab"], source_language="tr", target_language="en")  # type: ignore[list-item]


def test_nothing_to_check_is_an_empty_report() -> None:
    report = checked([])
    assert len(report) == 0
    assert report.summary() == {"pairs": 0, "doubtful": 0, "problems": {}}


def test_the_weights_are_read_as_they_were_written() -> None:
    data = as_json(load_model())
    assert as_json(from_json(json.loads(json.dumps(data)))) == data
    assert set(data["features"]) == set(NAMES)


def table(path: Path, pairs: list[tuple[str, str]]) -> str:
    path.write_text("tr\ten\n" + "".join(f"{s}\t{t}\n" for s, t in pairs), encoding="utf-8")
    return str(path)


def tmx(pairs: list[tuple[str, str]]) -> str:
    units = "".join(
        f'<tu><tuv xml:lang="tr"><seg>{s}</seg></tuv><tuv xml:lang="en"><seg>{t}</seg></tuv></tu>\n'
        for s, t in pairs
    )
    head = '<header creationtool="x" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en"'
    return f'<tmx version="1.4">{head} srclang="tr" datatype="plaintext"/><body>\n{units}</body></tmx>'


def test_a_line_for_every_pair(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = table(tmp_path / "m.tsv", slipped())
    assert main(["check", path, "--format", "jsonl", "--jobs", "1"]) == 0
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == list(range(8))
    assert all({"id", "score", "problems"} == set(row) for row in rows)
    assert all({"kind", "source", "target"} <= set(problem) for row in rows for problem in row["problems"])


def test_the_file_comes_back_in_parts(tmp_path: Path) -> None:
    path = table(tmp_path / "m.tsv", slipped())
    kept, doubtful, marked = (str(tmp_path / name) for name in ("kept.tmx", "doubtful.jsonl", "all.xlf"))
    options = ["--kept", kept, "--doubtful", doubtful, "--marked", marked, "--fix", "shift"]
    assert main(["check", path, "-o", str(tmp_path / "r.html"), "--jobs", "1", *options]) == 0
    pairs = [
        tuple("".join(seg.itertext()) for seg in tu.iter("seg")) for tu in ElementTree.parse(kept).iter("tu")
    ]
    assert pairs == [*right()[:6], right()[7]]
    left = [json.loads(line) for line in Path(doubtful).read_text(encoding="utf-8").splitlines()]
    assert [(row["source_text"], row["target_text"]) for row in left] == [([], [EXTRA]), ([TURKISH[6]], [])]
    assert len(polyalign.read_bitext(marked).beads) == 7


@pytest.mark.parametrize("least", [0.5, 0.9, 1.0])
def test_every_doubtful_pair_says_why(least: float, tmp_path: Path) -> None:
    """Where nothing particular is wrong, that its score is below the one that was asked for."""
    path, doubtful = table(tmp_path / "m.tsv", slipped()), tmp_path / "rest.jsonl"
    options = ["--min-score", str(least), "--doubtful", str(doubtful), "-o", str(tmp_path / "report.json")]
    assert main(["check", path, "--jobs", "1", *options]) == 0
    rows = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["pairs"]
    assert rows
    assert all(row["problems"] for row in rows)
    left = [json.loads(line) for line in doubtful.read_text(encoding="utf-8").splitlines()]
    assert len(left) == sum(row["score"] < least for row in rows)
    assert all(row["flags"] for row in left)


@pytest.mark.parametrize("suffix", [".tmx", ".xlf"])
def test_codes_and_ids_come_back_with_the_pairs(suffix: str, tmp_path: Path) -> None:
    """Those of a target go with it where columns have slipped; a pair of codes alone stays."""
    texts = [
        (f'{s}<ph x="{k}">{{{k}}}</ph>', f'{t}<ph x="{k}">{{{k}}}</ph>') for k, (s, t) in enumerate(slipped())
    ]
    path, out = tmp_path / "m.tmx", tmp_path / f"out{suffix}"
    codes = '<ph x="1">{name}</ph>'
    path.write_text(tmx([*texts, (codes, codes)]).replace("<tu>", '<tu tuid="menu">'), encoding="utf-8")
    assert (
        main(["check", str(path), "-o", str(tmp_path / "r.html"), "--jobs", "1", "--marked", str(out)]) == 0
    )
    sides = [
        [
            ([s.text for s in side], [c.shows for s in side for c in s.codes])
            for side in (row.source, row.target)
        ]
        for row in polyalign.read_bitext(out).rows()
    ]
    expected = [[([s], [f"{{{k}}}"]), ([t], [f"{{{k}}}"])] for k, (s, t) in enumerate(slipped())]
    assert sides == [*expected, [([""], ["{name}"])] * 2]
    options = ["--jobs", "1", "--marked", str(out), "--fix", "shift"]
    assert main(["check", str(path), "-o", str(tmp_path / "r.html"), *options]) == 0
    mended = [row for row in polyalign.read_bitext(out).rows() if row.bead]
    assert {"".join(c.shows for s in row.source + row.target for c in s.codes) for row in mended} >= {
        "{2}{3}"
    }
    assert dict(next(polyalign.read_bitext(out).rows()).review.about)["id"] == "menu"


def test_the_page_is_whole_and_runs_nothing(tmp_path: Path) -> None:
    path = table(tmp_path / "m.tsv", [*slipped(), (TURKISH[0], "<script>alert(1)</script> \u202e evil")])
    page = tmp_path / "r.html"
    assert main(["check", path, "-o", str(page), "--jobs", "1"]) == 0
    seen: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: seen.append(tag)  # type: ignore[method-assign,assignment]
    parser.feed(page.read_text(encoding="utf-8"))
    assert "script" not in seen
    assert "\u202e" not in page.read_text(encoding="utf-8")
    assert "misaligned" in page.read_text(encoding="utf-8")


def test_damage_in_the_middle_is_told_behind_what_was_read(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "m.tmx"
    path.write_text(tmx([*right(), ("<broken", "</seg>"), *right()]), encoding="utf-8")
    assert main(["check", str(path), "--format", "jsonl", "--jobs", "1"]) == 1
    captured = capfdbinary.readouterr()
    assert len(captured.out.splitlines()) == 8
    assert b"m.tmx" in captured.err
    assert b"(8 pairs before it were checked)" in captured.err
    assert b"line 10" in captured.err


def test_processes_change_no_byte(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path, told = table(tmp_path / "m.tsv", slipped() * 70), list[bytes]()
    for jobs in ("1", "2"):
        assert main(["check", path, "--format", "jsonl", "--jobs", jobs]) == 0
        told.append(capfdbinary.readouterr().out)
    assert told[0] == told[1]
    rows = [json.loads(line) for line in told[0].splitlines()]
    assert [row["id"] for row in rows] == list(range(560))
    assert [row["score"] for row in rows[256:264]] == pytest.approx([r["score"] for r in rows[:8]], abs=2e-4)


def test_a_pair_that_comes_again_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Pair]()

    def flags(pair: Pair, **options: Any) -> tuple[Flag, ...]:
        asked.append(pair)
        return qa.flags(pair, **options)

    monkeypatch.setattr("polyalign.checking.judging.qa", SimpleNamespace(flags=flags, NONE=qa.NONE))
    once, *others = PairJudge()([Pair(TURKISH[1], ENGLISH[1], "tr", "en")] * 100)
    assert len(asked) == 1
    assert others == [once] * 99


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--min-score", "2"], "it is a probability"),
        (["--jobs", "0"], "give 1 or more"),
        (["--fix", "shift"], "name one of these"),
        (["-o", "r.docx"], "a report is"),
        (["--kept", "k.html"], "choose such a suffix"),
    ],
)
def test_options_that_make_no_sense(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", table(tmp_path / "m.tsv", right()), *arguments]) == 2
    assert said in capsys.readouterr().err


def rows_of(path: str) -> list[tuple[str, ...]]:
    return [unit.source + unit.target for unit in streamed_units(path)]


def test_every_format_is_read_row_by_row_as_it_is_read_whole(tmp_path: Path) -> None:
    source = polyalign.read_bitext(table(tmp_path / "m.tsv", right()))
    names = ["a.tmx", "a.xlf", "a.xlsx", "a.jsonl", "a.json", "a.csv", "a.moses"]
    for name in names:
        path = tmp_path / name
        if name.endswith("csv"):
            lines = (f'"{s}","{t}"\n' for s, t in [("source", "target"), *right()])
            path.write_text("".join(lines), encoding="utf-8")
        else:
            polyalign.write(source, path)
        # the suffix .moses names no order of the two files
        read = tmp_path / "a.tr" if name == "a.moses" else path
        assert rows_of(str(read)) == right(), name
    (tmp_path / "b.jsonl").write_text(
        "".join(json.dumps({"translation": {"tr": s, "en": t}}) + "\n" for s, t in right()), encoding="utf-8"
    )
    assert rows_of(str(tmp_path / "b.jsonl")) == right()


def test_a_table_of_other_letters_and_a_file_that_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "m.tsv"
    path.write_bytes("".join(f"{s}\t{t}\n" for s, t in right()).encode("cp1254"))
    assert rows_of(str(path)) == right()
    (tmp_path / "c.tr").write_text("\n".join(TURKISH), encoding="utf-8")
    (tmp_path / "c.en").write_text("\n".join(ENGLISH[:5]), encoding="utf-8")

    def read() -> Iterator[tuple[str, ...]]:
        yield from (unit.source + unit.target for unit in streamed_units(tmp_path / "c.tr"))

    found: list[tuple[str, ...]] = []
    with pytest.raises(polyalign.UnreadableError, match="ends before line 6"):
        found.extend(read())


def test_pairs_of_a_file_get_a_score_and_stay_what_they_are(tmp_path: Path) -> None:
    """Those that have one keep it; a pair in a language that nobody can judge goes on without."""
    path = table(tmp_path / "m.tsv", [*slipped()])
    found = polyalign.read_bitext(path)
    assert {bead.score for bead in found.beads} == {None}
    judged = scored(replace(found, beads=(replace(found.beads[0], score=0.25), *found.beads[1:])))
    assert judged.beads[0].score == 0.25
    source, target = found.source.segments, found.target.segments
    texts = [(source[b.source[0]].text, target[b.target[0]].text) for b in found.beads[1:]]
    alone = polyalign.check(
        texts, source_language=found.source.language, target_language=found.target.language
    )
    assert [bead.score for bead in judged.beads[1:]] == pytest.approx([c.score for c in alone], abs=0.02)
    assert {bead.origin for bead in judged.beads} == {"file"}
    foreign = replace(found, source=replace(found.source, language="sw"))
    assert scored(foreign) == foreign
