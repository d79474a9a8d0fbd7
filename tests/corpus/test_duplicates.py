"""Near duplicates are grouped, whatever the order; translations and reports of one form are not."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.corpus.bags import Bag
from polyalign.corpus.duplicates import ALIKE, PLACES, alike, groups, shingles
from polyalign.spelling import numbers

WORDS = [a + b + c for a in "bdfgklmn" for b in "aeiou" for c in "lmnrst"]
REPORT = """The city opened a library on the bank of the river on Monday. It holds forty thousand books in
nine languages. The mayor thanked the masons, who had worked through the winter of 2023. Schools may borrow
200 books at a time. The old library by the station will become a museum of railways."""
SHORTER = REPORT[: REPORT.index(" The old library")]
REVISED = REPORT.replace("forty", "forty-two").replace("on Monday", "yesterday") + " It opens at 9."
ARABIC = "افتتحت المدينة مكتبة على ضفة النهر يوم الاثنين. وتضم المكتبة أربعين ألف كتاب بتسع لغات."
OTHER = "Onions went up in price again, and traders at the market blame the rain of the last 12 days for it."


def heap(texts: Sequence[str], languages: Sequence[str] = ()) -> Bag:
    """Documents with as many sentences as they have full stops."""
    starts = np.cumsum([0, *(text.count(".") for text in texts)])
    return Bag(
        keys=[f"{text[:20]}{len(text)}" for text in texts],
        languages=languages or ["en"] * len(texts),
        dates=[""] * len(texts),
        starts=starts,
        sentences=np.zeros((int(starts[-1]), 4), dtype=np.float16),
        numbers=[numbers(text) for text in texts],
        names=[frozenset()] * len(texts),
        digests=[frozenset(shingles(text)) for text in texts],
    )


def prose(seed: int, count: int) -> list[str]:
    dice = random.Random(seed)
    return [dice.choice(WORDS) for _ in range(count)]


def runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[k : k + 3]) for k in range(len(words) - 2)}


def together(texts: Sequence[str], languages: Sequence[str] = ()) -> set[frozenset[int]]:
    return {frozenset(group) for group in groups(heap(texts, languages))}


@given(st.text())
def test_a_sketch_is_small_sorted_and_the_same_for_the_same_text(text: str) -> None:
    sketch = shingles(text)
    assert sketch == shingles(text) == tuple(sorted(set(sketch)))
    assert len(sketch) <= PLACES
    assert all(0 <= digest < 1 << 38 for digest in sketch)
    assert len({digest % PLACES for digest in sketch}) == len(sketch)


@given(st.integers(0, 200), st.integers(60, 400), st.floats(0, 1))
def test_likeness_is_about_the_share_of_runs_in_common(seed: int, count: int, kept: float) -> None:
    one = prose(seed, count)
    other = one[: round(kept * count)] + prose(seed + 1000, count - round(kept * count))
    truth = len(runs(one) & runs(other)) / len(runs(one) | runs(other))
    ours, theirs = (frozenset(shingles(" ".join(words))) for words in (one, other))
    assert alike(ours, theirs) == alike(theirs, ours)
    assert alike(ours, theirs) == pytest.approx(truth, abs=0.35)
    assert alike(ours, ours) == 1


@pytest.mark.parametrize(
    "copy", [SHORTER, REVISED, REPORT.upper(), REPORT.replace(" ", "\n"), f"{REPORT} Reuters."]
)
def test_copies_cuts_and_revisions_are_one_group(copy: str) -> None:
    assert together([OTHER, REPORT, copy]) == {frozenset({0}), frozenset({1, 2})}


def test_the_longest_stands_for_the_others() -> None:
    bag = heap([SHORTER, OTHER, REVISED, REPORT])
    assert groups(bag) == ((1,), (2, 0, 3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("شَارَكَ الرَّئِيسُ فِي المُؤْتَمَرِ أَمْسِ صَبَاحًا.", "شارك الرئيس في المؤتمر امس صباحا."),
        ("Kısa bir haber.", "Kısa bir haber."),
        (
            "新しい図書館が月曜日に開館した。蔵書は四万冊である。",
            "新しい図書館が月曜日に開館した。蔵書は四万冊ある。",
        ),
    ],
)
def test_vowel_marks_short_texts_and_scripts_without_spaces(one: str, other: str) -> None:
    assert together([one, other]) == {frozenset({0, 1})}


def test_one_text_in_two_languages_is_no_duplicate() -> None:
    assert together([REPORT, ARABIC, REPORT], ["en", "ar", "en-GB"]) == {frozenset({0, 2}), frozenset({1})}
    assert len(together([REPORT, REPORT], ["en", "de"])) == 2


def test_reports_of_one_form_that_differ_in_numbers_are_no_duplicates() -> None:
    form = (
        "The exchange closed at {} points. Banks lost most. {} shares rose and {} fell. Gold cost {} dollars."
    )
    dice = random.Random(1)
    texts = [form.format(*(dice.randint(10, 9999) for _ in range(4))) for _ in range(30)]
    assert len(together(texts)) == 30


def test_a_formula_that_hundreds_share_groups_nothing() -> None:
    footer = " ".join(prose(1, 60))
    texts = [f"{' '.join(prose(k, 120))}. {footer}." for k in range(2, 302)]
    copies = [f"{texts[k]} {' '.join(prose(k + 500, 12))}." for k in (0, 150, 299)]
    found = together([*texts, *copies])
    assert {group for group in found if len(group) > 1} == {
        frozenset({0, 300}),
        frozenset({150, 301}),
        frozenset({299, 302}),
    }


def test_progress_goes_to_the_end() -> None:
    seen: list[tuple[int, int]] = []
    groups(heap([*prose(1, 5), *prose(2, 5)][:3]), progress=lambda *done: seen.append(done))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_empty_documents_and_empty_bags() -> None:
    assert groups(heap([])) == ()
    assert together(["", "", OTHER]) == {frozenset({0}), frozenset({1}), frozenset({2})}


def family(seed: int) -> list[str]:
    """A few reports, some of them with copies that lack a sentence or have another one."""
    dice = random.Random(seed)
    texts = []
    for k in range(5):
        report = [" ".join(prose(seed * 10 + k, 12)) for _ in range(6)] + [" ".join(prose(seed + k, 30))]
        kept = [[part for part in report if dice.random() < 0.85] for _ in range(dice.randint(1, 3))]
        texts += [". ".join([*parts, dice.choice(WORDS)]) + "." for parts in kept]
    return texts


@given(st.integers(0, 40), st.randoms(use_true_random=False))
def test_the_order_of_the_documents_changes_nothing(seed: int, dice: random.Random) -> None:
    texts = family(seed)
    order = list(range(len(texts)))
    dice.shuffle(order)
    shuffled = together([texts[k] for k in order])
    assert {frozenset(order[k] for k in group) for group in shuffled} == together(texts)


@given(st.integers(0, 40))
def test_groups_part_the_documents_and_their_first_are_no_duplicates(seed: int) -> None:
    texts = family(seed)
    found = groups(heap(texts))
    assert sorted(k for group in found for k in group) == list(range(len(texts)))
    assert [group[0] for group in found] == sorted(group[0] for group in found)
    assert groups(heap([texts[group[0]] for group in found])) == tuple((k,) for k in range(len(found)))


@given(st.integers(0, 40))
def test_all_of_a_group_are_like_its_first(seed: int) -> None:
    bag = heap(family(seed))
    for first, *others in groups(bag):
        assert all(alike(bag.digests[first], bag.digests[k]) >= ALIKE for k in others)


@given(st.integers(0, 40), st.integers(0, 4))
def test_a_document_that_is_doubled_joins_the_group_of_its_twin(seed: int, number: int) -> None:
    texts = family(seed)
    doubled = groups(heap([*texts, texts[number]]))
    found = {frozenset(number if k == len(texts) else k for k in group) for group in doubled}
    assert found == together(texts)
