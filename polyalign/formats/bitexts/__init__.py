"""Files of pairs as bitexts, and bitexts as files of pairs."""

from polyalign.formats.bitexts.pairs import (
    MAX_UNITS,
    PACKED,
    SUFFIXES,
    bitext_of,
    format_of_units,
    holds_pairs,
    opened,
    read_bitext,
    read_units,
    updatable,
)

__all__ = [
    "MAX_UNITS",
    "PACKED",
    "SUFFIXES",
    "bitext_of",
    "format_of_units",
    "holds_pairs",
    "opened",
    "read_bitext",
    "read_units",
    "updatable",
]
