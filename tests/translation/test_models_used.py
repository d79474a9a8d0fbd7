"""Texts to translations: pieces, parts, batches, safeguards, and the two backends against each other."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import InputError
from polyalign.translation import FLAGS, Translation, prepare
from polyalign.translation.backend import BATCH_INPUTS, BEAM, Backend, Pieces, batches
from polyalign.translation.ct2 import CTranslate2
from polyalign.translation.marian import Marian
from polyalign.translation.pivot import Pivot
from polyalign.translation.prepared import convert
from polyalign.translation.protocol import flags_in_order
from polyalign.translation.safeguards import absurd_length, goes_round, nothing_to_translate
from polyalign.translation.splitting import joined, parts, sentences
from polyalign.translation.tokenizer import Tokenizer, cleaned
from polyalign.translation.transformers_backend import Transformers
from polyalign.translation.weights import END, PADDING, UNKNOWN
from tests.helpers.tiny_marian import ARABIC, ENGLISH, TURKISH, Tiny

pytest.importorskip("ctranslate2")
pytest.importorskip("transformers")

Row = tuple[str, Translation]
CYCLE = ["a", "b", "c"]


@dataclass
class Counting:
    """A backend that counts what it is asked."""

    backend: Backend
    asked: list[Pieces] = field(default_factory=list)

    @property
    def identity(self) -> str:
        return self.backend.identity

    def generate(self, batch: Sequence[Pieces], *, limit: int, again: bool = False) -> list[list[list[str]]]:
        self.asked += batch
        return self.backend.generate(batch, limit=limit, again=again)


@dataclass
class Scripted:
    """A backend that gives the same pieces for every input: on the first try, and on the second."""

    first: list[str]
    second: list[str]
    tries: list[bool] = field(default_factory=list)
    identity: str = "scripted"

    def generate(self, batch: Sequence[Pieces], *, limit: int, again: bool = False) -> list[list[list[str]]]:
        assert limit > 0
        self.tries.append(again)
        return [[self.second] * BEAM if again else [self.first] for _ in batch]


def marian(tiny: Tiny, code: str | None = None, backend: Backend | None = None) -> Marian:
    """The tiny model on CTranslate2 in int8, or on another backend."""
    prepared = prepare(tiny.folder)
    tokenizer = Tokenizer.of(tiny.folder)
    return Marian("tiny", prepared.identity, tokenizer, backend or CTranslate2(prepared.ctranslate2), code)


@pytest.fixture(scope="session")
def arabic(tiny_ar_en: Tiny) -> Marian:
    return marian(tiny_ar_en)


@pytest.fixture(scope="session")
def both_float(tiny_ar_en: Tiny, tmp_path_factory: pytest.TempPathFactory) -> tuple[Marian, Marian]:
    """The same weights in float32 on either backend."""
    prepared, tokenizer = prepare(tiny_ar_en.folder), Tokenizer.of(tiny_ar_en.folder)
    folder = tmp_path_factory.mktemp("float32") / "model"
    convert(prepared.safetensors.parent, tokenizer.vocabulary, folder, precision="float32")
    one = marian(tiny_ar_en, backend=CTranslate2(folder, "float32"))
    return one, marian(tiny_ar_en, backend=Transformers(prepared.safetensors.parent, tokenizer, "cpu"))


@pytest.fixture(scope="session")
def reference(tiny_en_mul: Tiny) -> Any:
    """transformers' own tokenizer of the model with two target languages."""
    transformers: Any = pytest.importorskip("transformers")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        return transformers.MarianTokenizer.from_pretrained(tiny_en_mul.folder, local_files_only=True)


# Pieces


@settings(max_examples=400)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_ids_are_those_of_marians_own_tokenizer(text: str, tiny_en_mul: Tiny, reference: Any) -> None:
    tokenizer, line = Tokenizer.of(tiny_en_mul.folder), cleaned(text)
    for sample in (line, f"The {line} minister", f"{line}🙂ŞĞ ﬁ ½ ‘’"):
        if not any(mark in sample for mark in (">>", END, PADDING, UNKNOWN)):
            expected = reference(sample)["input_ids"]
            assert tokenizer.ids(tokenizer.framed(tokenizer.pieces(sample), None)) == expected
            coded = tokenizer.ids(tokenizer.framed(tokenizer.pieces(sample), ">>tur<<"))
            assert coded == reference(f">>tur<<{sample}")["input_ids"]


@given(data=st.data())
def test_pieces_are_decoded_as_marians_own_tokenizer_decodes_them(
    data: st.DataObject, tiny_en_mul: Tiny, reference: Any
) -> None:
    tokenizer = Tokenizer.of(tiny_en_mul.folder)
    known = sorted(set(tokenizer.vocabulary) - tokenizer.codes)
    pieces = data.draw(st.lists(st.sampled_from(known), max_size=30))
    expected = reference.decode(tokenizer.ids(pieces), skip_special_tokens=True)
    assert tokenizer.text(pieces) == expected


@given(
    text=st.text(max_size=30), mark=st.sampled_from([">>tur<<", ">>ara<<", ">>xxx<<", END, UNKNOWN, PADDING])
)
def test_no_text_holds_a_mark_of_the_model(text: str, mark: str, tiny_en_mul: Tiny) -> None:
    tokenizer = Tokenizer.of(tiny_en_mul.folder)
    marks = {*tokenizer.codes, END, PADDING}
    for sample in (f"{mark}{text}", f"{mark} {text}", f"{text} {mark}", f"{text}{mark}{text}"):
        pieces = tokenizer.pieces(sample)
        assert not marks & set(pieces)
        assert all(piece in tokenizer.vocabulary for piece in pieces)


@given(text=st.text(st.characters(), max_size=80))
def test_what_a_model_reads_is_clean(text: str) -> None:
    line = cleaned(text)
    assert cleaned(line) == " ".join(line.split())
    assert line.encode("utf-8").decode("utf-8") == line
    assert not set("\n\r\0\u202e\u2066\ufeff") & set(line)


def test_joiners_stay_where_they_spell_words() -> None:
    assert cleaned("می\u200cروم \r\n و \u202bرفت\u202c\x00") == "می\u200cروم و رفت"
    assert cleaned("a\ud800b") == "a?b"


def test_an_unknown_target_code_is_refused_with_those_that_are_known(
    tiny_en_mul: Tiny, arabic: Marian
) -> None:
    tokenizer = Tokenizer.of(tiny_en_mul.folder)
    tokenizer.check_code(">>ara<<")
    with pytest.raises(InputError, match=r"no target code >>xxx<<: use one of >>ara<< >>tur<<"):
        tokenizer.check_code(">>xxx<<")
    with pytest.raises(InputError, match="takes no target code, and >>ara<< was asked for"):
        arabic.tokenizer.check_code(">>ara<<")


# Parts


def size(text: str) -> int:
    return len(text) // 3 + 1


WORDS = st.text(alphabet="ab çش日。؟.!,;،؛ \u2013", max_size=400)


@given(text=WORDS, limit=st.integers(4, 40))
def test_parts_are_the_text_and_none_is_too_long(text: str, limit: int) -> None:
    found = parts(text, size, limit)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(part.strip() and size(part) <= limit for part in found if part.strip())


@given(text=WORDS)
def test_a_part_is_not_cut_again(text: str) -> None:
    for part in parts(text, size, 20):
        assert parts(part, size, 20) == [part] or not part.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One and only.", ["One and only."]),
        ("The train arrived. It was late.", ["The train arrived.", "It was late."]),
        ("Dr. Smith and Prof. Jones met.", ["Dr. Smith and Prof. Jones met."]),
        ("هل وصل القطار؟ نعم، وصل.", ["هل وصل القطار؟", "نعم، وصل."]),
        ("“Is it so?” He laughed.", ["“Is it so?”", "He laughed."]),
        ("他来了。我走了！好？", ["他来了。", "我走了！", "好？"]),
        ("At 3.5 percent, e.g. here.", ["At 3.5 percent, e.g. here."]),
        ("", []),
    ],
)
def test_sentences_end_where_an_end_is_clear(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_long_texts_are_cut_at_the_strongest_mark_and_evenly() -> None:
    clauses = "aaaa bbbb cccc, dddd eeee ffff; gggg hhhh iiii, jjjj kkkk llll"
    assert parts(clauses, size, 12) == ["aaaa bbbb cccc, dddd eeee ffff;", "gggg hhhh iiii, jjjj kkkk llll"]
    lengths = [size(part) for part in parts("word " * 300, size, 100)]
    assert max(lengths) - min(lengths) < 10
    assert len(parts("x" * 90, size, 10)) == 7


def test_parts_are_joined_as_their_script_is_written() -> None:
    assert joined(["One.", "", "Two."]) == "One. Two."
    assert joined(["他来了。", "我走了。", "OK"]) == "他来了。我走了。 OK"


# Batches


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 600))
def test_batches_hold_every_index_once_and_keep_to_the_budget(sizes: list[int], budget: int) -> None:
    found = list(batches(sizes, budget))
    assert sorted(index for batch in found for index in batch) == list(range(len(sizes)))
    assert all(len(b) <= BATCH_INPUTS for b in found)
    assert all(len(b) == 1 or len(b) * max(sizes[i] for i in b) <= budget for b in found)
    assert [sizes[i] for batch in found for i in batch] == sorted(sizes, reverse=True)


# Safeguards


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "-",
        "...",
        "123",
        "١٢٣",
        "3.5%",
        "🙂🙂",
        "https://a.b/c?d=e",
        "x@y.org",
        "www.a.com 5",
        "€ 5",
    ],
)
def test_what_holds_no_word_is_not_translated(text: str) -> None:
    assert nothing_to_translate(text)


@pytest.mark.parametrize("text", ["a", "5 km", "نعم", "日", "see https://a.b", "it@ 5"])
def test_what_holds_a_word_is_translated(text: str) -> None:
    assert not nothing_to_translate(text)


@given(st.lists(st.integers(), min_size=1, max_size=60, unique=True))
def test_what_never_repeats_does_not_go_round(numbers: list[int]) -> None:
    assert not goes_round([str(number) for number in numbers])


@given(
    cycle=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6),
    start=st.lists(st.sampled_from("xyz")),
)
def test_loops_are_seen_unless_the_source_has_one(cycle: list[str], start: list[str]) -> None:
    looping = start + cycle * 10
    assert goes_round(looping)
    assert not goes_round(looping, looping)


def test_lengths_that_cannot_be() -> None:
    words = [str(i) for i in range(40)]
    assert absurd_length(words[:5], words)
    assert absurd_length(words, words[:5])
    assert not absurd_length(words, words[:20])
    assert not absurd_length(words[:1], words[:4])


@pytest.mark.parametrize(
    ("first", "second", "text", "flags"),
    [
        (["▁The", "▁"], [], "The", ()),
        ([], ["▁The"], "The", ("empty",)),
        (CYCLE * 9, ["▁The"], "The", ("repetition",)),
        (CYCLE * 9, CYCLE * 5, "abc" * 5, ("repetition",)),
        ([], [], "", ("empty",)),
        ([], CYCLE * 9, "abc" * 9, ("empty",)),
        ([str(i) for i in range(60)], [], "".join(str(i) for i in range(60)), ("length",)),
    ],
)
def test_what_comes_out_wrong_is_tried_once_more_and_flagged(
    first: list[str], second: list[str], text: str, flags: tuple[str, ...], tiny_ar_en: Tiny
) -> None:
    backend = Scripted(first, second)
    (made,) = marian(tiny_ar_en, backend=backend).translate([ARABIC[12]])
    assert (made.text, made.flags) == (text, flags)
    assert backend.tries == ([False, True] if {"empty", "repetition"} & set(flags) else [False])


# The whole


def test_it_translates_what_it_learnt(arabic: Marian) -> None:
    made = arabic.translate(ARABIC)
    right = [one.text == english for one, english in zip(made, ENGLISH, strict=True)]
    assert sum(right) >= len(right) - 2  # int8 may lose one
    assert not any(one.flags for one, known in zip(made, right, strict=True) if known)


def test_float32_gives_the_same_text_on_both_backends(both_float: tuple[Marian, Marian]) -> None:
    one, other = (translator.translate(ARABIC) for translator in both_float)
    assert one == other == [Translation(text) for text in ENGLISH]


def test_what_starts_an_output_is_not_taken_for_zero(tiny_ar_en: Tiny) -> None:
    """The padding's embedding has learnt something here, so the test above would see it left out."""
    safetensors: Any = pytest.importorskip("safetensors.torch")
    tensors = safetensors.load_file(tiny_ar_en.folder / "model.safetensors")
    assert float(tensors["model.shared.weight"][-1].abs().max()) > 0.01


def test_nonsense_comes_out_alike_on_both_backends_if_they_search_as_long(
    both_float: tuple[Marian, Marian], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but what runs on to the limit, where the two cut in different ways."""
    monkeypatch.setattr("polyalign.translation.ct2.PATIENCE", BEAM)
    shuffled, words = random.Random(3), " ".join(ARABIC).split()
    tokenizer = both_float[0].tokenizer
    texts = [" ".join(shuffled.sample(words, shuffled.randint(2, 6))) for _ in range(20)]
    sources = [tokenizer.framed(tokenizer.pieces(text), None) for text in texts]
    one, other = (translator.backend.generate(sources, limit=80) for translator in both_float)
    ended = [(a, b) for a, b in zip(one, other, strict=True) if max(len(a[0]), len(b[0])) < 75]
    assert len(ended) > len(texts) / 2
    assert all(a == b for a, b in ended)


def test_the_target_code_chooses_the_language(tiny_en_mul: Tiny) -> None:
    for code, known in ((">>ara<<", ARABIC), (">>tur<<", TURKISH)):
        made = marian(tiny_en_mul, code).translate(ENGLISH)
        assert sum(one.text == text for one, text in zip(made, known, strict=True)) >= len(known) - 3


@pytest.mark.parametrize("mark", [">>tur<<", ">>xxx<<", ">> tur <<", "</s>", "<pad>"])
def test_a_text_cannot_choose_its_language(mark: str, tiny_en_mul: Tiny) -> None:
    backend = Counting(marian(tiny_en_mul).backend)
    (made,) = marian(tiny_en_mul, ">>ara<<", backend).translate([f"{mark} {ENGLISH[1]}"])
    asked = backend.asked[0]
    assert asked[0] == ">>ara<<"
    assert asked[-1] == END
    assert not {">>tur<<", END, PADDING} & set(asked[1:-1])
    assert made.text


def test_what_has_no_word_passes_as_it_is(arabic: Marian, tiny_ar_en: Tiny) -> None:
    backend = Counting(arabic.backend)
    texts = ["", " \t", "-", "123", "🙂", "https://a.b/c", "日本語です"]
    made = marian(tiny_ar_en, backend=backend).translate(texts)
    assert [one.text for one in made] == texts
    assert [one.flags for one in made] == [("passed",)] * 6 + [("passed", "unknown")]
    assert not backend.asked


def test_a_text_that_comes_twice_is_translated_once(arabic: Marian, tiny_ar_en: Tiny) -> None:
    backend = Counting(arabic.backend)
    made = marian(tiny_ar_en, backend=backend).translate([ARABIC[0], ARABIC[1], f" {ARABIC[0]}\n"] * 3)
    assert len(backend.asked) == 2
    assert made == made[:3] * 3


@given(order=st.permutations(range(len(ARABIC))))
@settings(max_examples=3)
def test_the_order_of_the_texts_does_not_matter(order: list[int], arabic: Marian) -> None:
    made = dict(zip(ARABIC, arabic.translate(ARABIC), strict=True))
    shuffled = arabic.translate([ARABIC[i] for i in order])
    assert shuffled == [made[ARABIC[i]] for i in order]


def test_several_sentences_are_translated_one_by_one_and_said_so(arabic: Marian) -> None:
    (made,) = arabic.translate([f"{ARABIC[1]}\r\n{ARABIC[10]}"])
    assert made == Translation(f"{ENGLISH[1]} {ENGLISH[10]}", ("split",))


@pytest.mark.parametrize("text", ["الرئيس " * 2900, "س" * 20_000, "سفينة، " * 2900, "نعم🙂" * 5000])
def test_texts_of_20000_characters(text: str, arabic: Marian, tiny_ar_en: Tiny) -> None:
    backend = Counting(arabic.backend)
    (made,) = marian(tiny_ar_en, backend=backend).translate([text])
    assert "split" in made.flags
    assert made.text
    assert max(map(len, backend.asked)) <= 130


@pytest.mark.parametrize(
    "text",
    [
        "الرئيس 🙂",
        "\0الرئيس\ud800",
        "\u202eالرئيس\u2066",
        "الرئيس said привет 日本",
        "Ａ１ الرئيس ½",
        "'; DROP",
    ],
)
def test_odd_characters_do_no_harm(text: str, arabic: Marian) -> None:
    (made,) = arabic.translate([text])
    assert made.text
    assert made.text.encode("utf-8")
    assert set(made.flags) <= set(FLAGS)


def test_characters_that_the_model_lacks_are_told(arabic: Marian) -> None:
    assert "unknown" in arabic.translate(["افتتح الرئيس ☃ المكتبة"])[0].flags


def test_progress_only_rises_and_ends_at_the_end(arabic: Marian) -> None:
    seen: list[tuple[int, int]] = []
    arabic.translate([*ARABIC, "-"] * 20, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (500, 500)


def test_no_texts_are_no_translations(arabic: Marian) -> None:
    assert arabic.translate([]) == []


def test_the_identity_holds_all_that_matters(tiny_en_mul: Tiny) -> None:
    reference = Transformers(tiny_en_mul.folder, Tokenizer.of(tiny_en_mul.folder))
    kinds = [(">>ara<<", None), (">>tur<<", None), (">>ara<<", reference)]
    identities = [marian(tiny_en_mul, code, backend).identity for code, backend in kinds]
    assert len(set(identities)) == 3
    assert identities == [marian(tiny_en_mul, code, backend).identity for code, backend in kinds]


def test_the_pivot_goes_through_both(arabic: Marian, tiny_en_mul: Tiny) -> None:
    pivot = Pivot(arabic, marian(tiny_en_mul, ">>tur<<"))
    seen: list[tuple[int, int]] = []
    made = pivot.translate([*ARABIC, "123"], progress=lambda done, total: seen.append((done, total)))
    right = Counter(one.text == turkish for one, turkish in zip(made, TURKISH, strict=False))
    assert right[True] >= len(TURKISH) - 4
    assert made[-1] == Translation("123", ("passed",))
    assert seen == sorted(seen)
    assert seen[-1] == (25, 25)
    assert pivot.identity != arabic.identity


@given(st.lists(st.sampled_from(list(FLAGS))))
def test_flags_are_in_order_and_none_comes_twice(flags: list[str]) -> None:
    ordered = flags_in_order(set(flags))
    assert set(ordered) == set(flags)
    assert [flag for flag in FLAGS if flag in ordered] == list(ordered)


def test_a_batch_does_not_change_its_members(both_float: tuple[Marian, Marian]) -> None:
    """What fills up a short input is not read."""
    for translator in both_float:
        tokenizer, backend = translator.tokenizer, translator.backend
        sources = [tokenizer.framed(tokenizer.pieces(text), None) for text in ARABIC[:12:5]]
        together = backend.generate(sources, limit=40)
        assert together == [backend.generate([source], limit=40)[0] for source in sources]
