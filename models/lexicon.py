"""Which source piece stands for which target piece, learned from sentence pairs: IBM Model 1.

Brown et al., "The Mathematics of Statistical Machine Translation" (Computational Linguistics 19(2),
1993), with the diagonal prior of Dyer et al. (NAACL 2013): words tend to keep their order.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

_DIAGONAL = 4.0  # strength of the prior
_FLOOR = 1e-9

Batch = tuple[Tensor, Tensor]  # piece numbers, sentence pairs x pieces, -1 where a sentence has ended


def learn(batches: Iterable[Batch], sizes: tuple[int, int], *, rounds: int = 5) -> Tensor:
    """The chance of each target piece given a source piece: source pieces x target pieces."""
    kept = list(batches)
    table = torch.ones(sizes)
    for _ in range(rounds):
        counts = torch.zeros(sizes[0] * sizes[1])
        for source, target in kept:
            links = posterior(table, source, target)
            cells = source.clamp(min=0).unsqueeze(1) * sizes[1] + target.clamp(min=0).unsqueeze(2)
            counts.index_add_(0, cells.flatten(), links.flatten())
        table = counts.view(sizes)
        table /= table.sum(1, keepdim=True).clamp(min=_FLOOR)
    return table


def posterior(table: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """How likely each target piece was made by each source piece of its sentence.

    Pairs x target pieces x source pieces; each row sums to 1, or to 0 where the sentence has ended.
    """
    chance = table[source.clamp(min=0).unsqueeze(1), target.clamp(min=0).unsqueeze(2)]
    chance = (chance + _FLOOR) * torch.exp(
        -_DIAGONAL * (_place(target).unsqueeze(2) - _place(source).unsqueeze(1)).abs()
    )
    chance *= (target >= 0).unsqueeze(2) & (source >= 0).unsqueeze(1)
    return chance / chance.sum(2, keepdim=True).clamp(min=_FLOOR)


def _place(pieces: Tensor) -> Tensor:
    """Where in its sentence each piece stands, 0 to 1."""
    length = (pieces >= 0).sum(1, keepdim=True).clamp(min=1)
    return torch.arange(pieces.shape[1]) / length
