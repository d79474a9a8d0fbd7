"""What every translator gives, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

Progress = Callable[[int, int], None]  # segments done, segments in all

FLAGS = {
    "passed": "nothing to translate, left as it was",
    "split": "long or of several sentences, translated in parts",
    "repetition": "went round in circles, tried again",
    "empty": "came out empty, tried again",
    "length": "far shorter or longer than the source",
    "unknown": "with characters that the model does not know",
    "untranslatable": "what came out is no translation, and is not shown",
}


def silent(done: int, total: int) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Translation:
    """The text in the other language, and what the reader should know of how it came about.

    `flags` are keys of FLAGS, in that order, none twice. `quality` is how probable it is that the text
    says what its source says, 0 to 1; None where nothing was translated, or nobody can tell. A text that
    is "untranslatable" by this translator is "".
    """

    text: str
    flags: tuple[str, ...] = ()
    quality: float | None = None


class Translator(Protocol):
    """Texts of one language in, the same in another out.

    `name` is for the reader. `identity` holds all that the results depend on: the revision or
    digest of the weights, the target code, the backend and its precision.
    """

    @property
    def name(self) -> str:
        """The repository or the folder."""

    @property
    def identity(self) -> str:
        """All that its output depends on."""

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        """One translation a text, in the same order."""
        ...


def each_once(
    texts: Sequence[str], make: Callable[[str], Translation], progress: Progress
) -> list[Translation]:
    """What is made of each text, in the same order; of what comes several times once."""
    made: dict[str, Translation] = {}
    for done, text in enumerate(texts):
        progress(done, len(texts))
        if text not in made:
            made[text] = make(text)
    progress(len(texts), len(texts))
    return [made[text] for text in texts]


def flags_in_order(flags: set[str]) -> tuple[str, ...]:
    """The flags in the order of FLAGS."""
    return tuple(flag for flag in FLAGS if flag in flags)
