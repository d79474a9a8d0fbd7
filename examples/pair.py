"""Pair the sample reports on the Baku conference, show what was found, write it as TMX.

python examples/pair.py [OUTPUT.tmx]
"""

import sys
from pathlib import Path

import polyalign

SEEDS = Path(__file__).parents[1] / "seeds"


def main(output: str = "baku.tmx") -> None:
    """Prints every bead and what only English says, then writes the bitext to `output`."""
    bitext = polyalign.Aligner().pair(SEEDS / "baku.ar.txt", SEEDS / "baku.en.txt")
    for row in bitext:
        print(f"{row.score:.2f}\n  {row.source_text}\n  {row.target_text}")
    print("\nOnly in English:")
    print(*(f"  {segment.shown}" for segment in bitext.unaligned("target")), sep="\n")
    polyalign.write(bitext, output)


if __name__ == "__main__":
    main(*sys.argv[1:2])
