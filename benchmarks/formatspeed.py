"""CPU seconds of every format, read and written, beside another checkout of polyalign.

    python benchmarks/formatspeed.py OTHER [--pairs 10000] [--rounds 5] [--json FILE]

OTHER is a folder with another state of the project (`git worktree add OTHER COMMIT`). Files of pairs are
written by each state from the same bitext of Arabic and English words, and read back; XLIFF 1.2, XLIFF 2 and
TMX with an inline code in every second segment, as other tools write them, and documents of as many
paragraphs are made here and read. Each state runs in a process of its own, the two take turns, and the best
round counts; the ratio is this state's share of the other's time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from common import markdown, save

ARABIC = (
    "قال الوزير إن السفينة عبرت المضيق صباح اليوم وأعلنت البلدية عن ترميم الجسر القديم قبل الشتاء".split()
)
ENGLISH = (
    "the minister said that a ship of the old town crossed the strait before noon and left again".split()
)
WRITTEN = ("tmx", "xlf", "tsv", "json", "jsonl", "xlsx", "html")
ROOT = Path(__file__).parents[1]
HEAD = ("format", "what", "here, CPU s", "other, CPU s", "ratio")
_X12 = "urn:oasis:names:tc:xliff:document:1.2"
_X20 = "urn:oasis:names:tc:xliff:document:2.0"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "application/vnd.openxmlformats-package.relationships+xml"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def sentences(words: list[str], count: int) -> list[str]:
    """So many sentences of 5 to 25 words, the same whenever they are asked for."""
    dice = random.Random(count)
    return [" ".join(dice.choices(words, k=dice.randint(5, 25))) + "." for _ in range(count)]


def coded(texts: list[str], code: str) -> list[str]:
    """The texts, every second one with the code before its last character."""
    return [f"{text[:-1]}{code}." if k % 2 else text for k, text in enumerate(texts)]


def zipped(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def made_files(folder: Path, pairs: int) -> dict[str, tuple[str, Path]]:
    """The files that both states read: how each is read, and where it is, by its name in the table."""
    arabic, english = sentences(ARABIC, pairs), sentences(ENGLISH, pairs)
    g, ph = '<g id="1">%s</g>', '<ph id="1" disp="{0}"/>'
    units12 = "".join(
        f'<trans-unit id="{k}"><source>{s}</source><target state="translated">{t}</target></trans-unit>'
        for k, (s, t) in enumerate(zip(coded(arabic, g % "x"), coded(english, g % "x"), strict=True))
    )
    units20 = "".join(
        f'<unit id="{k}"><segment><source>{s}</source><target>{t}</target></segment></unit>'
        for k, (s, t) in enumerate(zip(coded(arabic, ph), coded(english, ph), strict=True))
    )
    tmx_code = '<ph x="1">{0}</ph>'
    tus = "".join(
        f'<tu><tuv xml:lang="ar"><seg>{s}</seg></tuv><tuv xml:lang="en"><seg>{t}</seg></tuv></tu>'
        for s, t in zip(coded(arabic, tmx_code), coded(english, tmx_code), strict=True)
    )
    texts = {
        "xliff-1.2-codes.xlf": f'<xliff version="1.2" xmlns="{_X12}"><file original="a" source-language="ar"'
        f' target-language="en" datatype="html"><body>{units12}</body></file></xliff>',
        "xliff-2-codes.xlf": f'<xliff version="2.1" xmlns="{_X20}" srcLang="ar" trgLang="en"><file id="f">'
        f"{units20}</file></xliff>",
        "tmx-codes.tmx": f'<tmx version="1.4"><header srclang="ar"/><body>{tus}</body></tmx>',
        "text.txt": "\n".join(english),
        "page.html": "<html><body>" + "".join(f"<p>{t}</p>" for t in english) + "</body></html>",
        "notes.md": "\n\n".join(english),
        "cues.srt": "\n".join(
            f"{k + 1}\n{k // 3600:02}:{k // 60 % 60:02}:{k % 60:02},000 -->"
            f" {k // 3600:02}:{k // 60 % 60:02}:{k % 60:02},900\n{t}\n"
            for k, t in enumerate(english)
        ),
    }
    found: dict[str, tuple[str, Path]] = {}
    for name, text in texts.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        found[name] = ("pairs" if "codes" in name else "document", path)
    paragraphs = "".join(f"<w:p><w:r><w:t>{t}</w:t></w:r></w:p>" for t in english)
    zipped(
        folder / "report.docx",
        {
            "[Content_Types].xml": f'<Types xmlns="{_TYPES}">'
            f'<Default Extension="rels" ContentType="{_RELS}"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_REL}"><Relationship Id="r1"'
            f' Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{paragraphs}</w:body></w:document>',
        },
    )
    lines = "".join(f"<text:p>{t}</text:p>" for t in english)
    zipped(
        folder / "report.odt",
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content xmlns:office="{_ODF}:office:1.0"'
            f' xmlns:text="{_ODF}:text:1.0"><office:body><office:text>{lines}</office:text></office:body>'
            "</office:document-content>",
        },
    )
    return found | {name: ("document", folder / name) for name in ("report.docx", "report.odt")}


def bitext(pairs: int) -> Any:
    """A bitext of so many one-to-one beads, of whatever state of polyalign is imported."""
    from polyalign import Bead, Bitext, Segment
    from polyalign.parts import Side

    def side(language: str, texts: list[str]) -> Side:
        segments, start = [], 0
        for k, text in enumerate(texts):
            segments.append(Segment(k, start, start + len(text), text))
            start += len(text) + 1
        return Side(language, tuple(segments))

    beads = tuple(Bead((k,), (k,), 0.5) for k in range(pairs))
    return Bitext(side("ar", sentences(ARABIC, pairs)), side("en", sentences(ENGLISH, pairs)), beads)


def worker(folder: Path, pairs: int, files: dict[str, tuple[str, str]]) -> dict[str, float]:
    """CPU seconds of each task, in this process."""
    from polyalign import read, read_bitext, write

    def timed(task: Callable[[], object]) -> float:
        begun = time.process_time()
        task()
        return time.process_time() - begun

    found: dict[str, float] = {}
    read(files["text.txt"][1])  # loads what every reader needs
    held = bitext(pairs)
    for suffix in WRITTEN:
        path = folder / f"out.{suffix}"
        write(bitext(10), folder / f"small.{suffix}")  # loads what this writer needs
        found[f"{suffix}: written"] = timed(partial(write, held, path))
        if suffix != "html":
            read_bitext(folder / f"small.{suffix}")
            found[f"{suffix}: read"] = timed(partial(read_bitext, path))
    for name, (kind, where) in files.items():
        found[f"{name}: read"] = timed(partial(read_bitext if kind == "pairs" else read, where))
    return found


def run(root: Path, pairs: int, files: dict[str, tuple[str, Path]]) -> dict[str, float]:
    """The worker's answer, from a process that imports polyalign from `root`."""
    with tempfile.TemporaryDirectory() as folder:
        asked = {"folder": folder, "pairs": pairs, "files": {k: (v, str(p)) for k, (v, p) in files.items()}}
        answer = subprocess.run(
            [sys.executable, "-W", "ignore", __file__, "--worker", json.dumps(asked)],
            env={**os.environ, "PYTHONPATH": str(root)},
            check=True,
            stdout=subprocess.PIPE,
        )
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def main() -> None:
    if sys.argv[1] == "--worker":
        asked = json.loads(sys.argv[2])
        found = worker(Path(asked["folder"]), asked["pairs"], asked["files"])
        print(json.dumps(found))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = made_files(Path(folder), options.pairs)
        rounds: dict[Path, list[dict[str, float]]] = {ROOT: [], options.other.resolve(): []}
        for _ in range(options.rounds):
            for root, results in rounds.items():
                results.append(run(root, options.pairs, files))
    ours, theirs = (
        {task: min(one[task] for one in results) for task in results[0]} for results in rounds.values()
    )
    rows = [
        (*task.split(": "), f"{ours[task]:.3f}", f"{theirs[task]:.3f}", f"{ours[task] / theirs[task]:.2f}")
        for task in ours
    ]
    print(markdown(HEAD, rows))
    if options.json:
        save(options.json, {"pairs": options.pairs, "here": ours, "other": theirs})


if __name__ == "__main__":
    main()
