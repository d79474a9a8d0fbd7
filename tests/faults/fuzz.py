"""Feed what reads with damaged and made-up inputs: python tests/faults/fuzz.py --seconds 60 [TARGET ...]

Samples of each format are changed by bytes and by words of the format; what is deliberate
(PolyalignError) is fine, everything else and everything slow is a crasher, and is written into a
folder. It prints how many inputs each target had. With atheris installed, `--atheris TARGET` lets it choose
the inputs by the code that they reach.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

from polyalign import Bead, Bitext, Document, detect, read_bitext, segment, write
from polyalign.errors import PolyalignError
from polyalign.formats import read
from polyalign.formats.validation import validate
from polyalign.parts import Side
from polyalign.scoring import read_gold
from polyalign.segmentation.srx import parse_srx
from polyalign.terms import read as read_glossary

SLOW = 5.0  # seconds that no input of these sizes may take
MOST = 20_000  # bytes of an input
MEMORY = 500_000_000

Target = Callable[[bytes], object]

SRX = b"""<?xml version="1.0"?><srx xmlns="http://www.lisa.org/srx20" version="2.0">
<header cascade="yes"/><body><languagerules><languagerule languagerulename="D">
<rule break="no"><beforebreak>\\b(Mr|etc)\\.</beforebreak><afterbreak>\\s</afterbreak></rule>
<rule break="yes"><beforebreak>[.!?]+</beforebreak><afterbreak>\\s</afterbreak></rule>
</languagerule></languagerules><maprules><languagemap languagepattern=".*" languagerulename="D"/></maprules>
</body></srx>"""
TEXT = (
    "The ship left at noon. غادرت السفينة عند الظهر. Gemi öğlen ayrıldı! 船は正午に出た。 It cost 3,500 lira."
)
TBX = b"""<martif type="TBX"><text><body><termEntry id="c1"><note>n</note>
<langSet xml:lang="en"><tig><term>ship</term></tig></langSet>
<langSet xml:lang="tr"><tig><term>gemi</term></tig></langSet></termEntry></body></text></martif>"""
_LETTERS = r"""</tuv> <seg> xml:lang="ar" <target> state="final" <ph> <![CDATA[ ]]> &a; &#0; " { [ } ] null
1e999 -1 \\ud800 (?<= {1000} (.*)* <table> <td> <pre> <br/> --> 00:00:01,000 # | PK"""
_BYTES = (b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n\r\n", b"\t")
WORDS = (*(word.encode() for word in _LETTERS.split()), *_BYTES, "\u202e\u0640".encode())


def sample() -> Bitext:
    """A small bitext with all that formats hold."""
    sides = [
        Side(tag, Document.from_segments(list(texts), language=tag).segments or (), f"a.{tag}")
        for tag, texts in (
            ("en", ("It left.", "Why?", "3 & 4 < 5")),
            ("ar", ("غادرت.", "لماذا؟", "٣ و٤")),
        )
    ]
    return Bitext(sides[0], sides[1], (Bead((0,), (0,), 0.9), Bead((1,), (1, 2), 0.5)))


def written(suffix: str) -> bytes:
    """The bytes of the sample in a format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        write(sample(), path)
        return path.read_bytes()


def by_file(suffix: str, use: Callable[[Path], object]) -> Target:
    """A target that reads a file with this suffix."""
    path = Path(tempfile.mkdtemp()) / f"input{suffix}"

    def run(data: bytes) -> object:
        path.write_bytes(data)
        return use(path)

    return run


def texts(use: Callable[[str], object]) -> Target:
    """A target that takes text."""
    return lambda data: use(data.decode("utf-8", "replace"))


def targets() -> dict[str, tuple[Target, list[bytes]]]:
    """What is fed, by its name, and with what it begins."""
    page = f"<html><head><title>a</title></head><body><p>{TEXT}</p><table><tr><td>b</table>".encode()
    subtitles = f"1\n00:00:01,000 --> 00:00:02,500\n{TEXT}\n\n2\n00:00:03,000 --> 00:00:04,000\nb\n".encode()
    gold = [b'{"id": "a", "source": ["x"], "target": ["y"], "gold": [[[0], [0]]]}', b"0\t0\t1\n1\t1\t0.5\n"]
    plain = [TEXT.encode(), TEXT.encode("utf-16"), TEXT.encode("cp1256", "replace")]
    return {
        "text": (by_file(".txt", read), plain),
        "html": (by_file(".html", read), [page]),
        "markdown": (
            by_file(".md", read),
            [b"# A\n\n* b\n* c\n\n| a | b |\n|---|---|\n| c | d |\n\n" + plain[0]],
        ),
        "subtitles": (by_file(".srt", read), [subtitles, subtitles.replace(b",", b".")]),
        "docx": (by_file(".docx", read), [written(".docx")]),
        "epub": (by_file(".epub", read), [written(".epub")]),
        "segmenter": (texts(lambda text: segment(text, language="en")), plain),
        "detector": (texts(detect), plain),
        "tmx": (by_file(".tmx", read_bitext), [written(".tmx")]),
        "xliff": (by_file(".xlf", read_bitext), [written(".xlf")]),
        "validate": (by_file(".xml", validate), [written(".tmx"), written(".xlf"), written(".json")]),
        "xlsx": (by_file(".xlsx", read_bitext), [written(".xlsx")]),
        "tsv": (by_file(".tsv", read_bitext), [written(".tsv"), b"a;b\nc;d\n"]),
        "jsonl": (by_file(".jsonl", read_bitext), [written(".jsonl")]),
        "json": (texts(Bitext.from_json), [written(".json")]),
        "srx": (lambda data: parse_srx(data, name="a.srx").segment(TEXT, "en"), [SRX]),
        "glossary": (by_file(".tsv", read_glossary), ["ship\tسفينة|مركب\n# a\nnoon\töğle\n".encode()]),
        "termbase": (by_file(".tbx", read_glossary), [TBX]),
        "gold": (by_file(".jsonl", read_gold), gold),
    }


def changed(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """An input near to another one."""
    held = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, to = sorted((chance.randint(0, len(held)), chance.randint(0, len(held))))
        kind = chance.randrange(7)
        if kind == 0 and held:
            held[min(at, len(held) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del held[at : min(to, at + 200)]
        elif kind == 2:
            held[at:at] = held[at : min(to, at + 400)] * chance.choice((1, 1, 3, 20))
        elif kind == 3:
            held[at:at] = chance.choice(WORDS) * chance.choice((1, 1, 1, 50))
        elif kind == 4:
            held[at:at] = chance.randbytes(chance.randint(1, 8))
        elif kind == 5:
            other = chance.choice(others)
            held[at:to] = other[chance.randint(0, len(other)) :][:1000]
        elif kind == 6 and held:
            del held[at:]
    return bytes(held[:MOST])


def fault(target: Target, data: bytes) -> str:
    """What is wrong with what a target makes of an input, empty where nothing is."""
    begun = time.process_time()
    try:
        target(data)
    except PolyalignError as error:
        if "\n" in str(error) or not str(error):
            return f"an error that is not one line: {str(error)[:200]!r}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    spent = time.process_time() - begun
    return f"it took {spent:.1f} s" if spent > SLOW else ""


def fuzzed(
    name: str, crashers: Path, *, seconds: float = 1e9, most: int = 10**9, seed: int = 0
) -> tuple[int, int]:
    """How many inputs a target was given, and how many of them were crashers, which are kept."""
    target, samples = targets()[name]
    chance, until = random.Random(f"{name} {seed}"), time.monotonic() + seconds
    pool, count, found = list(samples), 0, set[str]()
    for one in samples:
        assert not fault(target, one), f"{name}: the sample itself"
    tracemalloc.start()
    while time.monotonic() < until and count < most:
        data = changed(chance.choice(pool), chance, pool)
        said = fault(target, data)
        count += 1
        if not said and count % 50 == 0 and len(pool) < 200:
            pool.append(data)
        if said and said.partition(":")[0] not in found:
            found.add(said.partition(":")[0])
            crashers.mkdir(parents=True, exist_ok=True)
            path = crashers / f"{name}-{count}"
            path.write_bytes(data)
            print(f"CRASHER {name}: {said}: {path}", flush=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    if peak > MEMORY:
        print(f"CRASHER {name}: it held {peak // 1_000_000} MB", flush=True)
        found.add("memory")
    return count, len(found)


def by_atheris(name: str, rest: Sequence[str]) -> None:
    """Hand the target to atheris, which chooses inputs by the code that they reach, and ends the process."""
    atheris = importlib.import_module("atheris")

    target, samples = targets()[name]
    seeds = Path(tempfile.mkdtemp())
    for number, data in enumerate(samples):
        (seeds / str(number)).write_bytes(data)

    def one(data: bytes) -> None:
        said = fault(target, data)
        if said:
            raise AssertionError(said)

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *rest, str(seeds)], one)
    atheris.Fuzz()


def main() -> int:
    """Fuzz, and say how many inputs there were; the exit code is 1 where one was a crasher."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(targets()))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--crashers", type=Path, default=Path(tempfile.gettempdir()) / "polyalign-crashers")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--atheris", metavar="TARGET", help="let atheris choose; it gets -runs=1000 etc.")
    options, rest = parser.parse_known_args()
    if options.atheris:
        by_atheris(options.atheris, rest)
    figures: dict[str, tuple[int, int]] = {}
    for name in options.targets or targets():
        figures[name] = fuzzed(name, options.crashers, seconds=options.seconds, seed=options.seed)
        if not options.json:
            print(f"{name:12}{figures[name][0]:>10,} inputs, {figures[name][1]} crashers", flush=True)
    total, crashers = (sum(pair[k] for pair in figures.values()) for k in (0, 1))
    said = io.StringIO()
    print(
        json.dumps(figures) if options.json else f"{'all':12}{total:>10,} inputs, {crashers} crashers",
        file=said,
    )
    print(said.getvalue(), end="")
    return int(crashers > 0)


if __name__ == "__main__":
    sys.exit(main())
