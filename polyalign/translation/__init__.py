"""Texts in one language -> the same in another, by MarianMT models that are on this machine."""

from __future__ import annotations

from polyalign.translation.opening import open_translator
from polyalign.translation.prepared import PreparedModel, prepare
from polyalign.translation.protocol import FLAGS, Progress, Translation, Translator

__all__ = ["FLAGS", "PreparedModel", "Progress", "Translation", "Translator", "open_translator", "prepare"]
