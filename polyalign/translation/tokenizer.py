"""Text to pieces and back, the same for every backend, without transformers.

A piece that the user wrote is never one of the model's own marks: `>>ara<<` or `</s>` in a text is
text. So a text cannot choose a language, and what the vocabulary lacks is `<unk>`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from polyalign.errors import InputError
from polyalign.translation.weights import END, PADDING, UNKNOWN, damaged, needed, read_vocabulary

_CODE = re.compile(r">>.+<<")
_SPACE = "▁"
_SHOWN_CODES = 12
# marks that only steer how text is drawn; joiners, which spell words, are none of them
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Tokenizer:
    """The two SentencePiece models of a folder and the vocabulary that both share."""

    vocabulary: dict[str, int]
    source: Any
    target: Any
    codes: frozenset[str]

    @classmethod
    def of(cls, folder: Path) -> Tokenizer:
        """The tokenizer of a model's folder. Raises UnreadableError for a file that is damaged."""
        vocabulary = read_vocabulary(folder / "vocab.json")
        source, target = (_sentencepiece(folder / f"{side}.spm") for side in ("source", "target"))
        return cls(vocabulary, source, target, frozenset(filter(_CODE.fullmatch, vocabulary)))

    def pieces(self, text: str) -> list[str]:
        """The pieces of a source text, all of them in the vocabulary; no end, no target code."""
        found = self.source.encode(cleaned(text), out_type=str)
        return [p if p in self.vocabulary and p not in self._marks else UNKNOWN for p in found]

    def text(self, pieces: Iterable[str]) -> str:
        """The target text of pieces; marks are left out."""
        words = [piece for piece in pieces if piece not in self._marks]
        return str(self.target.decode_pieces(words)).replace(_SPACE, " ").strip()

    def framed(self, pieces: Sequence[str], code: str | None) -> list[str]:
        """The pieces as the model takes them: the target code before, the end after."""
        return [*([code] if code else ()), *pieces, END]

    def ids(self, pieces: Iterable[str]) -> list[int]:
        """The numbers of pieces."""
        return [self.vocabulary[piece] for piece in pieces]

    def check_code(self, code: str | None) -> None:
        """Raise InputError, naming codes that the model has, unless it can be asked for this one."""
        if code is None or code in self.codes:
            return
        if not self.codes:
            raise InputError(f"the model takes no target code, and {code} was asked for: leave it out")
        raise InputError(f"the model has no target code {code}: use one of {self.shown_codes}")

    @property
    def shown_codes(self) -> str:
        """The target codes on one line, the first few of many."""
        known = sorted(self.codes)
        more = f" and {len(known) - _SHOWN_CODES} more" if len(known) > _SHOWN_CODES else ""
        return " ".join(known[:_SHOWN_CODES]) + more

    @cached_property
    def _marks(self) -> frozenset[str]:
        return self.codes | {END, UNKNOWN, PADDING}


def cleaned(text: str) -> str:
    """The text as a model reads it: on one line, without control characters and lone surrogates."""
    line = " ".join(text.split())
    if line.isprintable() and not _UNSEEN.search(line):
        return line
    seen = _UNSEEN.sub("", line).encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in seen if unicodedata.category(c) != "Cc")


def _sentencepiece(path: Path) -> Any:
    sentencepiece = needed("sentencepiece")
    try:
        if data := path.read_bytes():
            return sentencepiece.SentencePieceProcessor(model_proto=data)
    except (OSError, RuntimeError) as error:
        raise damaged(path, error) from error
    raise damaged(path, "it is empty")
