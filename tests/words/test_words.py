"""Links between words: laws, places in the text as it is, people's gold, and every way out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

import polyalign
from polyalign import encoders
from polyalign.bitext import Bitext
from polyalign.cli import main
from polyalign.errors import InputError, LanguageError, UsageError
from polyalign.explaining import LANGUAGES
from polyalign.formats import read, write
from polyalign.formats.bitexts.wordlinks import groups
from polyalign.formats.validation import validate
from polyalign.inside import INSIDE, with_candidates
from polyalign.parts import Bead, Document, Side, WordLink
from polyalign.spelling import tokens
from polyalign.words import compare_many
from polyalign.words.differences import LEAST, _runs
from polyalign.words.links import batches
from polyalign.words.tokens import read_words
from tests.helpers.places import SEEDS, SHARED

ARABIC = "أعلنت وزارة الصحة في أنقرة أمس وفاة 45 شخصا بسبب الإنفلونزا"
VOWELLED = "أَعْلَنَتْ وِزَارَةُ الصِّحَّةِ فِي أَنْقَرَةَ أَمْسِ وَفَاةَ 45 شَخْصًا بِسَبَبِ الإِنْفِلْوَنْزَا"
ENGLISH = "The health ministry in Ankara announced yesterday that 45 people had died of influenza"


def links(source: str, target: str, ours: str = "ar", theirs: str = "en") -> tuple[WordLink, ...]:
    return polyalign.Aligner().words(source, target, source_language=ours, target_language=theirs)


def spelt(source: str, target: str, found: tuple[WordLink, ...]) -> set[tuple[str, str]]:
    return {(source[slice(*link.source)], target[slice(*link.target)]) for link in found}


def test_words_that_correspond_are_linked_where_they_stand() -> None:
    found = spelt(ARABIC, ENGLISH, links(ARABIC, ENGLISH))
    assert {("الصحة", "health"), ("أنقرة", "Ankara"), ("أمس", "yesterday"), ("45", "45")} <= found
    assert ("أنقرة", "influenza") not in found


def test_vowel_signs_and_capitals_change_no_link() -> None:
    plain = {(k.source, k.target) for k in links(ARABIC, ENGLISH)}
    assert {(k.source, k.target) for k in links(ARABIC, ENGLISH.upper())} == plain
    bare = {(ARABIC[slice(*source)], target) for source, target in plain}
    signs = re.compile("[\u064b-\u0652]")
    vowelled = links(VOWELLED, ENGLISH)
    assert {(signs.sub("", VOWELLED[slice(*k.source)]), k.target) for k in vowelled} == bare


def test_a_turkish_text_in_capitals_keeps_its_links() -> None:
    text, english = "İki gazeteci dün ışıkları söndürdü", "Two journalists put out the lights yesterday"
    capitals = text.replace("i", "İ").replace("ı", "I").upper()
    found = {(k.source, k.target) for k in links(text, english, "tr")}
    assert found
    assert {(k.source, k.target) for k in links(capitals, english, "tr")} == found


def test_swapping_the_texts_mirrors_the_links() -> None:
    there = {(k.source, k.target, k.score) for k in links(ARABIC, ENGLISH)}
    back = {(k.target, k.source, k.score) for k in links(ENGLISH, ARABIC, "en", "ar")}
    assert {k[:2] for k in there} == {k[:2] for k in back}
    assert sorted(k[2] for k in there) == pytest.approx(sorted(k[2] for k in back), abs=1e-3)


def test_a_text_is_linked_with_itself_word_by_word() -> None:
    found = links(ENGLISH, ENGLISH, "en")
    assert {(k.source, k.target) for k in found} >= {(span, span) for span in tokens(ENGLISH)}


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_links_lead_to_stretches_of_both_texts(source: str, target: str) -> None:
    for link in links(source, target):
        for (start, end), text in ((link.source, source), (link.target, target)):
            assert 0 <= start < end <= len(text)
            assert text[start:end].strip()
        assert 0 <= link.score <= 1


@given(
    st.lists(
        st.sampled_from([ARABIC, VOWELLED, "他在北京工作。", "ทดสอบ", "a\u0301b x", "ﷺ ok", "", "  "]),
        max_size=5,
    )
)
@settings(max_examples=40, deadline=None)
def test_a_text_has_the_same_words_among_others(texts: list[str]) -> None:
    encoder = encoders.load(encoders.DEFAULT)
    assert isinstance(encoder, encoders.PieceReader)
    together = list(read_words(texts, ["ar"] * len(texts), encoder))
    for text, words in zip(texts, together, strict=True):
        alone = next(read_words([text], ["ar"], encoder))
        assert alone.spans.tolist() == words.spans.tolist()
        assert alone.vectors == pytest.approx(words.vectors, abs=1e-4)


def test_chinese_words_are_linked_in_parts_of_its_runs() -> None:
    found = spelt(
        "他昨天在北京工作",
        "Yesterday he worked in Beijing",
        links("他昨天在北京工作", "Yesterday he worked in Beijing", "zh"),
    )
    assert any("北京" in source and len(source) < 5 and target == "Beijing" for source, target in found)


@pytest.mark.parametrize(("source", "target"), [("", ENGLISH), (ARABIC, ""), ("", ""), (" \n ", "…")])
def test_nothing_has_few_links(source: str, target: str) -> None:
    assert links(source, target) == ()


def test_errors_say_what_to_do() -> None:
    with pytest.raises(LanguageError, match="words of 'sw' have no vectors here"):
        links("habari", "news", "sw")
    with pytest.raises(LanguageError, match="pass source_language="):
        links("12", "news", "")
    with pytest.raises(InputError, match="too many to link"):
        links("كلمة " * 10_000, "word " * 10_000)


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there")
@pytest.mark.parametrize("pair", ["ar-en", "en-it", "en-nl"])
def test_people_link_the_same_words(pair: str) -> None:
    """As in benchmarks/words.py: F1 on gold."""
    path = SHARED / "words" / f"words.{pair}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    encoder = encoders.load(encoders.DEFAULT)
    assert isinstance(encoder, encoders.PieceReader)
    common = found = gold = 0
    for row in rows:
        sides = [" ".join(row["src"]), " ".join(row["tgt"])]
        linked = next(
            compare_many([(sides[0], sides[1])], languages=(pair[:2], pair[3:]), encoder=encoder)
        ).links
        places = [starts(row["src"]), starts(row["tgt"])]
        covered = {
            (i, j)
            for k in linked
            for i, (a, b) in enumerate(places[0])
            if max(a, k.source[0]) < min(b, k.source[1])
            for j, (c, d) in enumerate(places[1])
            if max(c, k.target[0]) < min(d, k.target[1])
        }
        own = set(map(tuple, row["links"]))
        common, found, gold = common + len(covered & own), found + len(covered), gold + len(own)
    assert 2 * common / (found + gold) >= 0.80


def starts(tokens: list[str]) -> list[tuple[int, int]]:
    edges = [0]
    for token in tokens:
        edges.append(edges[-1] + len(token) + 1)
    return [(edge, edge + len(token)) for edge, token in zip(edges, tokens, strict=False)]


@pytest.fixture(scope="module")
def pair() -> tuple[Document, Document, Bitext]:
    source = Document(f"عنوان قصير هنا.\n{ARABIC}.", language="ar")
    target = Document(f"A line.\n{ENGLISH}.", language="en")
    return source, target, polyalign.Aligner().pair(source, target)


def test_a_bead_has_words_in_the_texts_of_its_documents(pair: tuple[Document, Document, Bitext]) -> None:
    source, target, bitext = pair
    bead = next(b for b in bitext.beads if any(ARABIC in bitext.source.segments[i].text for i in b.source))
    found = spelt(source.text, target.text, bitext.words(bead))
    assert ("أنقرة", "Ankara") in found


def test_a_bitext_of_nobody_knows_no_words() -> None:
    bitext = Bitext(Side("ar", ()), Side("en", ()), ())
    with pytest.raises(UsageError, match="read_bitext"):
        bitext.words(Bead((0,), (0,), 1.0))


def linked(bitext: Bitext) -> Bitext:
    from polyalign.inside import with_words

    return with_words(bitext)


def test_words_go_to_json_and_back(pair: tuple[Document, Document, Bitext]) -> None:
    bitext = linked(pair[2])
    assert Bitext.from_json(bitext.to_json()) == bitext
    data = json.loads(bitext.to_json())
    for start, end, first, last, score in data["beads"][0]["words"]:
        assert pair[0].text[start:end]
        assert pair[1].text[first:last]
        assert 0 <= score <= 1


@pytest.mark.parametrize(
    "words", ["[1]", "[[1, 2, 3, 4]]", "[[1, 2, 3, 4, true]]", "[[1, 2, 3, 4.5, 0.5]]", '"x"']
)
def test_words_that_are_none_are_refused(words: str, pair: tuple[Document, Document, Bitext]) -> None:
    data = json.loads(pair[2].to_json())
    data["beads"][0]["words"] = json.loads(words)
    with pytest.raises(InputError):
        Bitext.from_json(json.dumps(data))


@pytest.mark.parametrize(("form", "first"), [("pharaoh", 0), ("talp", 1)])
def test_links_are_written_beside_the_words_that_they_count(
    form: str, first: int, pair: tuple[Document, Document, Bitext], tmp_path: Path
) -> None:
    bitext = linked(pair[2])
    write(bitext, tmp_path / f"out.{form}")
    lines = [(tmp_path / f"out.{s}").read_text(encoding="utf-8").splitlines() for s in (form, "ar", "en")]
    assert [len(each) for each in lines] == [len(bitext.beads)] * 3
    for bead, numbers, ours, theirs in zip(bitext.beads, *lines, strict=True):
        source, target = ours.split(" "), theirs.split(" ")
        told = {
            (source[i - first], target[j - first])
            for i, j in (map(int, k.split("-")) for k in numbers.split())
        }
        whole = tuple(
            WordLink(word_at(pair[0].text, link.source), word_at(pair[1].text, link.target), link.score)
            for link in bead.words
        )
        assert told == spelt(pair[0].text, pair[1].text, whole)


def word_at(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """The word that a stretch is in, or part of."""
    return next((start, end) for start, end in tokens(text) if start <= span[0] and span[1] <= end)


def test_links_that_were_not_made_are_not_written(
    pair: tuple[Document, Document, Bitext], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="--words"):
        write(pair[2], tmp_path / "out.pharaoh")
    with pytest.raises(UsageError, match="three files"):
        write(linked(pair[2]), "-", format="talp")
    assert not list(tmp_path.iterdir())


def test_the_page_marks_what_is_linked(pair: tuple[Document, Document, Bitext], tmp_path: Path) -> None:
    bitext = linked(pair[2])
    write(bitext, tmp_path / "out.html")
    page = html.parse(str(tmp_path / "out.html")).getroot()
    rows = page.xpath("//tbody/tr[.//span[starts-with(@class, 'w')]]")
    assert len(rows) == len(bitext.beads)
    for row, bead in zip(rows, bitext.beads, strict=True):
        ours, theirs = groups(bead)
        marked = [
            (cell.get("lang"), s.get("class"), s.text)
            for cell in row.xpath("td[@lang]")
            for s in cell.xpath(".//span[starts-with(@class, 'w')]")
        ]
        told = [("ar", f"w{g}", pair[0].text[slice(*span)]) for span, g in sorted(ours.items())]
        assert marked == told + [
            ("en", f"w{g}", pair[1].text[slice(*span)]) for span, g in sorted(theirs.items())
        ]


def test_what_is_linked_by_way_of_others_is_one_group() -> None:
    two = (WordLink((0, 2), (0, 2), 0.9), WordLink((3, 5), (0, 2), 0.9), WordLink((6, 8), (4, 6), 0.5))
    ours, theirs = groups(Bead((0,), (0,), 1.0, words=two))
    assert ours == {(0, 2): 0, (3, 5): 0, (6, 8): 1}
    assert theirs == {(0, 2): 0, (4, 6): 1}


# What one side says alone, what it may belong to, and why it is a pair


def test_what_only_one_side_says_is_found() -> None:
    added = f"{ENGLISH}, while schools in the coastal districts reopened on Monday"
    bitext = polyalign.Aligner().pair(Document(ARABIC, language="ar"), Document(f"{ENGLISH}.", language="en"))
    assert bitext.differences(bitext.beads[0]) == ()
    wider = replace(bitext, target=side_of(added))
    bead = Bead((0,), (0,), 0.9)
    (found,) = wider.differences(bead)
    assert found.side == "target"
    assert len(ENGLISH) <= found.span[0] + 8 <= len(ENGLISH) + 16
    assert found.span[1] == len(added)


def side_of(text: str) -> Side:
    return Side("en", Document.from_segments([text]).segments or ())


def test_a_number_that_only_one_side_has_is_a_difference() -> None:
    source, target = f"{ARABIC} عام 2024", ENGLISH
    bitext = Bitext(
        Side("ar", Document.from_segments([source]).segments or ()), side_of(target), (), inside=INSIDE
    )
    found = bitext.differences(Bead((0,), (0,), 0.9))
    assert any(d.side == "source" and "2024" in source[slice(*d.span)] for d in found)


@given(st.lists(st.floats(-2, 2), max_size=30))
def test_differences_are_the_heaviest_runs(gains: list[float]) -> None:
    """Against all stretches, one by one."""
    runs = list(_runs(gains))
    assert all(weight >= LEAST for *_, weight in runs)
    stretches = [sum(gains[i:j]) for i in range(len(gains)) for j in range(i + 1, len(gains) + 1)]
    best = max(stretches, default=0)
    assert max((weight for *_, weight in runs), default=0) == pytest.approx(best if best >= LEAST else 0)
    taken = [k for first, last, _ in runs for k in range(first, last)]
    assert len(taken) == len(set(taken))


def test_candidates_of_what_is_alone_come_best_first() -> None:
    source = read(SEEDS / "baku.ar.txt")
    bitext = polyalign.Aligner().pair(source, read(SEEDS / "baku.en.txt"))
    for bead in (bead for bead in bitext.beads if bead.kind == "1-1" and (bead.score or 0) > 0.9):
        first, *others = bitext.candidates("source", bead.source[0])
        assert bead.target[0] in first.ids
        assert first.score >= max((one.score for one in others), default=0)
        back = bitext.candidates("target", bead.target[0], k=1)
        assert bead.source[0] in back[0].ids
    taken = [i for one in bitext.candidates("source", 0, k=5) for i in one.ids]
    assert len(taken) == len(set(taken))
    with pytest.raises(UsageError, match="there is no source segment 999"):
        bitext.candidates("source", 999)


def test_candidates_go_to_json_and_back() -> None:
    bitext = with_candidates(
        polyalign.Aligner().pair(read(SEEDS / "baku.ar.txt"), read(SEEDS / "baku.en.txt"))
    )
    alone = [s for s in bitext.unaligned("target") if s.alignable]
    assert alone
    assert all(s.candidates for s in alone)
    assert Bitext.from_json(bitext.to_json()) == bitext


EVIDENCE = {
    "cosine": 0.8,
    "margin_low": 0.3,
    "numbers_shared": 1.0,
    "content_words": 9.0,
    "content_linked": 7.0,
}


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "7 of 9"), ("tr", "9 içinde 7"), ("ar", "7 من 9"), ("ar-EG", "7 من 9"), ("xx", "7 of 9")],
)
def test_a_bead_says_why_it_is_one(language: str, said: str) -> None:
    bead = Bead((0,), (0,), 0.9, evidence=EVIDENCE)
    assert said in bead.explain(language)
    against = replace(bead, evidence={**EVIDENCE, "margin_low": 0.01, "length_ratio": 0.9})
    assert len(against.explain(language)) > len(bead.explain(language))
    assert Bead((0,), (0,), 1.0).explain(language).endswith(".")


@given(st.dictionaries(st.sampled_from([*EVIDENCE, "support", "length_ratio"]), st.floats(-3, 3)))
def test_every_evidence_has_words_in_all_languages(evidence: dict[str, float]) -> None:
    said = [Bead((0,), (0,), 0.9, evidence=evidence).explain(tag) for tag in LANGUAGES]
    assert all(text.endswith(".") and "{" not in text for text in said)
    assert len({text.count(".") for text in said}) == 1


# Hostile input


@pytest.mark.parametrize(
    "text",
    ["قال \ud83d\ude00 النبي \udfff", "قال النبي ﷺ إن الله ﷻ", "ﷺ", "x ﷺ y", "ﷺﷻ", "ﺑـﷲ ﷺﻻ"],
)
def test_odd_characters_have_places_of_their_own(text: str) -> None:
    found = links(text, f"{text} God said peace to the prophet")
    assert found
    ours = sorted({link.source for link in found})
    assert all(start < end for start, end in ours)
    assert all(before[1] <= after[0] for before, after in pairwise(ours))


def test_a_word_without_an_end_is_refused_before_it_is_read() -> None:
    with pytest.raises(InputError, match="20,000 characters are too many to link"):
        links("a" * 2_000_000, "b", "en")


def test_a_bead_that_is_too_long_leaves_the_others_their_words() -> None:
    sides = [Document.from_segments([text, "كلمة " * 5000]).segments or () for text in (ARABIC, ENGLISH)]
    beads = (Bead((0,), (0,), 0.9), Bead((1,), (1,), 0.9))
    bitext = Bitext(Side("ar", sides[0]), Side("en", sides[1]), beads, inside=INSIDE)
    found = linked(bitext)
    assert [bool(bead.words) for bead in found.beads] == [True, False]
    assert found.notes[0].startswith("the words of 1 beads are not linked: more than 20,000 characters")
    with pytest.raises(InputError, match="too many to link"):
        bitext.words(beads[1])


@pytest.mark.parametrize("bead", [Bead((99,), (0,), 1.0), Bead((-1,), (0,), 1.0), Bead((), (0,), 1.0)])
def test_a_bead_of_another_bitext_is_refused(bead: Bead, pair: tuple[Document, Document, Bitext]) -> None:
    with pytest.raises(UsageError, match="must name segments that there are"):
        pair[2].words(bead)
    with pytest.raises(UsageError, match="no side 'both'"):
        pair[2].candidates("both", 0)  # type: ignore[arg-type]


def test_candidates_of_lone_surrogates() -> None:
    sides = [Document.from_segments([text, "\ud800 x"]).segments or () for text in (ARABIC, ENGLISH)]
    bitext = Bitext(Side("ar", sides[0]), Side("en", sides[1]), (), inside=INSIDE)
    assert bitext.candidates("source", 0)[0].ids == (0,)


NAN = float("nan")


@pytest.mark.parametrize(
    "inside",
    [
        {"words": [[10**9, 10**9 + 5, 0, 3, 0.5]]},
        {"words": [[-5, -2, 0, 3, 0.5]]},
        {"words": [[5, 2, 0, 3, 0.5]]},
        {"words": [[0, 2, 0, 3, 7.5]]},
        {"words": [[0, 2, 0, 3, NAN]]},
        {"words": [[0, 2]]},
        {"differences": [["source", 10**9, 10**9 + 2, 1.0]]},
        {"differences": [["source", 0, 2, NAN]]},
        {"differences": [["both", 0, 2, 1.0]]},
        {"explanation": 3},
        {"candidates": [{"segments": [9999], "score": 0.5}]},
        {"candidates": [{"segments": [], "score": 0.5}]},
        {"candidates": [{"segments": [0], "score": 5}]},
        {"candidates": [{"segments": [0], "others": [-1], "score": 0.5}]},
    ],
)
def test_what_is_not_inside_a_bead_is_refused_and_a_fault(
    inside: dict[str, object], pair: tuple[Document, Document, Bitext], tmp_path: Path
) -> None:
    data = json.loads(linked(pair[2]).to_json())
    assert Bitext.from_json(json.dumps(data))
    (tmp_path / "right.json").write_text(json.dumps(data), encoding="utf-8")
    assert validate(tmp_path / "right.json") == []
    holder = data["source"]["segments"][0] if "candidates" in inside else data["beads"][0]
    holder.update(inside)
    with pytest.raises(InputError):
        Bitext.from_json(json.dumps(data))
    (tmp_path / "wrong.json").write_text(json.dumps(data), encoding="utf-8")
    assert len(validate(tmp_path / "wrong.json")) == 1


@pytest.mark.parametrize("form", ["pharaoh", "talp", "moses"])
def test_no_text_is_replaced_by_its_words(
    form: str, pair: tuple[Document, Document, Bitext], tmp_path: Path
) -> None:
    bitext = linked(pair[2])
    path = tmp_path / "book.ar"
    path.write_text(pair[0].text, encoding="utf-8")
    own = replace(bitext, source=replace(bitext.source, path=str(path)))
    with pytest.raises(UsageError, match="is the text itself"):
        write(own, tmp_path / f"book.{form}")
    assert path.read_text(encoding="utf-8") == pair[0].text


def test_a_format_without_a_place_for_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(SEEDS / f"baku.{tag}.txt") for tag in ("ar", "en")]
    assert main(["pair", *paths, "--candidates", "--format", "tsv", "--no-progress"]) == 0
    assert (
        "note: tsv does not hold what --candidates finds: take one of json jsonl" in capsys.readouterr().err
    )


@given(st.lists(st.tuples(*[st.integers(0, 20_000).map("a".__mul__)] * 2), max_size=90))
def test_pairs_are_read_together_in_order_and_fewer_of_long_ones(pairs: list[tuple[str, str]]) -> None:
    found = [*batches(iter(pairs))]
    assert [pair for batch in found for pair in batch] == pairs
    for batch in found:
        assert 1 <= len(batch) <= 32
        assert sum(len(text) for pair in batch[:-1] for text in pair) < 50_000
    assert len([*batches([("a", "b")] * 128)]) == 4
