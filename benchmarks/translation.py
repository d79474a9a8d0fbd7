"""Target tokens a second and peak memory of the two translation backends, on weights of opus-mt's shape.

    python benchmarks/translation.py [--json FILE]

The weights are random, which costs the same time as learnt ones: 6 + 6 layers, 512 wide, 2,048 in
between, 60,000 pieces. Both backends get the same batches and write outputs of the same length, on
the same cores, in turn, each time in a process of its own.
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import decimals, markdown, save, say

from polyalign.threads import cores
from polyalign.translation.backend import BEAM, Backend, batches
from polyalign.translation.ct2 import CTranslate2
from polyalign.translation.prepared import convert
from polyalign.translation.tokenizer import Tokenizer
from polyalign.translation.transformers_backend import Transformers
from polyalign.translation.weights import END, PADDING, UNKNOWN

GOAL = 4.0  # times the target tokens a second of the reference
BACKENDS = ("ctranslate2", "transformers")
PIECES = 60_000
LENGTH = 30  # of an output, in pieces


def main() -> int:
    """Measure, print a table; 0 where the goal is met."""
    options = arguments()
    if options.worker == "make":
        make(Path(options.folder))
        return 0
    if options.worker:
        print(json.dumps(measure(options.worker, Path(options.folder), options.sentences)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        say("writing random weights and converting them")
        subprocess.run(worker("make", folder), check=True)  # here, its memory would count as that of all
        runs = [run(name, folder, options.sentences) for _ in range(options.rounds) for name in BACKENDS]
    best = {name: max(of(runs, name), key=lambda one: float(one["tokens_a_second"])) for name in BACKENDS}
    times = best["ctranslate2"]["tokens_a_second"] / best["transformers"]["tokens_a_second"]
    rows = [
        (
            one["identity"],
            decimals(one["tokens_a_second"], 0),
            str(one["peak_mb"]),
            decimals(one["load_s"], 1),
        )
        for one in best.values()
    ]
    print(markdown(("backend", "target tokens a second", "peak memory, MB", "load, s"), rows))
    print(f"\n{times:.1f} times as fast (goal {GOAL:g}), {cores()} cores, beam {BEAM}")
    save(options.json, {"cores": cores(), "beam": BEAM, "times": times, "best": best, "runs": runs})
    return 0 if times >= GOAL else 1


def arguments() -> argparse.Namespace:
    """What the user asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    parser.add_argument("--sentences", type=int, default=96, help="how many are translated (96)")
    parser.add_argument("--rounds", type=int, default=2, help="how often; the best counts (2)")
    parser.add_argument("--worker", choices=(*BACKENDS, "make"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def of(runs: list[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    """The runs of one backend."""
    return (one for one in runs if str(one["identity"]).startswith(name))


def tokenizer() -> Tokenizer:
    """A vocabulary of words without meaning; nothing is cut into pieces here."""
    words = (END, UNKNOWN, *(f"w{number}" for number in range(PIECES - 3)), PADDING)
    return Tokenizer({word: number for number, word in enumerate(words)}, None, None, frozenset())


def make(folder: Path) -> None:
    """Write random weights for both backends."""
    import torch
    import transformers

    logging: Any = transformers.utils.logging
    logging.disable_progress_bar()
    shape = {"encoder_layers": 6, "decoder_layers": 6, "d_model": 512, "max_position_embeddings": 512}
    shape |= {f"{half}_ffn_dim": 2048 for half in ("encoder", "decoder")}
    shape |= {f"{half}_attention_heads": 8 for half in ("encoder", "decoder")}
    ids = {"pad_token_id": PIECES - 1, "decoder_start_token_id": PIECES - 1, "vocab_size": PIECES}
    config: Any = transformers.MarianConfig
    settings = config(**shape, **ids, activation_function="swish", scale_embedding=True)
    torch.manual_seed(0)
    transformers.MarianMTModel(settings).save_pretrained(folder / "transformers")
    convert(folder / "transformers", tokenizer().vocabulary, folder / "ctranslate2")


def worker(name: str, folder: str) -> list[str]:
    """The command that does one thing in a process of its own."""
    return [sys.executable, __file__, "--worker", name, "--folder", folder]


def run(name: str, folder: str, sentences: int) -> dict[str, Any]:
    """What one backend needs, in a process of its own."""
    command = [*worker(name, folder), "--sentences", str(sentences)]
    environment = os.environ | {"OMP_NUM_THREADS": str(cores())}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    say(f"{result['identity']}: {result['tokens_a_second']:.0f} tokens a second, {result['peak_mb']} MB")
    return result


def measure(name: str, folder: Path, sentences: int) -> dict[str, Any]:
    """Tokens a second after a first batch, and the peak memory of this process."""
    import resource

    backend = open_backend(name, folder)
    chosen, inputs = random.Random(0), tokenizer()
    words = sorted(inputs.vocabulary, key=inputs.vocabulary.__getitem__)[2:-1]
    sources = [[*chosen.choices(words, k=chosen.randint(12, 40)), END] for _ in range(sentences)]
    begun = time.perf_counter()
    backend.generate(sources[:2], limit=3)
    loaded = time.perf_counter()
    tokens = 0
    for batch in batches([len(source) for source in sources]):
        outputs = backend.generate([sources[i] for i in batch], limit=LENGTH)
        tokens += sum(len(hypotheses[0]) for hypotheses in outputs)
    seconds = time.perf_counter() - loaded
    return {
        "identity": backend.identity,
        "tokens": tokens,
        "tokens_a_second": tokens / seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load_s": loaded - begun,
    }


def open_backend(name: str, folder: Path) -> Backend:
    """The backend on the weights in the folder."""
    if name == "ctranslate2":
        return CTranslate2(folder / "ctranslate2")
    import torch

    torch.set_num_threads(cores())
    return Transformers(folder / "transformers", tokenizer(), "cpu")


if __name__ == "__main__":
    sys.exit(main())
