"""Terms of a field: found in aligned pairs, and glossaries as files of other tools.

word links --> candidates;  TSV, TBX --> Term --> TSV, TBX
"""

from polyalign.terms.extraction import TermCandidate, candidates
from polyalign.terms.termbases import FORMATS, parsed, read, unfit, written

__all__ = ["FORMATS", "TermCandidate", "candidates", "parsed", "read", "unfit", "written"]
