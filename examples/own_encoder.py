"""An encoder of your own: any object that turns strings into unit vectors.

This one counts words that both languages share (names in Latin letters, numbers), which is little; a real
one would call a model. python examples/own_encoder.py
"""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import polyalign

SEEDS = Path(__file__).parents[1] / "seeds"
SIZE = 512


class SharedWords:
    """Texts as bags of hashed trigrams; `calibrated` is False, as the weights do not know its cosines."""

    name = "shared-words"
    languages = frozenset({"en", "tr"})
    calibrated = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A unit vector for each text."""
        vectors = np.full((len(texts), SIZE), 1e-3, dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                for start in range(max(len(word) - 2, 1)):
                    vector[zlib.crc32(word[start : start + 3].encode()) % SIZE] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)  # type: ignore[no-any-return]

    def encode_spans(self, units: Sequence[str], spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
        """A unit vector for each run of units, as one text."""
        return self.encode([" ".join(units[start:stop]) for start, stop in spans])


def main() -> None:
    """Pairs the Turkish and the English report with it, and with the encoder that comes along."""
    texts = SEEDS / "space.tr.txt", SEEDS / "space.en.txt"
    for encoder in (SharedWords(), "use-m3"):
        print(polyalign.Aligner(encoder=encoder, translate="off").pair(*texts))


if __name__ == "__main__":
    main()
