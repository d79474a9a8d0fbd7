"""Pair the sample reports on the Baku conference, show what was found, write it as TMX.

python examples/pair.py [OUTPUT.tmx]
"""

import sys
from pathlib import Path

import polyalign

SEEDS = Path(__file__).parents[1] / "seeds"


def main(output: str = "baku.tmx") -> None:
    """Prints every bead and what only English says, then writes the bitext to `output`."""
    source, target = (polyalign.read(str(SEEDS / name)) for name in ("baku.ar.txt", "baku.en.txt"))
    bitext = polyalign.Aligner().pair(source, target)
    for bead in bitext.beads:
        print(f"{bead.kind}  {bead.score:.2f}")
        print(*(f"  {bitext.source.segments[i].shown}" for i in bead.source), sep="\n")
        print(*(f"  {bitext.target.segments[i].shown}" for i in bead.target), sep="\n")
    print("\nOnly in English:")
    print(*(f"  {segment.shown}" for segment in bitext.unaligned("target")), sep="\n")
    polyalign.write(bitext, output)


if __name__ == "__main__":
    main(*sys.argv[1:2])
