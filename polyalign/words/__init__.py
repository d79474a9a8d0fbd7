"""Inside a pair: which words correspond, by their vectors, their spelling and their neighbours.

tokens -> features -> links -> beads
"""

from polyalign.words.beads import bead_words, linked
from polyalign.words.links import link_many, link_words

__all__ = ["bead_words", "link_many", "link_words", "linked"]
