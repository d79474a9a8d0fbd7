"""Pairs of documents aligned, many at a time: what goes into the shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.corpus.chunks import lines, packed
from polyalign.errors import InputError, PolyalignError, is_interrupt
from polyalign.formats import FORMATS
from polyalign.formats.common import Options, at_least, joined
from polyalign.parts import Document, Side
from polyalign.pipeline import Aligner, Mode, read_bitext
from polyalign.tags import primary

_TMX = FORMATS["tmx"].pieces
_NO_UNALIGNED = Options(unaligned=False)


@dataclass(frozen=True, slots=True)
class PairTask:
    """Two documents that belong together: the number of the pair, and for each its key, language, text.

    `pairs` is the path of the file of which they are the two sides, where they are.
    """

    number: int
    source: tuple[str, str, str]
    target: tuple[str, str, str]
    pairs: str = ""


class Aligning:
    """Aligns chunks of document pairs; holds the aligner, whose models load with the first chunk.

    What came in as a file of pairs stays as it stands there, in the languages `asked` for.
    """

    def __init__(self, encoder: str, mode: Mode, min_score: float, asked: tuple[str, str]) -> None:
        self._aligner = Aligner(encoder, mode=mode, min_score=min_score, translate="off")
        self._asked = asked

    def __call__(self, tasks: Sequence[PairTask]) -> bytes:
        """The chunk's file: counts of each pair, rows for Parquet, units for TMX."""
        pairs, rows, units = list[dict[str, Any]](), list[dict[str, Any]](), list[bytes]()
        for task in tasks:
            bitext, fault = self._paired(task)
            if bitext is None:
                pairs.append({"pair": task.number, "beads": 0, "fault": fault})
                continue
            pairs.append({"pair": task.number, "beads": len(bitext.beads), "mode": bitext.mode})
            rows += _rows(task.number, bitext)
            units += _units(bitext)
        return packed({"pairs": lines(pairs), "rows": lines(rows), "tmx": b"".join(units)})

    def _paired(self, task: PairTask) -> tuple[Bitext | None, str]:
        """The bitext, or what was wrong with the documents."""
        try:
            if task.pairs:
                return at_least(read_bitext(task.pairs, languages=self._asked), self._aligner.min_score), ""
            sides = (task.source, task.target)
            source, target = (Document(text, path=key, language=language) for key, language, text in sides)
            return self._aligner.pair(source, target), ""
        except InputError as error:
            return None, str(error)
        except (PolyalignError, MemoryError):
            raise
        except Exception as error:  # whatever the aligner stumbles over is the fault of this pair alone
            if is_interrupt(error):
                raise
            return None, without_controls(f"it cannot be aligned ({type(error).__name__}: {error})")


def _rows(number: int, bitext: Bitext) -> Iterator[dict[str, Any]]:
    for row in bitext.rows():
        if row.bead:
            yield {
                "pair": number,
                "source": joined(row.source, bitext.source.language),
                "target": joined(row.target, bitext.target.language),
                "score": row.bead.score,
                "kind": row.bead.kind,
                "source_ids": row.bead.source,
                "target_ids": row.bead.target,
            }


def _units(bitext: Bitext) -> list[bytes]:
    """The units of a TMX, without its head and its end; languages without regions, as the head has them."""
    source, target = (replace(s, language=primary(s.language)) for s in (bitext.source, bitext.target))
    told = replace(bitext, source=source, target=target)
    return [_as_bytes(piece) for piece in _TMX(told, _NO_UNALIGNED)][1:-1]


def tmx_frame(source: str, target: str, mode: str, signature: str) -> tuple[bytes, bytes]:
    """What stands before and after the units in a TMX of two languages."""
    bare = Bitext(Side(source, ()), Side(target, ()), (), mode=mode, signature=signature)
    head, end = (_as_bytes(piece) for piece in _TMX(bare, _NO_UNALIGNED))
    return head, end


def _as_bytes(piece: str | bytes) -> bytes:
    return piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece
