"""CTranslate2: int8 on the processor, the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from polyalign.threads import cores
from polyalign.translation.backend import BEAM, NO_REPEAT, PATIENCE, Pieces
from polyalign.translation.weights import PADDING, UNKNOWN, damaged, needed


@dataclass(frozen=True)
class CTranslate2:
    """A converted model; it loads on first use."""

    folder: Path
    precision: str = "int8"

    @property
    def identity(self) -> str:
        """ "ctranslate2-int8"."""
        return f"ctranslate2-{self.precision}"

    def generate(self, batch: Sequence[Pieces], *, limit: int, again: bool = False) -> list[list[list[str]]]:
        """The hypotheses for each input; see Backend."""
        results = self._model.translate_batch(
            [list(pieces) for pieces in batch],
            beam_size=BEAM,
            patience=PATIENCE,
            num_hypotheses=BEAM if again else 1,
            no_repeat_ngram_size=NO_REPEAT if again else 0,
            max_decoding_length=limit,
            suppress_sequences=[[UNKNOWN], [PADDING]],
        )
        return [result.hypotheses for result in results]

    @cached_property
    def _model(self) -> Any:
        ctranslate2 = needed("ctranslate2")
        known = ctranslate2.get_supported_compute_types("cpu")
        kind = self.precision if self.precision in known else "default"
        try:
            return ctranslate2.Translator(
                str(self.folder), "cpu", compute_type=kind, inter_threads=1, intra_threads=cores()
            )
        except (RuntimeError, ValueError) as error:
            raise damaged(self.folder, error) from error
