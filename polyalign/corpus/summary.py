"""What became of a run, in counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from polyalign.corpus.known import Known

PAIRED = "paired"
STATUSES = (
    *("unreadable", "empty", "language unknown", "language not covered", "language not asked for"),
    *("duplicate", "no counterpart"),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many documents there were, how many are `paired`, and why the others are `left_out`.

    `pairs` counts pairs of documents, in all and by their languages ("ar-en"), `beads` the pairs of
    segments in them. `languages` counts the documents of each language. `faults` has a line for each
    document that could not be read, or pair that could not be aligned.
    """

    documents: int
    paired: int
    left_out: Mapping[str, int]
    languages: Mapping[str, int]
    pairs: int
    pairs_by_languages: Mapping[str, int]
    beads: int
    shards: int
    faults: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The summary as a JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Summary:
        """The summary that `to_json` wrote."""
        told = json.loads(text)
        return cls(**(told | {"faults": tuple(told["faults"])}))

    def lines(self) -> Iterator[str]:
        """The counts as lines for a reader, without the faults."""
        yield f"{self.documents:,} documents, {self.paired:,} of them paired"
        for status, count in self.left_out.items():
            yield f"{count:,} {_WORDS.get(status, status)}"
        kinds = ", ".join(f"{count:,} {name}" for name, count in self.pairs_by_languages.items())
        yield f"{self.pairs:,} pairs of documents{f' ({kinds})' if kinds else ''}, {self.beads:,} of segments"


_WORDS = {
    "language unknown": "in a language that cannot be told",
    "language not covered": "in a language that the encoder does not cover",
    "language not asked for": "in a language that was not asked for",
    "duplicate": "copies of others",
    "no counterpart": "without a counterpart above the threshold",
}


def counted(
    documents: Sequence[Known], pairs: Mapping[str, int], beads: int, shards: int, faults: Sequence[str]
) -> Summary:
    """The summary of documents that all have their status."""
    statuses = Counter(one.status for one in documents)
    languages = Counter(one.language for one in documents if one.language)
    return Summary(
        documents=len(documents),
        paired=statuses[PAIRED],
        left_out={status: statuses[status] for status in STATUSES if statuses[status]},
        languages=dict(sorted(languages.items(), key=lambda entry: (-entry[1], entry[0]))),
        pairs=sum(pairs.values()),
        pairs_by_languages=pairs,
        beads=beads,
        shards=shards,
        faults=tuple(faults),
    )
