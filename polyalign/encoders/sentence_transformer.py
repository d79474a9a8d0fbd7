"""Any model of the sentence-transformers library, such as LaBSE."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from polyalign.characters import whole_characters
from polyalign.encoders.pooling import pooled_spans, unit_length
from polyalign.errors import NotInstalledError
from polyalign.protocols import Spans, Vectors


class SentenceTransformerEncoder:
    """The model of a hub name or a folder; it is never downloaded here, only loaded.

    It does not say which languages it covers, so the caller must know.
    """

    languages = None
    calibrated = False

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), dimensions). Raises NotInstalledError without package or model."""
        vectors = self._model.encode(
            [*map(whole_characters, texts)], show_progress_bar=False, convert_to_numpy=True
        )
        return unit_length(np.asarray(vectors, dtype=np.float32))

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors of spans; those of several units are sums of their units."""
        return pooled_spans(self.encode, units, spans)

    @cached_property
    def _model(self) -> Any:
        try:
            library = importlib.import_module("sentence_transformers")
        except ImportError as error:
            raise NotInstalledError(
                f"the encoder {self.name} needs sentence-transformers: "
                "pip install 'polyalign[sentence-transformers]'"
            ) from error
        try:
            return library.SentenceTransformer(self.name, local_files_only=True)
        except (OSError, ValueError) as error:
            local = self.name.startswith(("/", "."))
            advice = "check the path" if local else f"hf download {self.name}"
            raise NotInstalledError(f"the encoder {self.name} is not on this machine: {advice}") from error
