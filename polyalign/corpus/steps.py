"""The order of the steps from folders to shards, each resumed where it was left off."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, product
from pathlib import Path
from typing import Any, TypeVar

from polyalign import encoders
from polyalign.characters import without_controls
from polyalign.corpus import local
from polyalign.corpus.aligning import Aligning, PairTask
from polyalign.corpus.bags import Bag
from polyalign.corpus.chunks import Packed, save
from polyalign.corpus.documentpairs import THRESHOLD, WINDOW, paired
from polyalign.corpus.documents import Contents, DocumentEntry, ReadTask, arrow, documents, files
from polyalign.corpus.duplicates import groups
from polyalign.corpus.ingestion import ChunkReader
from polyalign.corpus.known import Known, bag, held_pairs, known, pools, text_of, with_leaders, without_copies
from polyalign.corpus.local import Make
from polyalign.corpus.options import MIXED, Bar, CorpusOptions, unwatched
from polyalign.corpus.shards import DOCUMENTS, RankedPair, Shard, write_documents, write_shard, written
from polyalign.corpus.summary import PAIRED, Summary, counted
from polyalign.corpus.workplace import Workplace, read_back, refuse_others, workplace
from polyalign.detection import detect
from polyalign.errors import InputError, UsageError
from polyalign.pipeline import Mode
from polyalign.tags import primary

T = TypeVar("T")
Spans = Sequence[tuple[int, int]]  # where chunks begin and end

READ_AT_ONCE = 32  # documents of a chunk, or as many as hold
READ_BYTES = 200_000
ALIGNED_AT_ONCE = 16  # pairs of a chunk
CHUNKS_OF_SHARD = 64
_SUMMARY = "summary.json"


def build(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str] | None,
    out: str | os.PathLike[str],
    *,
    languages: Sequence[str] = (),
    to: Sequence[str] = (),
    best: int = 1,
    threshold: float = THRESHOLD,
    window: int | None = WINDOW,
    min_score: float = 0.0,
    encoder: str = encoders.DEFAULT,
    mode: Mode = "auto",
    jobs: int = 1,
    ray: str | None = None,
    keep_work: bool = False,
    bar: Bar = unwatched,
    tell: Callable[[str], None] = lambda _: None,
) -> Summary:
    """Pair the documents of two sides, align each pair, and write all of it into the folder `out`.

    `CorpusOptions` says what the first three arguments and the next eight mean. Work runs in `jobs`
    processes, or on the Ray cluster at the address `ray` ("auto": the one of this machine, else a new one);
    what was done before an interruption is not done again. `bar` shows how far a step is, `tell` gets
    lines for the reader. Raises OutputError where `out` holds another run or cannot be written,
    InputError where there are no documents, LanguageError for `languages` or `to` that the encoder does not
    cover, UsageError, NotInstalledError.
    """
    if "" in (source, target, out):
        raise UsageError("a name is empty: name the folders, or the files, of both sides and of the output")
    given = os.path.abspath(source), "" if target is None else os.path.abspath(target)
    tags = tuple(map(primary, languages)), tuple(map(primary, to))
    if jobs < 1:
        raise UsageError(f"jobs is {jobs}: give 1 or more processes")
    options = CorpusOptions(*given, *tags, best, threshold, window, min_score, encoder, mode)
    out = Path(os.path.abspath(out))
    arrow()  # a missing package shows here
    for language in options.wanted[MIXED]:
        encoders.check_covered(encoders.load(options.encoder), language)
    refuse_others(out)
    inputs = _inputs(options, Path(os.path.realpath(out)))
    entries = [] if _finished(out) else _documents(inputs)  # before the folder is this run's
    with workplace(out) as place:
        resumed = place.begin(options.told(), inputs)
        summary = _finished(out)
        if summary:
            tell(f"{out} holds this run, and it is finished: nothing is left to do")
        else:
            if resumed:
                tell(f"{out} holds this run, unfinished: going on where it stopped")
            run = _Run(options, place, jobs, ray, bar)
            summary = run.to_the_end(entries or _documents(inputs))
            save(out / _SUMMARY, [summary.to_json().encode("utf-8", "backslashreplace")])
        if not keep_work:
            place.finish()
    return summary


def _finished(out: Path) -> Summary | None:
    """The summary of a run all results of which are there."""
    if not (out / _SUMMARY).exists():
        return None
    summary = read_back(out / _SUMMARY, Summary.from_json)
    whole = (out / DOCUMENTS).exists() and all(written(out, number) for number in range(summary.shards))
    return summary if whole else None


def _inputs(options: CorpusOptions, out: Path) -> list[DocumentEntry]:
    """The files of both sides. Raises UnreadableError, InputError where a side has none."""
    sides = {"source": options.source, "target": options.target}
    sides = sides if options.target else {MIXED: options.source}
    if options.target and os.path.realpath(options.source) == os.path.realpath(options.target):
        raise UsageError("both sides are one folder: give it once, with --languages ar,en for example")
    found = []
    for side, where in sides.items():
        entries = files(where, side, without=out)
        if not entries:
            raise InputError(f"{where} holds no documents: give a folder with some")
        found += entries
    return found


def _documents(inputs: Sequence[DocumentEntry]) -> list[DocumentEntry]:
    """The documents in the files. Raises InputError where the files of a side hold none."""
    found = list(documents(inputs))
    for empty in {entry.side for entry in inputs} - {entry.side for entry in found}:
        where = next(entry.path for entry in inputs if entry.side == empty)
        raise InputError(f"{where} holds no documents: give a file with some")
    return found


@dataclass(frozen=True)
class _Run:
    """One run in its workplace; each step goes on from what is on disk."""

    options: CorpusOptions
    place: Workplace
    jobs: int
    ray: str | None
    bar: Bar

    def to_the_end(self, entries: Sequence[DocumentEntry]) -> Summary:
        """All steps, in their order."""
        chunks = self._read(entries)
        source = "" if self.options.target else self.options.languages[0]
        found = without_copies(known(chunks, source=source))
        found = with_leaders(self._grouped(chunks, found))
        pairs = self._pairs(chunks, found)
        spans = _spans(found, pairs)
        aligned = self._aligned(chunks, found, pairs, spans)
        found = _with_statuses(found, pairs, self.options.threshold)
        shards = _shards(aligned, spans, found, pairs)
        self._write(shards, found, pairs)
        return self._told(found, pairs, aligned, len(shards))

    def _read(self, entries: Sequence[DocumentEntry]) -> list[Packed]:
        """The chunks of documents, read and encoded."""
        spans, contents = list(_cut(entries)), Contents()
        make = partial(ChunkReader, self.options.encoder, self.options.wanted, self.options.asked)

        def task(number: int) -> list[ReadTask]:
            return contents.tasks(entries[slice(*spans[number])])

        return self._done("reading", "documents", make, task, [last - first for first, last in spans])

    def _grouped(self, chunks: Sequence[Packed], found: Sequence[Known]) -> list[Known]:
        """The documents, near duplicates marked as such."""
        changed, folder = list(found), self.place.folder("groups")
        for (side, language), numbers in pools(found).items():
            some = [found[k] for k in numbers]
            for first, *others in _kept(folder / f"{side}.{language}", partial(self._groups, chunks, some)):
                leader = some[first].key
                if others:
                    changed[numbers[first]] = replace(some[first], group=leader)
                for k in others:
                    why = f"a near duplicate of {leader}"
                    changed[numbers[k]] = replace(some[k], group=leader, status="duplicate", why=why)
        return changed

    def _groups(self, chunks: Sequence[Packed], some: Sequence[Known]) -> list[list[int]]:
        with self.bar("grouping", "documents") as advance:
            advance(0, len(some))
            found = groups(self._bag(chunks, some, "all"), progress=advance)
            return [list(group) for group in found]

    def _bag(self, chunks: Sequence[Packed], some: Sequence[Known], name: str) -> Bag:
        return bag(chunks, some, self.place.folder("bags") / name)

    def _pairs(self, chunks: Sequence[Packed], found: Sequence[Known]) -> list[RankedPair]:
        """The pairs of documents, by their languages and in the order of the source."""
        members = pools(found)
        sides = [[pool for pool in members if pool[0] == side] for side in ("source", "target")]
        folder, pairs = self.place.folder("pairs"), []
        for one, other in product(*sides):
            if one[1] != other[1]:
                some = [[found[k] for k in members[pool]] for pool in (one, other)]
                made = _kept(folder / f"{one[1]}-{other[1]}", partial(self._compared, chunks, *some))
                pairs += [RankedPair(members[one][i], members[other][j], p, why) for i, j, p, why in made]
        pairs += [RankedPair(*both, 1.0, {"file": 1.0}) for both in held_pairs(found)]
        return sorted(pairs, key=lambda pair: (*_languages(found, pair), pair.source, pair.target))

    def _compared(
        self, chunks: Sequence[Packed], ours: Sequence[Known], theirs: Sequence[Known]
    ) -> list[tuple[int, int, float, dict[str, float]]]:
        source, target = self._bag(chunks, ours, "source"), self._bag(chunks, theirs, "target")
        best, threshold, window = self.options.best, self.options.threshold, self.options.window
        with self.bar("pairing", "documents") as advance:
            made = paired(source, target, best=best, threshold=threshold, window=window, progress=advance)
        return [(pair.source, pair.target, pair.score, dict(pair.reasons)) for pair in made]

    def _aligned(
        self, chunks: Sequence[Packed], found: Sequence[Known], pairs: Sequence[RankedPair], spans: Spans
    ) -> list[Packed]:
        """The chunks of aligned pairs."""
        how = self.options
        make = partial(Aligning, how.encoder, how.mode, how.min_score, how.asked)

        def side(number: int) -> tuple[str, str, str]:
            one = found[number]
            return one.key, one.language, text_of(chunks, one)

        def task(number: int) -> list[PairTask]:
            tasks = []
            for k in range(*spans[number]):
                source, target = pairs[k].source, pairs[k].target
                file = found[source].path if found[source].pairs else ""  # of which both are the sides
                tasks.append(PairTask(k, side(source), side(target), file))
            return tasks

        return self._done("aligning", "pairs", make, task, [last - first for first, last in spans])

    def _write(self, shards: Sequence[Shard], found: Sequence[Known], pairs: Sequence[RankedPair]) -> None:
        """The shards that are not there."""
        mode, signature = self.options.mode, self.options.signature
        missing = [s for s in shards if not written(self.place.out, s.number)]
        with self.bar("writing", "shards") as advance:
            for number, shard in enumerate(missing, 1):
                write_shard(self.place.out, shard, pairs, found, mode, signature)
                advance(number, len(missing))

    def _told(
        self, found: Sequence[Known], pairs: Sequence[RankedPair], aligned: Sequence[Packed], shards: int
    ) -> Summary:
        """The documents' lines, written, and the summary."""
        counts = {row.pop("pair"): row for chunk in aligned for row in chunk.rows("pairs")}
        write_documents(self.place.out / DOCUMENTS, found, pairs, counts)
        unread = [one for one in found if one.status == "unreadable"]
        failed = [(k, row["fault"]) for k, row in counts.items() if "fault" in row]
        faults = [f"{one.key}: {one.why}" for one in unread]
        faults += [f"{found[pairs[k].source].key}: {fault}" for k, fault in failed]
        kinds = Counter(_languages(found, pair) for pair in pairs)
        by_languages = {"-".join(kind): count for kind, count in sorted(kinds.items())}
        beads = sum(row["beads"] for row in counts.values())
        return counted(found, by_languages, beads, shards, list(map(without_controls, faults)))

    def _done(
        self, step: str, unit: str, make: Make, task: Callable[[int], Any], sizes: Sequence[int]
    ) -> list[Packed]:
        """The chunks of a step, so many with so much in each; those that are missing are made and saved."""
        folder, chunks = self.place.folder(step), self.place.chunks(step, len(sizes))
        missing = [number for number, chunk in enumerate(chunks) if not chunk.whole]
        total, done = sum(sizes[number] for number in missing), 0
        if missing:
            # what all processes share is decoded before there are any; a missing package shows here
            encoders.load(self.options.encoder).encode(["."])
            detect("one")
            todo = ((k, task(k)) for k in missing)
            if self.ray is not None:
                from polyalign.corpus import on_ray

                made = on_ray.mapped(make, todo, address=self.ray, jobs=self.jobs)
            else:
                made = local.mapped(make, todo, jobs=min(self.jobs, len(missing)))
            with self.bar(step, unit) as advance:
                advance(0, total)
                for number, data in made:
                    save(folder / chunks[number].path.name, [data])
                    done += sizes[number]
                    advance(done, total)
        return self.place.chunks(step, len(sizes))


def _kept(path: Path, make: Callable[[], T]) -> T:
    """What a file holds as JSON; made and saved where there is none, or a crash left an empty one."""
    if not path.exists() or not path.stat().st_size:
        save(path, [json.dumps(make()).encode()])
    found: T = json.loads(path.read_bytes())
    return found


def _cut(entries: Sequence[DocumentEntry]) -> Iterator[tuple[int, int]]:
    """Where chunks of documents begin and end: at READ_AT_ONCE documents or from READ_BYTES on."""
    first = size = 0
    for number, entry in enumerate(entries):
        size += entry.size
        if number + 1 - first == READ_AT_ONCE or size >= READ_BYTES:
            yield first, number + 1
            first, size = number + 1, 0
    if first < len(entries):
        yield first, len(entries)


def _languages(found: Sequence[Known], pair: RankedPair) -> tuple[str, str]:
    return primary(found[pair.source].language), primary(found[pair.target].language)


def _spans(found: Sequence[Known], pairs: Sequence[RankedPair]) -> list[tuple[int, int]]:
    """Where chunks of pairs begin and end, each between the same two languages."""
    spans, first = [], 0
    for _, some in groupby(pairs, key=lambda pair: _languages(found, pair)):
        last = first + sum(1 for _ in some)
        spans += [(k, min(k + ALIGNED_AT_ONCE, last)) for k in range(first, last, ALIGNED_AT_ONCE)]
        first = last
    return spans


def _shards(
    aligned: Sequence[Packed], spans: Spans, found: Sequence[Known], pairs: Sequence[RankedPair]
) -> list[Shard]:
    """The aligned chunks, CHUNKS_OF_SHARD at most to a shard, each between the same two languages."""
    shards: list[Shard] = []
    ordered = zip(aligned, (_languages(found, pairs[first]) for first, _ in spans), strict=True)
    for (source, target), some in groupby(ordered, key=lambda entry: entry[1]):
        chunks = [chunk for chunk, _ in some]
        for first in range(0, len(chunks), CHUNKS_OF_SHARD):
            part = chunks[first : first + CHUNKS_OF_SHARD]
            shards.append(Shard(len(shards), part, source, target))
    return shards


def _with_statuses(found: Sequence[Known], pairs: Sequence[RankedPair], threshold: float) -> list[Known]:
    """The documents with their last status: those that took part are paired or have no counterpart."""
    taken = {number for pair in pairs for number in (pair.source, pair.target)}
    others = {side: {lang for s, lang in pools(found) if s != side} for side in ("source", "target")}
    told = list(found)
    for number, one in enumerate(found):
        if one.status:
            continue
        if number in taken:
            told[number] = replace(one, status=PAIRED)
            continue
        why = f"none above {threshold:g}"
        if one.pairs:
            why = "the other side of its file takes no part"
        elif not others[one.side] - {primary(one.language)}:
            why = "the other side has nothing in another language"
        told[number] = replace(one, status="no counterpart", why=why)
    return told
