"""Speed and memory of TMX: a bitext of so many pairs out and back, beside lxml's xmlfile.

    python benchmarks/formats.py [--pairs 100000] [--rounds 3] [--json FILE]

The sentences are made up: Arabic against English words, 5 to 25 a sentence, the same in every run; a
tenth of the beads join two segments. Written are

polyalign   the TMX that `polyalign.write` writes: texts, scores, ids, files
xmlfile     the same texts in the same <tu>, <tuv> and <seg> with `lxml.etree.xmlfile`, and nothing else
props       the same elements, texts and properties with `xmlfile`

and read back are polyalign's units, as a list that is compared with what was written. The three writers
take turns in one process, each round writes with all of them to a file, and the best round counts; the
rates and the share of xmlfile are those of CPU seconds, as other work on the machine spoils the clock.
Megabytes are the peak of a process of its own that holds the bitext, writes it and reads it back once
(Unix only); xmlfile has none, as it has nothing to hold.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from common import NOTHING, decimals, markdown, save
from lxml import etree

from polyalign.bitext import Bitext
from polyalign.formats import write
from polyalign.formats.bitexts.tmx import units
from polyalign.formats.common import ids, joined
from polyalign.parts import Bead, Row, Segment, Side

ARABIC = (
    "قال الوزير إن السفينة عبرت المضيق صباح اليوم وأعلنت البلدية عن ترميم الجسر القديم قبل الشتاء".split()
)
ENGLISH = "the minister said that a ship of the old town crossed the strait before noon & left again".split()
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HEADER = {"creationtool": "x", "creationtoolversion": "1", "segtype": "sentence", "o-tmf": "x"}
HEADER |= {"adminlang": "en", "srclang": "ar", "datatype": "plaintext"}
HEAD = ("writer", "seconds", "CPU s", "pairs/s", "MB/s", "of xmlfile", "peak MB")


def made(pairs: int) -> Bitext:
    """A bitext of so many beads, the same whenever it is asked for."""
    dice = random.Random(pairs)
    beads, sources, targets = [], list[Segment](), list[Segment]()
    for k in range(pairs):
        sizes = dice.choice([(1, 1)] * 9 + [(1, 2)])
        placed = [
            _added(side, words, size, dice)
            for side, words, size in zip((sources, targets), (ARABIC, ENGLISH), sizes, strict=True)
        ]
        beads.append(Bead(placed[0], placed[1], round(dice.random(), 4 + k % 9)))
    return Bitext(Side("ar", tuple(sources), "a.txt"), Side("en", tuple(targets), "b.txt"), tuple(beads))


def _added(side: list[Segment], words: list[str], size: int, dice: random.Random) -> tuple[int, ...]:
    """The ids of so many new segments of a side."""
    first = len(side)
    for _ in range(size):
        text = " ".join(dice.choices(words, k=dice.randint(5, 25))) + "."
        start = side[-1].end + 1 if side else 0
        side.append(Segment(len(side), start, start + len(text), text))
    return tuple(range(first, len(side)))


def with_xmlfile(bitext: Bitext, path: Path, *, props: bool) -> None:
    """The texts of the beads, and with `props` their properties, as lxml writes them piece by piece."""
    with etree.xmlfile(str(path), encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element("tmx", version="1.4"):
            with xml.element("header", HEADER):
                pass
            with xml.element("body"):
                for row in bitext.rows():
                    _unit(xml, row, _props(row, bitext) if props else [])


def _unit(xml: Any, row: Row, props: list[tuple[str, str]]) -> None:
    with xml.element("tu"):
        for kind, value in props:
            with xml.element("prop", type=kind):
                xml.write(value)
        for language, segments in (("ar", row.source), ("en", row.target)):
            with xml.element("tuv", {XML_LANG: language}), xml.element("seg"):
                xml.write(joined(segments, language))


def _props(row: Row, bitext: Bitext) -> list[tuple[str, str]]:
    score = repr(row.bead.score) if row.bead else ""
    told = [("score", score), ("type", f"{len(row.source)}-{len(row.target)}")]
    told += [("source", ids(row.source)), ("target", ids(row.target))]
    told += [("source-file", bitext.source.path or ""), ("target-file", bitext.target.path or "")]
    return [(f"x-{kind}", value) for kind, value in told]


def read_back(bitext: Bitext, path: Path) -> None:
    """Reads all units. Raises SystemExit if they are not what was written."""
    with path.open("rb") as file:
        found = list(units(file, name=path.name))
    kept = ((unit.source_ids, unit.target_ids, unit.score) for unit in found)
    texts = (text for unit in found for text in unit.source)
    if list(kept) != [(b.source, b.target, b.score) for b in bitext.beads]:
        raise SystemExit("the beads that were read are not those that were written")
    if list(texts) != [segment.text for segment in bitext.source.segments]:
        raise SystemExit("the texts that were read are not those that were written")


def timed(bitext: Bitext, folder: Path, rounds: int) -> Iterator[tuple[str, float, float, int]]:
    """(what, seconds and CPU seconds of the best round, bytes) of the writers, by turns, and of reading."""
    path = folder / "polyalign.tmx"
    tasks: dict[str, tuple[Callable[[], None], Path]] = {
        "polyalign": (lambda: write(bitext, path), path),
        "xmlfile": (lambda: with_xmlfile(bitext, folder / "x.tmx", props=False), folder / "x.tmx"),
        "props": (lambda: with_xmlfile(bitext, folder / "p.tmx", props=True), folder / "p.tmx"),
        "read back": (lambda: read_back(bitext, path), path),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, (task, _) in tasks.items():
            start, start_cpu = time.perf_counter(), time.process_time()
            task()
            taken[name].append((time.perf_counter() - start, time.process_time() - start_cpu))
    for name, (_, file) in tasks.items():
        seconds, cpu = (min(column) for column in zip(*taken[name], strict=True))
        yield name, seconds, cpu, file.stat().st_size


def peak(pairs: int) -> float:
    """The peak megabytes of a new process that writes the pairs and reads them back."""
    own = [sys.executable, str(Path(__file__)), "--once", "--pairs", str(pairs)]
    return float(subprocess.run(own, stdout=subprocess.PIPE, check=True).stdout)


def once(pairs: int) -> None:
    """Writes and reads back in this process, and prints its peak in megabytes."""
    import resource

    bitext = made(pairs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "polyalign.tmx"
        write(bitext, path)
        read_back(bitext, path)
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    cells = (
        (
            row["what"],
            f"{row['seconds']:.2f}",
            f"{row['cpu_seconds']:.2f}",
            f"{row['pairs'] / row['cpu_seconds']:,.0f}",
            decimals(row["bytes"] / 1e6 / row["cpu_seconds"], 1),
            decimals(row["of_xmlfile"], 2),
            f"{row['peak_mb']:,.0f}" if row["peak_mb"] else NOTHING,
        )
        for row in rows
    )
    return markdown(HEAD, cells)


def main() -> None:
    """Measures, prints a table, and saves the figures where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        once(given.pairs)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = list(timed(made(given.pairs), Path(folder), given.rounds))
    plain = next(cpu for what, _, cpu, _ in found if what == "xmlfile")
    megabytes = peak(given.pairs)
    rows = [
        {
            "what": what,
            "pairs": given.pairs,
            "seconds": seconds,
            "cpu_seconds": cpu,
            "bytes": size,
            "of_xmlfile": None if what == "read back" else plain / cpu,
            "peak_mb": megabytes if what in ("polyalign", "read back") else None,
        }
        for what, seconds, cpu, size in found
    ]
    print(table(rows))
    save(given.json, rows)


if __name__ == "__main__":
    main()
