"""Sentence pairs out of two bags: laws on made-up vectors, what is left out of files, honest figures."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from polyalign import encoders
from polyalign.corpus import lines, mining
from polyalign.corpus.lines import encoded, lines_of
from polyalign.corpus.mining import MinedPair, adjusted, candidates, features, mine, mined
from polyalign.errors import InputError, LanguageError, UnreadableError, UsageError
from tests.helpers.places import SHARED

NEWS = SHARED / "segmentation" / "news.dev.jsonl"

TURKISH = (
    "Belediye nehir kıyısında yeni bir kütüphane açtı.",
    "Kütüphanede 40 bin kitap bulunuyor.",
    "Tren sabah saat yedide istasyona varıyor.",
    "Bakan pazartesi günü Bakü'ye gitti.",
    "Okullar kar nedeniyle kapatıldı.",
)
ENGLISH = (
    "The price of onions went up again this week.",
    "Schools were closed because of the snow.",
    "The town opened a new library on the bank of the river.",
    "The library holds 40 thousand books.",
    "The football match ended without a goal.",
)

Vectors = NDArray[np.float32]


def unit(count: int, *, seed: int = 0) -> Vectors:
    """Random vectors of length 1 in 64 dimensions."""
    vectors = np.random.default_rng(seed).standard_normal((count, 64))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def planted(count: int, pairs: int, *, seed: int = 0) -> tuple[Vectors, Vectors]:
    """Two bags of `count` vectors; the first `pairs` of either belong together."""
    source, target = unit(count, seed=seed), unit(count, seed=seed + 1_000)
    near = source[:pairs] + unit(pairs, seed=seed + 2_000) / 3
    target[:pairs] = near / np.linalg.norm(near, axis=1, keepdims=True)
    return source, target


def ends(pairs: tuple[MinedPair, ...]) -> set[tuple[int, int]]:
    return {(pair.source, pair.target) for pair in pairs}


@given(st.integers(1, 30), st.integers(0, 99))
def test_what_was_planted_is_found(pairs: int, seed: int) -> None:
    found = mined(*planted(60, pairs, seed=seed))
    assert {(k, k) for k in range(pairs)} <= ends(found)
    assert all(0 <= pair.score <= 1 for pair in found)
    assert list(found) == sorted(found, key=lambda pair: (-pair.score, pair.source))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 6), st.integers(0, 99))
def test_no_sentence_is_in_two_pairs(n: int, m: int, k: int, seed: int) -> None:
    found = mined(unit(n, seed=seed), unit(m, seed=seed + 1), k=k, threshold=0)
    for side in ("source", "target"):
        taken = [getattr(pair, side) for pair in found]
        assert len(set(taken)) == len(taken)


@given(st.integers(0, 99))
def test_the_sides_can_change_places(seed: int) -> None:
    source, target = planted(40, 10, seed=seed)
    there, back = mined(source, target, threshold=0), mined(target, source, threshold=0)
    scores = {(pair.target, pair.source): pair.score for pair in back}
    assert scores == pytest.approx({(p.source, p.target): p.score for p in there}, abs=1e-5)


@given(st.integers(0, 99))
def test_the_order_of_the_sentences_does_not_matter(seed: int) -> None:
    source, target = planted(40, 10, seed=seed)
    order = np.random.default_rng(seed).permutation(40)
    moved = mined(source[order], target)
    assert {(int(order[p.source]), p.target) for p in moved} == ends(mined(source, target))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_only_leaves_out(one: float, other: float) -> None:
    bags = planted(40, 10)
    low, high = (mined(*bags, threshold=threshold) for threshold in sorted((one, other)))
    assert set(high) <= set(low)
    assert all(pair.score >= max(one, other) for pair in high)


@given(st.lists(st.floats(-60, 60), max_size=50))
@example([-1.0] * 10 + [34.0, 35.0])  # both round to 1, and must do so in order
def test_the_share_of_a_bag_moves_scores_but_not_their_order(logits: list[float]) -> None:
    scores = adjusted(np.array(sorted(logits), dtype=np.float64))
    assert np.all((scores >= 0) & (scores <= 1))
    assert np.all(np.diff(scores) >= 0)


def test_the_same_evidence_says_more_where_nearly_all_sentences_have_a_translation() -> None:
    rare, common = ([-1.0] + [logit] * 500 for logit in (-8.0, 8.0))
    assert adjusted(np.array(rare))[0] < 0.5 < adjusted(np.array(common))[0]


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_an_empty_bag_has_no_pairs(n: int, m: int) -> None:
    assert mined(unit(n), unit(m), texts=(["a"] * n, ["b"] * m)) == ()


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UsageError, match="k is 0"):
        mined(unit(3), unit(3), k=0)
    with pytest.raises(UsageError, match=r"the threshold is 1\.5"):
        mined(unit(3), unit(3), threshold=1.5)
    with pytest.raises(UsageError, match="not as many texts as vectors"):
        mined(unit(3), unit(3), texts=(["a"], ["b"]))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("بلغ العدد ٤٠ و٣٫٥", "There were 40 of 3.5", (2, 0, 0, 0)),
        ("In all 40", "In all 41", (0, 2, 0, 0)),
        ("التقى قالن في باكو", "Met Kalin in Baku", (0, 0, 2, 0)),
        ("The man met Kalin", "رجل في المدينة", (0, 0, 0, 1)),
        ("The man met Kalin", "这个人", (0, 0, 0, 0)),
        ("", "", (0, 0, 0, 0)),
    ],
)
def test_numbers_and_names_are_compared_across_scripts(
    one: str, other: str, expected: tuple[int, int, int, int]
) -> None:
    found = mining.MinedPairs(*(np.zeros(1, np.int64),) * 2, np.ones(1), np.ones(1))
    assert tuple(features(found, ([one], [other]))[0, 2:6]) == expected


def test_lengths_count_as_far_as_they_differ_from_the_usual_ratio() -> None:
    bags, short, long = planted(30, 30), ["abcdef"] * 30, ["abcdef" * 3] * 30
    found = candidates(*bags)
    uneven = features(found, (short, [*long[:-1], "x"]))[:, -1]
    assert uneven[:-1].max() < uneven[-1]


@pytest.mark.parametrize(
    ("frames", "ours", "theirs"),
    [
        (("Oda {} üst katta.", "Room {} is on the upper floor."), (45, 12, 7, 301), (7, 45, 301, 12)),
        (("الغرفة {} في الطابق العلوي.", "Room {} is on the upper floor."), (45, 54), (54, 45)),
        (("Oda {} üst katta.", "Room {} is on the upper floor."), (45, 12, 7), (54, 21, 70)),
        (("Oda {} üst katta.", "Room {} is on the upper floor."), (45,), (54,)),
        (
            ("Madde {} uyarınca aidat 50 liradır.", "Under Article {} the fee is 50 lira."),
            (*range(20, 30), 45),
            (*range(30, 40), 45),
        ),
    ],
)
def test_sentences_that_differ_in_numbers_are_pairs_where_the_numbers_are_the_same(
    frames: tuple[str, str], ours: tuple[int, ...], theirs: tuple[int, ...]
) -> None:
    texts = [frames[0].format(n) for n in ours], [frames[1].format(n) for n in theirs]
    encode = encoders.load(encoders.DEFAULT).encode
    found = mined(encode(texts[0]), encode(texts[1]), texts=texts, threshold=0)
    pairs = {(ours[pair.source], theirs[pair.target]) for pair in found}
    assert pairs == {(n, n) for n in set(ours) & set(theirs)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Saat 14.30'da geldi.", "He came at 2:30 pm."),
        ("40 bin kitap var.", "There are 40,000 books."),
        ("2019 koleksiyonu", "The SS19 collection"),
        ("Yüzde 38,5 arttı.", "It rose by ٣٨٫٥ per cent."),
        ("Üç oda var.", "There are 3 rooms."),
    ],
)
def test_numbers_written_otherwise_do_not_part_sentences(one: str, other: str) -> None:
    same = unit(1)
    assert len(candidates(same, same, texts=([one], [other])).sources) == 1
    assert len(candidates(same, same, texts=([one], ["It was 77 or 88."])).sources) == ("Üç" in one)


def test_eastern_digits_make_no_difference(tmp_path: Path) -> None:
    digits = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    arabic = [f"ستبلغ درجة الحرارة في أنقرة يوم الخميس {n} درجة." for n in (19, 44, 5, 31)]
    english = [f"On Thursday the temperature in Ankara will reach {n} degrees." for n in (31, 5, 44, 19)]
    target = write(tmp_path / "en.txt", *english)
    western, eastern = (
        mine(write(tmp_path / name, *lines), target)
        for name, lines in (("west.txt", arabic), ("east.txt", [line.translate(digits) for line in arabic]))
    )
    assert western.pairs == eastern.pairs
    assert len(eastern.pairs) == 4
    assert eastern.source.texts[0] == arabic[0].translate(digits)


def write(path: Path, *texts: str) -> str:
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", ""),
        ("   ", ""),
        ("Yes, so.", lines.SHORT),
        ("12 345 678 901 234", lines.SHORT),
        ("这个城市开了", ""),
        ("Schools were closed, because of the snow!", lines.REPEATED),
        ("word " * 300, lines.LONG),
        ("A sentence that nobody has said before.", ""),
    ],
)
def test_lines_that_are_no_use_are_counted(tmp_path: Path, line: str, reason: str) -> None:
    found = lines_of(write(tmp_path / "a.txt", *ENGLISH, line), "source", language="en")
    assert {why for why, count in found.left_out.items() if count} == ({reason} if reason else set())
    assert len(found.texts) == 5 + (not reason and bool(line.strip()))
    assert found.total == 5 + bool(line.strip())


def test_folders_and_gzip_are_read_and_each_line_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep" / "b.txt", "", *ENGLISH[:2])
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress("\n".join(ENGLISH[2:]).encode()))
    (tmp_path / "c.bin").write_bytes(bytes(range(256)) * 50)
    found = lines_of(str(tmp_path), "source")
    assert found.language == "en"
    assert dict(zip(found.places, found.texts, strict=True)) == {
        **{f"a.txt.gz:{k}": text for k, text in enumerate(ENGLISH[2:], 1)},
        **{f"deep/b.txt:{k}": text for k, text in enumerate(ENGLISH[:2], 2)},
    }
    assert len(found.notes) == 1
    assert "c.bin" in found.notes[0]


def test_lines_of_several_sentences_are_noted(tmp_path: Path) -> None:
    assert not lines_of(write(tmp_path / "one.txt", *ENGLISH), "source").notes
    two = [f"{one} {other}" for one, other in pairwise(ENGLISH)]
    (note,) = lines_of(write(tmp_path / "two.txt", *two), "source").notes
    assert "100% of the lines" in note
    assert "hold several sentences" in note


def test_what_cannot_be_read_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such file or folder"):
        lines_of(str(tmp_path / "none"), "source")
    with pytest.raises(InputError, match="has no sentences"):
        lines_of(str(tmp_path), "source")
    with pytest.raises(InputError, match="has no sentences \\(2 too short\\)"):
        lines_of(write(tmp_path / "short.txt", "a", "b"), "source")
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 50)
    with pytest.raises(UnreadableError):
        lines_of(str(tmp_path / "noise"), "source")


def test_a_language_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "zzgh qqrt wxyz kjhg", "bvcx mnbq lkjh pzxo")
    with pytest.raises(LanguageError, match="--target-lang"):
        lines_of(path, "target")
    assert lines_of(path, "target", language="tr").language == "tr"


def test_pairs_are_found_in_files_and_say_where_they_stood(tmp_path: Path) -> None:
    same = "https://example.org/news/list"
    source = write(
        tmp_path / "tr.txt", *TURKISH, same, "This line is plainly an English one, not a Turkish one."
    )
    target = write(tmp_path / "en.txt", *ENGLISH, same)
    found = mine(source, target, threshold=0.05)
    pairs = {(row[3], row[4]) for row in found.rows()}
    assert {("tr.txt:1", "en.txt:3"), ("tr.txt:2", "en.txt:4"), ("tr.txt:5", "en.txt:2")} <= pairs
    assert found.source.left_out[lines.IDENTICAL] == found.target.left_out[lines.IDENTICAL] == 1
    assert found.source.left_out[lines.FOREIGN] == 1
    assert "encoder:use-m3" in found.signature


def test_the_bitext_holds_the_pairs_with_their_places(tmp_path: Path) -> None:
    found = mine(write(tmp_path / "tr.txt", *TURKISH), write(tmp_path / "en.txt", *ENGLISH), threshold=0)
    bitext = found.bitext()
    assert {
        (source.text, target.text, source.place, target.place, bead.score)
        for bead in bitext.beads
        for source, target in [
            (bitext.source.segments[bead.source[0]], bitext.target.segments[bead.target[0]])
        ]
    } == {(*row[1:], pair.score) for row, pair in zip(found.rows(), found.pairs, strict=True)}
    assert not bitext.unaligned("source")
    assert not bitext.unaligned("target")
    assert (bitext.source.language, bitext.target.language) == ("tr", "en")


def test_several_processes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_CHUNK", 15)
    texts = [f"{text} {k}" for k in range(12) for text in ENGLISH]
    bag = lines.Lines("en", texts, [f"a:{k}" for k in range(len(texts))], {})
    one, several = (encoded(bag, encoders.DEFAULT, jobs=jobs) for jobs in (1, 2))
    assert one[0] == several[0]
    assert one[1].tobytes() == several[1].tobytes()


@pytest.mark.skipif(not NEWS.exists(), reason="the news in ../shared/segmentation is not there")
def test_of_few_translated_sentences_among_many_most_are_found() -> None:
    told: dict[str, dict[str, list[str]]] = {}
    for line in NEWS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        told.setdefault(row["id"], {})[row["language"]] = row["sentences"]
    russian, english = (
        [text for texts in told.values() for text in texts[language]] for language in ("ru", "en")
    )
    both = set(range(0, len(russian), 40))
    ours = [k for k in range(len(russian)) if k in both or k % 2]
    theirs = [k for k in range(len(russian)) if k in both or (not k % 2 and k % 40)]
    encode = encoders.load(encoders.DEFAULT).encode
    texts = [russian[k] for k in ours], [english[k] for k in theirs]
    found = mined(encode(texts[0]), encode(texts[1]), texts=texts)
    right = sum(ours[pair.source] == theirs[pair.target] for pair in found)
    assert 2 * right / (len(found) + len(both)) > 0.7
    assert sum(pair.score for pair in found) == pytest.approx(right, abs=5)


def test_inline_codes_stay_in_the_sentences_that_are_found(tmp_path: Path) -> None:
    units = "".join(
        f'<tu><tuv xml:lang="tr"><seg> {tr[:-1]}<ph x="1">{{{k}}}</ph>{tr[-1]}</seg></tuv>'
        f'<tuv xml:lang="en"><seg>{en}</seg></tuv></tu>'
        for k, (tr, en) in enumerate(zip(TURKISH, ENGLISH, strict=True))
    )
    memory = tmp_path / "m.tmx"
    memory.write_text(f'<tmx version="1.4"><header srclang="tr"/><body>{units}</body></tmx>', "utf-8")
    found = mine(str(memory), write(tmp_path / "en.txt", *ENGLISH), threshold=0).bitext()
    assert found.beads
    for segment in found.source.segments:
        (code,) = segment.codes
        assert code.shows == f"{{{TURKISH.index(segment.text)}}}"
        assert code.start == code.end == len(segment.text) - 1
