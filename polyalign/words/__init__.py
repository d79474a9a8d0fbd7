"""Inside a pair: which words correspond, and what only one side says.

tokens -> features -> differences, links -> beads
    stems, a lexicon -> gloss; they and a table of affixes -> the parts that links lead to
"""

from polyalign.words.beads import linked
from polyalign.words.gloss import glossed
from polyalign.words.links import compare_many, one_sided

__all__ = ["compare_many", "glossed", "linked", "one_sided"]
