"""A Marian model as a translator: what goes in is checked and cut, what comes out is checked and joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from polyalign.translation.backend import Backend, Pieces, batches, longest_output
from polyalign.translation.protocol import Progress, Translation, flags_in_order, silent
from polyalign.translation.safeguards import absurd_length, goes_round, nothing_to_translate
from polyalign.translation.splitting import LONGEST, joined, parts
from polyalign.translation.tokenizer import Tokenizer, cleaned
from polyalign.translation.weights import UNKNOWN

_METHOD = 1  # counts up when the same model would give other texts
_FAULTS = ("", "repetition", "empty")  # of outputs: better one that says too much than nothing
_AGAIN = 4  # inputs that are tried again together, as that takes more memory


@dataclass(frozen=True)
class Marian:
    """A model on a backend.

    `model` names its revision or digest, `code` is the target code (">>ara<<") where it takes one.
    `positions` is how many pieces it can see or write at most.
    """

    name: str
    model: str
    tokenizer: Tokenizer
    backend: Backend
    code: str | None = None
    positions: int = 512

    @property
    def identity(self) -> str:
        """All that the results depend on, on one line."""
        return f"{self.model} {self.code or '-'} {self.backend.identity} method-{_METHOD}"

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        """One translation a text, in the same order; what comes several times is translated once."""
        lines = [cleaned(text) for text in texts]
        plans = {line: self._plan(line) for line in dict.fromkeys(lines)}
        wanted = [part for part in dict.fromkeys(chain.from_iterable(plans.values())) if self._speaks(part)]
        made = self._translated(wanted, lambda share: progress(int(share * len(texts)), len(texts)))
        progress(len(texts), len(texts))
        whole = {line: self._whole(plan, made) for line, plan in plans.items()}
        return [whole[line] or _passed(text) for text, line in zip(texts, lines, strict=True)]

    def _plan(self, line: str) -> list[str]:
        """The parts to translate a line in; none where it is to pass."""
        if nothing_to_translate(line):
            return []
        return parts(line, lambda text: len(self.tokenizer.pieces(text)), min(LONGEST, self.positions // 4))

    def _speaks(self, part: str) -> bool:
        """Whether the model knows anything of it; else it would make something up."""
        known = "".join(piece for piece in self.tokenizer.pieces(part) if piece != UNKNOWN)
        return not nothing_to_translate(part) and not nothing_to_translate(known)

    def _whole(self, plan: Sequence[str], made: dict[str, Translation]) -> Translation | None:
        """The translation of a line from those of its parts; None where none of them speaks."""
        if not any(part in made for part in plan):
            return None
        results = [made.get(part) or _passed(part) for part in plan]
        flags = {flag for result in results for flag in result.flags if flag != "passed"}
        flags |= {"split"} if len(plan) > 1 else set()
        return Translation(joined([result.text for result in results]), flags_in_order(flags))

    def _translated(self, texts: Sequence[str], report: Callable[[float], None]) -> dict[str, Translation]:
        """The translation of each part; those that come out wrong are tried once more."""
        sources = [self.tokenizer.pieces(text) for text in texts]
        size, done = sum(map(len, sources)), 0
        made: dict[str, Translation] = {}
        for chosen in batches([len(source) + 2 for source in sources]):
            results = self._batch([sources[i] for i in chosen])
            made |= {texts[i]: result for i, result in zip(chosen, results, strict=True)}
            done += sum(len(sources[i]) for i in chosen)
            report(done / size)
        return made

    def _batch(self, sources: Sequence[Pieces]) -> list[Translation]:
        outputs = [hypotheses[0] for hypotheses in self._generate(sources)]
        faults = [self._fault(*pair) for pair in zip(outputs, sources, strict=True)]
        wrong = [i for i, fault in enumerate(faults) if fault]
        for first in range(0, len(wrong), _AGAIN):
            some = wrong[first : first + _AGAIN]
            for i, others in zip(some, self._generate([sources[i] for i in some], again=True), strict=True):
                found = [(_FAULTS.index(self._fault(one, sources[i])), one) for one in (*others, outputs[i])]
                outputs[i] = min(found, key=lambda one: one[0])[1]
        return [self._result(*row) for row in zip(outputs, sources, faults, strict=True)]

    def _generate(self, sources: Sequence[Pieces], *, again: bool = False) -> list[list[list[str]]]:
        framed = [self.tokenizer.framed(source, self.code) for source in sources]
        return self.backend.generate(framed, limit=longest_output(framed, self.positions), again=again)

    def _fault(self, output: Pieces, source: Pieces) -> str:
        """ "empty", "repetition" or "" for none."""
        text = self.tokenizer.text(output)
        return "" if text and not goes_round(output, source) else "repetition" if text else "empty"

    def _result(self, output: Pieces, source: Pieces, fault: str) -> Translation:
        flags = {fault} if fault else set()
        flags |= {"length"} if absurd_length(output, source) else set()
        flags |= {"unknown"} if UNKNOWN in source else set()
        return Translation(self.tokenizer.text(output), flags_in_order(flags))


def _passed(text: str) -> Translation:
    known = nothing_to_translate(cleaned(text))
    return Translation(text, ("passed",) if known else ("passed", "unknown"))
