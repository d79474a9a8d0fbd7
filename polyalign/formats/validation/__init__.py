"""Is this TMX, XLIFF or JSON right, and if not, which line breaks which rule.

The grammars of TMX 1.4, XLIFF 1.2 and XLIFF 2.1 are in rules.toml; what a grammar cannot say (unique
ids, paired codes, languages that agree) is checked here. A file is read as a stream: memory grows
with its ids only.
"""

from polyalign.formats.validation.grammar import MAX_FAULTS, Fault, faults, validate

__all__ = ["MAX_FAULTS", "Fault", "faults", "validate"]
