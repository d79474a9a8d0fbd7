"""What the documents of one side say, as pairing and grouping see it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Bag:
    """The documents of one side, in one language or in several.

    `keys` are stable names: the path relative to its folder, or "file.jsonl:12". `dates` are days
    ("2024-09-15"), "" where none is known. The vectors of document k are the rows starts[k] to
    starts[k+1]-1 of `sentences` (n, dimensions): unit vectors of its content sentences, no boilerplate.
    `numbers` and `names` are those of `polyalign.spelling`: figures, and the sounds of names (of all
    words in scripts without capitals). `digests` are what near duplicates in one language share.
    """

    keys: Sequence[str]
    languages: Sequence[str]
    dates: Sequence[str]
    starts: NDArray[np.int64]
    sentences: NDArray[np.float16]
    numbers: Sequence[frozenset[str]]
    names: Sequence[frozenset[str]]
    digests: Sequence[frozenset[int]]

    def __len__(self) -> int:
        return len(self.keys)

    def vectors(self, number: int) -> NDArray[np.float16]:
        """The sentence vectors (n, dimensions) of one document."""
        return self.sentences[self.starts[number] : self.starts[number + 1]]


class NumberSets(Sequence[frozenset[int]]):
    """Many sets of numbers below 2 to the power 63 in 8 bytes each; a set is made when it is asked for."""

    def __init__(self, sets: Iterable[Iterable[int]]) -> None:
        self._members, self._starts = array("q"), array("q", [0])
        for numbers in sets:
            self._members.extend(numbers)
            self._starts.append(len(self._members))

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> frozenset[int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[frozenset[int]]: ...
    def __getitem__(self, index: int | slice) -> frozenset[int] | Sequence[frozenset[int]]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        at = index % len(self)
        return frozenset(self._members[self._starts[at] : self._starts[at + 1]])


class WordSets(Sequence[frozenset[str]]):
    """Many sets of words, each word kept once."""

    def __init__(self, sets: Iterable[Iterable[str]]) -> None:
        numbers: dict[str, int] = {}
        self._sets = NumberSets([numbers.setdefault(w, len(numbers)) for w in words] for words in sets)
        self._words = list(numbers)

    def __len__(self) -> int:
        return len(self._sets)

    @overload
    def __getitem__(self, index: int) -> frozenset[str]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[frozenset[str]]: ...
    def __getitem__(self, index: int | slice) -> frozenset[str] | Sequence[frozenset[str]]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        return frozenset(self._words[number] for number in self._sets[index])
