"""transformers: the reference, in float32 on the processor or on CUDA."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from polyalign.translation.backend import BEAM, NO_REPEAT, Pieces
from polyalign.translation.tokenizer import Tokenizer
from polyalign.translation.weights import END, PADDING, UNKNOWN, load_model, needed


@dataclass(frozen=True)
class Transformers:
    """The model in a folder (config.json, model.safetensors); it loads on first use.

    `device` is "cpu", "cuda" or None: CUDA where there is any.
    """

    folder: Path
    tokenizer: Tokenizer
    device: str | None = None

    @property
    def identity(self) -> str:
        """ "transformers-float32"."""
        return "transformers-float32"

    def generate(self, batch: Sequence[Pieces], *, limit: int, again: bool = False) -> list[list[list[str]]]:
        """The hypotheses for each input; see Backend."""
        torch = needed("torch")
        settings = self._settings(limit, again=again)
        with torch.inference_mode():
            rows = self._model.generate(**self._inputs(batch), generation_config=settings).tolist()
        each = settings.num_return_sequences
        # the pieces between the mark that starts an output and the one that ends it
        outputs = ([self._pieces[number] for number in row[1:]] for row in rows)
        hypotheses = [own[: own.index(END)] if END in own else own for own in outputs]
        return [hypotheses[first : first + each] for first in range(0, len(hypotheses), each)]

    def _settings(self, limit: int, *, again: bool) -> Any:
        """The model's own settings with ours in their place."""
        marks = self.tokenizer.ids((PADDING, UNKNOWN))
        settings = copy.deepcopy(self._model.generation_config)
        settings.update(
            num_beams=BEAM,
            num_return_sequences=BEAM if again else 1,
            no_repeat_ngram_size=NO_REPEAT if again else 0,
            max_length=limit + 1,  # the mark that starts the output counts here
            max_new_tokens=None,
            early_stopping=False,
            do_sample=False,
            length_penalty=1.0,
            bad_words_ids=[[mark] for mark in marks],
            renormalize_logits=True,
        )
        return settings

    def _inputs(self, batch: Sequence[Pieces]) -> dict[str, Any]:
        """input_ids and attention_mask, filled up to the longest input."""
        torch = needed("torch")
        padding = self.tokenizer.vocabulary[PADDING]
        rows = [torch.tensor(self.tokenizer.ids(pieces)) for pieces in batch]
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=padding)
        ids = ids.to(self._model.device)
        return {"input_ids": ids, "attention_mask": (ids != padding).long()}

    @cached_property
    def _model(self) -> Any:
        torch = needed("torch")
        model = load_model(self.folder)
        return model.to(self.device or ("cuda" if torch.cuda.is_available() else "cpu"))

    @cached_property
    def _pieces(self) -> list[str]:
        return sorted(self.tokenizer.vocabulary, key=self.tokenizer.vocabulary.__getitem__)
