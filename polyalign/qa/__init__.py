"""What a checker of translations would look at twice: the texts of a row in, flags out."""

from polyalign.qa.flagging import DESCRIPTIONS, NAMES, Flag, flagged, flags
from polyalign.qa.glossary import NONE, Glossary, Term, places
from polyalign.qa.texts import Pair

__all__ = ["DESCRIPTIONS", "NAMES", "NONE", "Flag", "Glossary", "Pair", "Term", "flagged", "flags", "places"]
