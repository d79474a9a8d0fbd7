"""What a run is asked for: all that its result depends on; and how one follows a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any, get_args

from polyalign.corpus.neighbours import Progress, silent
from polyalign.errors import UsageError
from polyalign.pipeline import Aligner, Mode

Bar = Callable[[str, str], AbstractContextManager[Progress]]  # (verb, unit): who follows a stage

MIXED = "mixed"  # the side of documents in one folder, until their language is known


def unwatched(*_: str) -> AbstractContextManager[Progress]:
    """A stage whose progress nobody follows."""
    return nullcontext(silent)


@dataclass(frozen=True)
class CorpusOptions:
    """What the result of a run depends on.

    `source` and `target` are folders, patterns, or files of documents (JSONL, Parquet); without a target
    one folder holds both sides. Where there are `languages`, the first is that of the source and the
    others, or those in `to`, are those of the target: documents in others are left out. `best` is how
    many partners a document may have, `threshold` (0..1) how probable a pair of documents must be,
    `window` how many days apart they may be where both have a date (None: any). `min_score`, `encoder`
    and `mode` are those of `Aligner`.
    """

    source: str
    target: str
    languages: tuple[str, ...]
    to: tuple[str, ...]
    best: int
    threshold: float
    window: int | None
    min_score: float
    encoder: str
    mode: Mode

    def __post_init__(self) -> None:
        for name in ("threshold", "min_score"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}: it is a probability, give 0 to 1")
        if self.best < 1 or (self.window is not None and self.window < 0):
            raise UsageError("best is 1 or more partners, window 0 or more days: give such numbers")
        if self.mode not in get_args(Mode):
            raise UsageError(f"unknown mode {self.mode!r}: use one of {', '.join(get_args(Mode))}")
        if self.to and len(self.languages) > 1:
            raise UsageError("languages names those of the target already: leave out to")
        if both := set(self.wanted["source"]) & set(self.wanted["target"]):
            raise UsageError(f"both sides are to be in {min(both)}: name other languages for the target")
        if not self.target and not (self.wanted["source"] and self.wanted["target"]):
            raise UsageError("one folder holds both sides: name their languages, as in --languages ar,en")

    @property
    def wanted(self) -> dict[str, tuple[str, ...]]:
        """The languages that each side may have; none means all."""
        source, target = self.languages[:1], self.languages[1:] + self.to
        return {MIXED: source + target, "source": source, "target": target}

    @property
    def asked(self) -> tuple[str, str]:
        """The languages to take of a file of pairs; "" where any, or one of several, will do."""
        source, target = self.wanted["source"], self.wanted["target"]
        return (source[0] if source else ""), (target[0] if len(target) == 1 else "")

    @property
    def signature(self) -> str:
        """That of the aligner."""
        return Aligner(self.encoder, mode=self.mode, min_score=self.min_score, translate="off").signature

    def told(self) -> dict[str, Any]:
        """The arguments as the manifest of a run has them."""
        return json.loads(json.dumps(asdict(self))) | {"signature": self.signature}  # type: ignore[no-any-return]
