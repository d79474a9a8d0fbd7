"""What completes a link, on texts whose vectors count their letters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.alignment import EncodedSide, Group, Link, extended, grouped, spans_of
from polyalign.alignment.spans import Floats
from tests.helpers.made_encoder import Made

WORDS = "abcdefgh"


def encode(texts: Sequence[str]) -> Floats:
    """Unit vectors: how often each letter stands in a text."""
    counts = np.array([[text.count(word) for word in WORDS] for text in texts], dtype=np.float64)
    return np.asarray(counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9))


def side(sentences: Sequence[Sequence[str]], largest: int = 2) -> EncodedSide:
    """A side of sentences of clauses."""
    spans = spans_of([len(clauses) for clauses in sentences], largest)
    units = [clause for clauses in sentences for clause in clauses]
    return EncodedSide.of(
        spans, units, Made(lambda units, pairs: encode([" ".join(units[a:b]) for a, b in pairs]))
    )


def link(source: tuple[int, int], target: tuple[int, int], score: float = 0.9) -> Link:
    return Link(source, target, score, {"cosine": 0.5})


def sides(groups: Sequence[Group]) -> list[tuple[object, object]]:
    return [(group.source, group.target) for group in groups]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ([["ab"], ["ef"], ["cd"]], ((0, 1), (2, 3))),
        ([["ab"], ["ef", "cd"]], ((0, 1), (2, 3))),
        ([["ab"], ["cd"], ["ef"]], ((0, 2),)),
        ([["ab"], ["ef"], ["cd"], ["c"]], ((0, 1), (2, 3))),
        ([["ab"], ["ef"], ["ab"]], ((0, 1),)),
        ([["ab"], ["ef"], ["cg"]], ((0, 1),)),
        ([["abcd"], ["ef"], ["abcd"]], ((0, 1),)),
    ],
    ids=["apart", "a clause", "next to it", "one at most", "told twice", "little of it", "nothing left"],
)
def test_what_is_lacking_is_added(
    source: Sequence[Sequence[str]], expected: tuple[tuple[int, int], ...]
) -> None:
    """The target says abcd, and the link holds ab."""
    ours, theirs = side(source), side([["abcd"], ["h"]])
    links = [link((0, 1), (0, 1))]
    (group,) = extended(ours, theirs, links, encode)
    assert group.source == expected
    assert group.target == ((0, 1),)
    assert group.score == 0.9
    assert ("added" in group.evidence) == (expected != ((0, 1),))
    assert sides(extended(theirs, ours, [link((0, 1), (0, 1))], encode)) == [(((0, 1),), expected)]


def test_a_larger_group_than_the_sides_have_lacks_nothing() -> None:
    ours, theirs = side([["ab"], ["c"], ["e"], ["cd"]]), side([["ab"], ["cde"], ["f"]])
    (group,) = extended(ours, theirs, [link((0, 3), (0, 2))], encode)
    assert sides([group]) == [(((0, 3),), ((0, 2),))]


def test_the_gain_is_told() -> None:
    (group,) = extended(side([["ab"], ["ef"], ["cd"]]), side([["abcd"]]), [link((0, 1), (0, 1))], encode)
    assert group.evidence == {"cosine": 0.5, "added": pytest.approx(1 - 0.5**0.5, abs=1e-3)}


def test_doubtful_links_are_left_alone() -> None:
    texts = side([["ab"], ["ef"], ["cd"]]), side([["abcd"]])
    assert sides(extended(*texts, [link((0, 1), (0, 1), 0.49)], encode)) == [(((0, 1),), ((0, 1),))]
    assert extended(*texts, [], encode) == []


def test_what_is_taken_is_not_added() -> None:
    """cd says the rest, too, but it has a place of its own."""
    texts = side([["ab"], ["ef"], ["cd"]]), side([["abcd"], ["cdg"]])
    links = [link((0, 1), (0, 1)), link((2, 3), (1, 2))]
    assert extended(*texts, links, encode) == grouped(links)


sentences = st.lists(
    st.lists(st.text(WORDS, min_size=1, max_size=4), min_size=1, max_size=3), min_size=1, max_size=4
)


@given(sentences, sentences, st.data())
def test_additions_take_what_is_free_once(
    ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]], data: st.DataObject
) -> None:
    """Every link keeps its units, none is in two groups, and swapping the sides mirrors all of it."""
    source, target = side(ours), side(theirs)
    count = min(source.spans.units, target.spans.units)
    links = [link((k, k + 1), (k, k + 1)) for k in range(count) if data.draw(st.booleans())]
    groups = extended(source, target, links, encode)
    for one, group in zip(links, groups, strict=True):
        assert set(range(*one.source)) <= set(units(group.source))
        assert set(range(*one.target)) <= set(units(group.target))
    for taken in (
        [u for group in groups for u in units(group.source)],
        [u for group in groups for u in units(group.target)],
    ):
        assert len(taken) == len(set(taken))
    back = extended(target, source, [link(one.target, one.source) for one in links], encode)
    assert [(target, source) for source, target in sides(back)] == sides(groups)


def units(ranges: Sequence[tuple[int, int]]) -> list[int]:
    return [unit for stretch in ranges for unit in range(*stretch)]
