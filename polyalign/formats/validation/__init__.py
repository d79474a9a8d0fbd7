"""Is this TMX, XLIFF or JSON right, and if not, which line breaks which rule."""

from polyalign.formats.validation.grammar import MAX_FAULTS, Fault, faults, validate

__all__ = ["MAX_FAULTS", "Fault", "faults", "validate"]
