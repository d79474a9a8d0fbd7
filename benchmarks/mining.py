"""How many translated sentences `polyalign mine` finds in two bags, how honest its scores are, and its pace.

    python benchmarks/mining.py [--speed N] [--engines N] [--fit] [--data DIR] [--json FILE]

Quality is measured on bags in the manner of the BUCC task, made from DIR (../shared): of sentences that
translate each other (NTREX-128 in five languages; for Arabic and Turkish to English also FLORES, TICO-19,
PUD and Tatoeba) a few are planted on both sides, of all others one side is left out, in turn. In `rare`
bags 3 % of the sentences of a side have a translation, in `half` 50 %, in `all` every one. As the truth
names only the planted pairs, sentences that all but repeat another of their language are left out before
(their vectors have a cosine above .85), or their translations would count as wrong.

Small bags of 3 % are drawn anew 12 times, large ones 3 times, and counted together. Every figure is
cross-validated: pairs of a story are scored by weights that were fitted without the story, on the `rare`
bags of all languages, each pair of languages with the same weight. `ECE` as in calibration.py, over all
candidates; `best` is the best F1 that any threshold would have had.

--fit       prints the weights, fitted on all stories, that `polyalign.corpus.mining` holds
--speed N   times the whole command on N + N sentences (a new process each; peak memory on Linux only).
            Each is two short sentences joined, no combination twice; 3 % are planted, the others share none.
            CPU seconds add up all cores, and say more than the clock on a machine that does something else
--engines N compares FAISS with exact search on the vectors of N + N such sentences
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import numpy as np
from common import SHARED, decimals, markdown, save, say
from numpy.typing import NDArray

from polyalign import encoders
from polyalign.corpus.mining import SHARE, THRESHOLD, adjusted, candidates, features
from polyalign.corpus.neighbours import chosen, nearest, nearest_both

Floats: TypeAlias = NDArray[np.float64]
Vectors: TypeAlias = NDArray[np.float16]

LANGUAGES = (("ar", "en"), ("tr", "en"), ("de", "en"), ("ru", "en"), ("tr", "ar"), ("ru", "de"))
TEXTS = "tatoeba-anki tatoeba-opusmt tico19 ud-pud".split()  # of mt/train.*.tsv, for quality
RATES = {"rare": 0.03, "half": 0.5, "all": 1.0}
DRAWS, LARGE_DRAWS, LARGE = 12, 3, 5_000
ALIKE = 0.85  # cosine of sentences of one language that may well have the same translation
FOLDS, ROUNDS, RIDGE = 5, 30, 1e-3
SHORT, LONG = 12, 120  # characters of the sentences that are joined
HEAD = ("bags", "kind", "sentences", "planted", "P", "R", "F1", "best", "ECE")


@dataclass(frozen=True)
class Pair:
    """Two sentences that translate each other, and the story they are from."""

    story: str
    source: str
    target: str


@dataclass(frozen=True)
class Bag:
    """The candidates of two bags: their features, which are right, and the source sentences' stories."""

    name: str
    kind: str
    sentences: int
    planted: int
    evidence: Floats
    right: NDArray[np.bool_]
    stories: Sequence[str]


@dataclass(frozen=True)
class Row:
    """What was found in the bags of two languages with this share of planted pairs."""

    bags: str
    kind: str
    sentences: int
    planted: int
    precision: float
    recall: float
    f1: float
    best_f1: float
    best_threshold: float
    ece: float


def pairs(data: Path, source: str, target: str) -> list[Pair]:
    """The pairs of two languages, no sentence of either twice."""
    seen: tuple[set[str], set[str]] = set(), set()
    kept = []
    for pair in (*_news(data, source, target), *_mixed(data, source, target, TEXTS)):
        keys = tuple("".join(filter(str.isalnum, text.casefold())) for text in (pair.source, pair.target))
        if min(map(len, keys)) >= 10 and all(key not in old for key, old in zip(keys, seen, strict=True)):
            kept.append(pair)
            for key, old in zip(keys, seen, strict=True):
                old.add(key)
    return kept


def _news(data: Path, source: str, target: str) -> Iterator[Pair]:
    """The sentences of the stories in `segmentation`."""
    told: dict[str, dict[str, list[str]]] = {}
    for line in (data / "segmentation" / "news.dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        told.setdefault(row["id"], {})[row["language"]] = row["sentences"]
    for name, texts in told.items():
        for one, other in zip(texts[source], texts[target], strict=True):
            yield Pair(name.partition("/")[0], one, other)


def _mixed(data: Path, source: str, target: str, texts: Sequence[str] | None = None) -> Iterator[Pair]:
    """The pairs in `mt`, where there are any in these languages; neighbours count as one story."""
    for name, column in (
        (f"flores-dev.{source}-{target}", "reference"),
        (f"train.{source}-{target}", "english"),
    ):
        path = data / "mt" / f"{name}.tsv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as lines:
            for k, row in enumerate(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)):
                origin = row.get("origin", "flores")
                if texts is None or column == "reference" or origin in texts:
                    yield Pair(f"{origin} {k // 50}", row["source"].strip(), row[column].strip())


def encoded(texts: Sequence[str]) -> Vectors:
    """Unit vectors (texts, dimensions) of the default encoder."""
    encoder = encoders.load(encoders.DEFAULT)
    parts = [encoder.encode(texts[k : k + 5_000]).astype(np.float16) for k in range(0, len(texts), 5_000)]
    return np.concatenate(parts)


def bags(data: Path, source: str, target: str) -> Iterator[Bag]:
    """The bags of two languages, of every kind."""
    found = pairs(data, source, target)
    sides = [encoded([p.source for p in found]), encoded([p.target for p in found])]
    kept = sorted(set(range(len(found))) - {k for vectors in sides for k in repeating(vectors)})
    found, sides = [found[k] for k in kept], [vectors[kept] for vectors in sides]
    draws = LARGE_DRAWS if len(found) > LARGE else DRAWS
    for kind, rate in RATES.items():
        for draw in range(draws if kind == "rare" else 1):
            yield bag(found, sides, kind=kind, rate=rate, draw=draw, name=f"{source}-{target}")


def repeating(vectors: Vectors) -> Iterator[int]:
    """The vectors that are nearly those of an earlier one."""
    cosines, indices = nearest(vectors, vectors, k=2, engine="exact")
    for k, (near, others) in enumerate(zip(cosines, indices, strict=True)):
        if any(cosine > ALIKE and other < k for cosine, other in zip(near, others, strict=True)):
            yield k


def bag(
    found: Sequence[Pair], sides: Sequence[Vectors], *, kind: str, rate: float, draw: int, name: str
) -> Bag:
    """Two bags in which this share of sentences is planted on both sides."""
    ids = random.Random(draw).sample(range(len(found)), len(found))
    planted = round(len(ids) * rate / (2 - rate))
    ours = sorted(ids[:planted] + ids[planted::2])
    theirs = sorted(ids[:planted] + ids[planted + 1 :: 2])
    texts = [found[k].source for k in ours], [found[k].target for k in theirs]
    some = candidates(sides[0][ours], sides[1][theirs], texts=texts, engine="exact")
    evidence = features(some, texts)
    sources = np.array(ours)[some.sources]
    right = sources == np.array(theirs)[some.targets]
    return Bag(name, kind, len(ours), planted, evidence, right, [found[k].story for k in sources])


def fitted(evidence: Floats, right: NDArray[np.bool_], weight: Floats) -> Floats:
    """Logistic regression by Newton's method: a weight for each feature, and the bias."""
    scale = evidence.std(axis=0) + 1e-9
    x = np.concatenate([evidence / scale, np.ones((len(evidence), 1))], axis=1)
    ridge = np.diag([RIDGE] * len(scale) + [0.0]) * weight.sum()
    found = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(x @ found, -50, 50)))
        slope = x.T @ (weight * (right - chance)) - ridge @ found
        found += np.linalg.solve((x * (weight * chance * (1 - chance))[:, None]).T @ x + ridge, slope)
    return np.append(found[:-1] / scale, found[-1])


def weighted(
    some: Sequence[Bag], *, without: int | None = None, columns: int | None = None
) -> tuple[Floats, float]:
    """The weights fitted on bags, without a fold's stories, and the share of candidates that are right."""
    sizes: dict[str, int] = {}
    for one in some:
        sizes[one.name] = sizes.get(one.name, 0) + len(one.right)
    evidence = np.concatenate([one.evidence[:, :columns] for one in some])
    right = np.concatenate([one.right for one in some])
    weight = np.concatenate([np.full(len(one.right), 1 / sizes[one.name]) for one in some])
    kept = np.array([fold(story) != without for one in some for story in one.stories])
    return fitted(evidence[kept], right[kept], weight[kept]), float((weight * right).sum() / weight.sum())


def fold(story: str) -> int:
    """The part of the stories that it belongs to."""
    return zlib.crc32(story.encode()) % FOLDS


def unseen(some: Sequence[Bag]) -> list[Floats]:
    """For each bag the scores of its candidates, by weights that never saw their stories."""
    rare = [one for one in some if one.kind == "rare"]
    weights = [weighted(rare, without=k)[0] for k in range(FOLDS)]
    scores = []
    for one in some:
        own = np.array([weights[fold(story)] for story in one.stories]).reshape(-1, one.evidence.shape[1] + 1)
        scores.append(adjusted((one.evidence * own[:, :-1]).sum(axis=1) + own[:, -1]))
    return scores


def rows(some: Sequence[Bag]) -> Iterator[Row]:
    """The bags of the same languages and kind together."""
    scored = list(zip(some, unseen(some), strict=True))
    for name, kind in dict.fromkeys((one.name, one.kind) for one in some):
        own = [(one, scores) for one, scores in scored if (one.name, one.kind) == (name, kind)]
        yield row([one for one, _ in own], np.concatenate([scores for _, scores in own]))


def row(own: Sequence[Bag], scores: Floats) -> Row:
    """The figures of bags, given the scores of all their candidates."""
    right, planted = np.concatenate([one.right for one in own]), sum(one.planted for one in own)
    kept = scores >= THRESHOLD
    hits = int((kept & right).sum())
    order = np.argsort(-scores, kind="stable")
    curve = 2 * np.cumsum(right[order]) / (np.arange(1, len(order) + 1) + planted)
    f1 = 2 * hits / (int(kept.sum()) + planted)
    best, at = float(curve.max()), float(scores[order][curve.argmax()])
    sizes = own[0].sentences, planted
    precision, recall = hits / max(int(kept.sum()), 1), hits / planted
    return Row(own[0].name, own[0].kind, *sizes, precision, recall, f1, best, at, ece(scores, right))


def ece(scores: Floats, right: NDArray[np.bool_]) -> float:
    """The expected calibration error, with ten bins of equal width."""
    bins = np.minimum((scores * 10).astype(int), 9)
    chosen = [bins == k for k in set(bins.tolist())]
    return float(sum(abs(scores[c].mean() - right[c].mean()) * c.mean() for c in chosen))


def joined(data: Path, count: int) -> tuple[list[str], list[str], set[tuple[str, str]]]:
    """So many sentences in Arabic and in English, and the pairs that are planted in them."""
    dice = random.Random(count)
    fit = (p for p in _mixed(data, "ar", "en") if all(SHORT <= len(t) <= LONG for t in (p.source, p.target)))
    found = list({p.source: p for p in fit}.values())
    dice.shuffle(found)
    third = len(found) // 3
    planted = round(count * RATES["rare"])
    both = _combined(found[:third], planted, dice)
    ours = _combined(found[third : 2 * third], count - planted, dice)
    theirs = _combined(found[2 * third :], count - planted, dice)
    gold = {(f"{a.source} {b.source}", f"{a.target} {b.target}") for a, b in both}
    source = [one for one, _ in sorted(gold)] + [f"{a.source} {b.source}" for a, b in ours]
    target = [other for _, other in sorted(gold)] + [f"{a.target} {b.target}" for a, b in theirs]
    return dice.sample(source, len(source)), dice.sample(target, len(target)), gold


def _combined(some: Sequence[Pair], count: int, dice: random.Random) -> list[tuple[Pair, Pair]]:
    """So many pairs of pairs, no two alike, each sentence about equally often."""
    drawn: dict[tuple[Pair, Pair], None] = {}
    while len(drawn) < count:
        deck = dice.sample(some, len(some))
        drawn |= dict.fromkeys(zip(deck[::2], deck[1::2], strict=False))
    return list(drawn)[:count]


def speed(data: Path, count: int) -> dict[str, Any]:
    """What the whole command takes for so many sentences a side, as a process of its own."""
    source, target, gold = joined(data, count)
    with TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("source.txt", "target.txt", "pairs.tsv")]
        for path, texts in zip(paths, (source, target), strict=False):
            path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "polyalign", "mine", *map(str, paths[:2]), "-o", str(paths[2])]
        load, start, start_cpu = os.getloadavg()[0], time.perf_counter(), _children_cpu()
        megabytes = peak(command)
        seconds, cpu = time.perf_counter() - start, _children_cpu() - start_cpu
        found = [line.split("\t")[1:3] for line in paths[2].read_text(encoding="utf-8").splitlines()[1:]]
    hits = sum(tuple(pair) in gold for pair in found)
    return {
        "sentences": count,
        "engine": chosen(count, count),
        "seconds": seconds,
        "cpu seconds": cpu,
        "megabytes": megabytes,
        "load before": load,
        "precision": hits / max(len(found), 1),
        "recall": hits / len(gold),
    }


def _children_cpu() -> float:
    """The CPU seconds of all processes below this one that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def peak(command: Sequence[str]) -> float:
    """Run a command; the most megabytes that it and its processes held together, looked at every half second.

    Memory that processes share counts once (proportional set size; 0 but on Linux).
    """
    most = 0.0
    process = subprocess.Popen(command)
    while process.poll() is None:
        most = max(most, sum(map(_proportional, _family(process.pid))))
        time.sleep(0.5)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[2:4])} failed")
    return most


def _family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _text(children).split():
            yield from _family(int(child))


def _proportional(pid: int) -> float:
    lines = (
        line for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines() if line.startswith("Pss:")
    )
    return sum(int(line.split()[1]) / 1e3 for line in lines)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:  # the process has just ended
        return ""


def engines(data: Path, count: int) -> list[dict[str, Any]]:
    """Exact search and FAISS on the same vectors: seconds both ways, and how much of it FAISS finds."""
    source, target, _ = joined(data, count)
    vectors = encoded(source), encoded(target)
    exact, spent = timed(lambda: nearest_both(*vectors, k=4, engine="exact"))
    faiss, faiss_spent = timed(lambda: nearest_both(*vectors, k=4, engine="faiss"))
    figures = {"exact": (exact, spent), "faiss": (faiss, faiss_spent)}
    return [
        {
            "engine": name,
            "sentences": count,
            "seconds": took[0],
            "cpu seconds": took[1],
            **recall(exact, found),
        }
        for name, (found, took) in figures.items()
    ]


def timed(work: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    """What the work gives, and its seconds by the clock and of all cores."""
    start, start_cpu = time.perf_counter(), time.process_time()
    return work(), (time.perf_counter() - start, time.process_time() - start_cpu)


def recall(exact: Any, found: Any) -> dict[str, float]:
    """The share of the nearest, and of the k nearest, that were found, over both directions."""
    pairs_ = [(a[1], b[1]) for a, b in zip(exact, found, strict=True)]
    first = np.mean([np.mean(a[:, 0] == b[:, 0]) for a, b in pairs_])
    among = np.mean([np.mean((a[:, :, None] == b[:, None, :]).any(axis=2)) for a, b in pairs_])
    return {"recall@1": float(first), "recall@4": float(among)}


def quality(data: Path, *, fit: bool) -> list[Row]:
    """The figures of all bags; with `fit` the weights are printed, too."""
    some: list[Bag] = []
    for source, target in LANGUAGES:
        say(f"{source}-{target}")
        some += bags(data, source, target)
    if fit:
        rare = [one for one in some if one.kind == "rare"]
        for columns in (None, 2):
            weights, share = weighted(rare, columns=columns)
            print(f"weights: {', '.join(f'{w:.3g}' for w in weights)}; right: {share:.3f} (now {SHARE})")
        print(f"mean F1 of rare bags by threshold: {by_threshold(rare)}")
    return list(rows(some))


def by_threshold(rare: Sequence[Bag]) -> str:
    """The F1, averaged over languages, that thresholds would have."""
    scored = list(zip(rare, unseen(rare), strict=True))
    said = []
    for threshold in np.arange(0.2, 0.65, 0.05):
        values = []
        for name in dict.fromkeys(one.name for one in rare):
            own = [(one, scores >= threshold) for one, scores in scored if one.name == name]
            hits = sum((kept & one.right).sum() for one, kept in own)
            values.append(2 * hits / sum(kept.sum() + one.planted for one, kept in own))
        said.append(f"{threshold:.2f}: {np.mean(values):.3f}")
    return ", ".join(said)


def table(found: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = []
    for r in found:
        rates = (decimals(value) for value in (r.precision, r.recall, r.f1, r.best_f1, r.ece))
        lines.append((r.bags, r.kind, f"{r.sentences:,}", f"{r.planted:,}", *rates))
    return markdown(HEAD, lines, words=2)


def main() -> None:
    """Measure what the arguments ask for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE", help="add the figures to those in this file")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--speed", type=int, metavar="N")
    parser.add_argument("--engines", type=int, metavar="N")
    options = parser.parse_args()
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    data: dict[str, Any] = {"machine": machine}
    if options.json and options.json.exists():
        data |= json.loads(options.json.read_text(encoding="utf-8"))
    if options.speed:
        data["speed"] = speed(options.data, options.speed)
        print(json.dumps(data["speed"], indent=1))
    if options.engines:
        data["engines"] = engines(options.data, options.engines)
        print(json.dumps(data["engines"], indent=1))
    if not options.speed and not options.engines:
        found = quality(options.data, fit=options.fit)
        print(table(found))
        data["quality"] = [asdict(one) for one in found]
    save(options.json, data)


if __name__ == "__main__":
    main()
