"""How well outputs that are no translations are told from those that are.

    python benchmarks/judging.py [SHARED_DIR] [--lines N] [--outputs FILE]... [--json FILE]

SHARED_DIR (../shared) holds mt/flores-dev.SRC-en.tsv (source, reference, opus_mt), nothing of which the
judge was fitted on. For each way the table has the share that is shown: of the human translations, of
OPUS-MT's outputs, and of human translations that were spoiled in eight ways. The files of --outputs hold
what another model made of the lines of flores-dev.ar-en.tsv, a JSON list [text, ...] a line; of these, and of
OPUS-MT's, chrF (sacrebleu) of all lines and of those that are shown is said too.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from common import SHARED, markdown, save

from polyalign.translation.safeguards import OutputJudge, SourceOutput, threshold

Texts = Sequence[str]
Spoil = Callable[[Texts, Texts, int, random.Random], str]  # sources, translations, which one


def circles(_: Texts, said: Texts, k: int, dice: random.Random) -> str:
    """A stretch of one to four words comes three to six times."""
    words = said[k].split()
    first, length = dice.randrange(len(words)), dice.randint(1, 4)
    run = words[first : first + length]
    return " ".join(words[:first] + run * dice.randint(3, 6) + words[first + length :])


def stammer(_: Texts, said: Texts, k: int, dice: random.Random) -> str:
    """Two words in five are the one that stood before."""
    words = said[k].split()
    for place in range(1, len(words)):
        if dice.random() < 0.4:
            words[place] = words[place - 1]
    return " ".join(words)


def cut(_: Texts, said: Texts, k: int, dice: random.Random) -> str:
    """The first 25 to 50 % of the words."""
    words = said[k].split()
    return " ".join(words[: max(1, round(len(words) * dice.uniform(0.25, 0.5)))])


def other(_: Texts, said: Texts, k: int, dice: random.Random) -> str:
    """The translation of another sentence; of the next one, half the time."""
    return said[(k + (1 if dice.random() < 0.5 else dice.randrange(1, len(said)))) % len(said)]


def salad(_: Texts, said: Texts, k: int, dice: random.Random) -> str:
    """Words of other sentences, as many."""
    return " ".join(dice.choice(dice.choice(said).split()) for _ in said[k].split())


def half(_: Texts, said: Texts, k: int, dice: random.Random) -> str:
    """Half of the words are those of other sentences."""
    return " ".join(
        w if dice.random() < 0.5 else dice.choice(dice.choice(said).split()) for w in said[k].split()
    )


def tail(_: Texts, said: Texts, k: int, dice: random.Random) -> str:
    """The end of another sentence follows, half as long at least."""
    words, more = said[k].split(), said[dice.randrange(len(said))].split()
    return " ".join(words + more[-max(4, len(words) * 2 // 3) :])


def copied(source: Texts, _: Texts, k: int, __: random.Random) -> str:
    """The source itself."""
    return source[k]


SPOILED: Mapping[str, Spoil] = {
    f.__name__: f for f in (circles, stammer, cut, other, salad, half, tail, copied)
}


def spoiled(sources: Texts, said: Texts, how: str, *, seed: int = 0) -> Iterator[SourceOutput | None]:
    """Each source with its translation spoiled; None where it is too short for that, or nothing changed."""
    dice = random.Random(f"{how} {seed}")
    for k, source in enumerate(sources):
        output = SPOILED[how](sources, said, k, dice)
        yield SourceOutput(source, output) if len(said[k].split()) >= 5 and output != said[k] else None


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a table by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def shown(judge: OutputJudge, pairs: Sequence[SourceOutput]) -> list[bool]:
    """Whether each pair is shown."""
    return [quality is None or quality >= threshold() for quality in judge.qualities(pairs)]


def share(found: Sequence[bool]) -> float:
    return sum(found) / max(len(found), 1)


def measured(language: str, lines: Sequence[dict[str, str]], others: Mapping[str, Texts]) -> dict[str, float]:
    """The share that is shown by kind."""
    sources, references = ([line[name] for line in lines] for name in ("source", "reference"))
    judge, back = OutputJudge(language, "en"), OutputJudge("en", language)
    pairs = [*map(SourceOutput, sources, references)]
    found = {
        "human": share(shown(judge, pairs)),
        "human, back": share(shown(back, [SourceOutput(b, a) for a, b in pairs])),
        "opus-mt": share(shown(judge, [*map(SourceOutput, sources, [line["opus_mt"] for line in lines])])),
    }
    for how in SPOILED:
        found[how] = share(shown(judge, [pair for pair in spoiled(sources, references, how) if pair]))
    if others:
        found["another language"] = share(shown(judge, [*map(SourceOutput, sources, others["another"])]))
    return found


def chrf(outputs: Texts, references: Texts) -> float:
    """As sacrebleu has it, 0 to 100."""
    import sacrebleu

    return float(sacrebleu.corpus_chrf(list(outputs), [list(references)]).score)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and what is shown of other outputs."""
    parser = argparse.ArgumentParser(description="How well noise is told from translations.")
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--lines", type=int, metavar="N", help="the first N lines of each file")
    parser.add_argument("--outputs", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    files = {
        name: rows(options.shared / "mt" / f"flores-dev.{name}-en.tsv")[: options.lines]
        for name in ("ar", "tr")
    }
    both = {"ar": "tr", "tr": "ar"}
    results = {}
    for name, lines in files.items():
        another = {"another": [line["source"] for line in files[both[name]]]}
        results[name] = measured(name, lines, another)
    kinds = [*results["ar"]]
    table = [(kind, *(f"{100 * results[name][kind]:.1f}" for name in files)) for kind in kinds]
    print(markdown(("% shown", *(f"{name}-en" for name in files)), table))
    references = [line["reference"] for line in files["ar"]]
    outputs = {"opus-mt": [line["opus_mt"] for line in files["ar"]]}
    for path in options.outputs:
        texts = [json.loads(line)[0] for line in path.read_text(encoding="utf-8").splitlines()]
        outputs[path.stem] = texts[: options.lines]
    for model, texts in outputs.items():
        good = shown(
            OutputJudge("ar", "en"), [*map(SourceOutput, [line["source"] for line in files["ar"]], texts)]
        )
        kept = [(text, ref) for text, ref, one in zip(texts, references, good, strict=True) if one]
        of_all, of_shown = chrf(texts, references), chrf(*map(list, zip(*kept, strict=True))) if kept else 0.0
        results[model] = {"shown": share(good), "chrf": of_all, "chrf of the shown": of_shown}
        print(f"{model}: {100 * share(good):.1f} % shown, chrF {of_all:.1f}, of the shown {of_shown:.1f}")
    save(options.json, results)


if __name__ == "__main__":
    main()
