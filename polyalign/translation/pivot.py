"""Two translators one after the other, for pairs that no model serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyalign.translation.protocol import Progress, Translation, Translator, flags_in_order, silent


@dataclass(frozen=True)
class Pivot:
    """From the language of the first translator to that of the second, through the one between."""

    first: Translator
    second: Translator

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.first.name}, then {self.second.name}"

    @property
    def identity(self) -> str:
        """Both identities."""
        return f"{self.first.identity} | {self.second.identity}"

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        """One translation a text, in the same order, with the flags of both legs."""
        total = len(texts)
        between = self.first.translate(texts, progress=lambda done, _: progress(done // 2, total))
        last = self.second.translate(
            [made.text for made in between], progress=lambda done, _: progress((total + done) // 2, total)
        )
        results = []
        for legs in zip(between, last, strict=True):
            flags = {flag for leg in legs for flag in leg.flags}
            if not all("passed" in leg.flags for leg in legs):
                flags.discard("passed")
            sure = [leg.quality for leg in legs if leg.quality is not None]
            results.append(Translation(legs[1].text, flags_in_order(flags), min(sure, default=None)))
        return results
