"""Train a small MarianMT model, by default from Arabic to English.

    python models/train.py ../shared/mt/train.ar-en.tsv ../shared/mt/names.ar-en.tsv \\
        --work build/small-ar-en --minutes 120

Run it again to go on from the last checkpoint; `--export FOLDER` writes the model.
The text has three columns (source, english, origin) with a header. What makes a model of this size
learn on two cores: each side's pieces are matched beforehand (lexicon.py), and the embeddings start
so that a source piece lies where its translations lie; the attention from target to source is
guided by the same matches (Chen et al., AMTA 2016); pieces that only the source has are no choices
of the output layer. The weights that are kept are a moving average of those that are trained.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lexicon
import sentencepiece
import torch
from torch import Tensor
from torch.nn import functional
from transformers import MarianConfig, MarianMTModel

SOURCE_PIECES, TARGET_PIECES = 8000, 6000
END, UNKNOWN = 0, 1  # </s> and <unk>; <pad> comes last
SHAPE: dict[str, Any] = {
    "d_model": 256,
    "encoder_layers": 4,
    "decoder_layers": 2,
    "encoder_attention_heads": 8,
    "decoder_attention_heads": 8,
    "encoder_ffn_dim": 1024,
    "decoder_ffn_dim": 1024,
}
TIMES = {"tico19": 2, "xquad": 2, "ud-pud": 2, "quran": 0}  # how often an epoch sees a text; else once
LONGEST = 100  # pieces of a sentence
BATCH = 1600  # target pieces
RATE, WARMUP, DECAY = 1e-3, 300, 2500  # learning rate, steps to reach it, steps it then stays
SMOOTHING, DROPOUT = 0.1, 0.1
AVERAGE, FOLLOW_EVERY = 0.99, 5  # what the average keeps, each so many steps
GUIDE, GUIDE_HALF, GUIDE_LEAST = 0.6, 800, 0.05  # weight of the guidance, steps to halve it
HELD_OUT = 200  # pairs for validation
SAVE_EVERY, VALIDATE_EVERY = 300, 900  # seconds
IMPOSSIBLE = -1e4


@dataclass(frozen=True)
class Pair:
    source: list[int]
    target: list[int]


@dataclass(frozen=True)
class Vocabulary:
    """Pieces of both sides under one numbering: special, target's, the source's own, padding."""

    source: sentencepiece.SentencePieceProcessor
    target: sentencepiece.SentencePieceProcessor
    ids: dict[str, int]
    outputs: int  # the pieces below this number can be written

    @property
    def padding(self) -> int:
        return self.ids["<pad>"]

    def encode(self, source: str, target: str) -> Pair:
        read = [self.ids.get(piece, UNKNOWN) for piece in self.source.encode(source, out_type=str)]
        written = [self.ids.get(piece, UNKNOWN) for piece in self.target.encode(target, out_type=str)]
        possible = [i if i < self.outputs else UNKNOWN for i in written]
        return Pair([*read[: LONGEST - 1], END], [*possible[: LONGEST - 1], END])


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    torch.manual_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    kept, held = read(options.texts, options.seed)
    vocabulary = pieces(kept, options.work)
    pairs = [vocabulary.encode(source, target) for source, target, _ in kept]
    trainer = Trainer(vocabulary, pairs, held, options.work, options.seed)
    if options.minutes:
        trainer.run(options.minutes * 60)
    if options.export:
        export(trainer, options.export)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("texts", nargs="+", type=Path, metavar="TSV")
    parser.add_argument("--work", type=Path, required=True, help="folder of vocabularies and checkpoint")
    parser.add_argument("--minutes", type=float, default=0, help="train this long, then stop")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--export", type=Path, metavar="DIR", help="write the model here")
    return parser


def read(paths: Sequence[Path], seed: int) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """The training pairs (source, target, origin), and the pairs that are held out for validation."""
    rows = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows += [tuple(line) for line in lines][1:]
    named = [(s, t.title() if "names" in o else t, o) for s, t, o in rows]
    general = [row for row in named if TIMES.get(row[2], 1) > 1]
    held = set(random.Random(seed).sample(sorted(set(general)), HELD_OUT))
    kept = [row for row in named if row not in held for _ in range(TIMES.get(row[2], 1))]
    return kept, [(source, target) for source, target, _ in sorted(held)]


def pieces(kept: Sequence[tuple[str, str, str]], work: Path) -> Vocabulary:
    """The vocabulary, learned once and kept in the work folder."""
    sides = (("source", SOURCE_PIECES, 0), ("target", TARGET_PIECES, 1))
    for name, size, column in sides:
        if not (work / f"{name}.spm").exists():
            _learn_pieces(sorted({row[column] for row in kept}), work / name, size)
    source, target = (sentencepiece.SentencePieceProcessor(str(work / f"{name}.spm")) for name, *_ in sides)
    written, own = ([spm.id_to_piece(i) for i in range(3, len(spm))] for spm in (target, source))
    listed = ["</s>", "<unk>", *written, *(piece for piece in own if piece not in set(written)), "<pad>"]
    return Vocabulary(source, target, {piece: i for i, piece in enumerate(listed)}, 2 + len(written))


def _learn_pieces(texts: Sequence[str], prefix: Path, size: int) -> None:
    """Vowel signs and tatweel are left out of Arabic, and its digits and variants of alef are made one."""
    rules = prefix.with_suffix(".rules")
    dropped = [0x640, *range(0x64B, 0x653), 0x670]
    folded = {0x623: 0x627, 0x625: 0x627, 0x671: 0x627, 0x649: 0x64A}
    folded |= {0x660 + i: 0x30 + i for i in range(10)} | {0x6F0 + i: 0x30 + i for i in range(10)}
    folded |= {0x2018: 0x27, 0x2019: 0x27, 0x201C: 0x22, 0x201D: 0x22, 0xAB: 0x22, 0xBB: 0x22, 0xA0: 0x20}
    lines = [f"{code:X}\t" for code in dropped] + [f"{a:X}\t{b:X}" for a, b in folded.items()]
    rules.write_text("\n".join(lines) + "\n", encoding="ascii")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(prefix),
        vocab_size=size,
        character_coverage=0.9998,
        normalization_rule_tsv=str(rules),
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    prefix.with_suffix(".model").rename(prefix.with_suffix(".spm"))


class Trainer:
    """A model in training and everything that a checkpoint holds."""

    def __init__(
        self, vocabulary: Vocabulary, pairs: list[Pair], held: list[tuple[str, str]], work: Path, seed: int
    ) -> None:
        self.vocabulary, self.pairs, self.held, self.seed = vocabulary, pairs, held, seed
        self.checkpoint = work / "checkpoint.pt"
        self.table = self._lexicon(work / "lexicon.pt")
        self.model = _model(vocabulary)
        self.step = self.epoch = self.position = 0
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.average: dict[str, Tensor] = {}
        if self.checkpoint.exists():
            self._load()
        else:
            self._begin()

    def run(self, seconds: float) -> None:
        """Train for so long, with a line of progress every half minute."""
        begun = saved = validated = said = time.monotonic()
        tokens, losses = 0, []
        while (now := time.monotonic()) - begun < seconds:
            batch = self._next()
            losses.append(self._update(batch))
            tokens += sum(len(pair.target) for pair in batch)
            if now - said > 30:
                loss = sum(losses) / len(losses)
                rate = tokens / (now - said)
                _say(f"step {self.step} epoch {self.epoch} loss {loss:.3f}, {rate:.0f} pieces a second")
                said, tokens, losses = now, 0, []
            if now - saved > SAVE_EVERY:
                self._save()
                saved = now
            if now - validated > VALIDATE_EVERY:
                self.validate()
                validated = now
        self._save()
        self.validate()

    def validate(self) -> None:
        """Say the chrF of greedy translations of the held-out pairs, and show three of them."""
        import sacrebleu

        sources, references = zip(*self.held, strict=True)
        made = translate(self.averaged(), self.vocabulary, sources)
        _say(f"validation chrF {sacrebleu.corpus_chrf(made, [list(references)]).score:.1f}")
        for reference, text in list(zip(references, made, strict=True))[:3]:
            _say(f"    {reference}\n    -> {text}")

    def averaged(self) -> Any:
        """The model with the moving average of the weights."""
        model = _model(self.vocabulary)
        model.load_state_dict(self.average, strict=False)
        return model.eval()

    def _next(self) -> list[Pair]:
        """The next batch; each epoch has its own order, the same in every run."""
        batches = self._batches()
        if self.position >= len(batches):
            self.epoch, self.position = self.epoch + 1, 0
            batches = self._batches()
        self.position += 1
        return batches[self.position - 1]

    def _batches(self) -> list[list[Pair]]:
        if getattr(self, "_made", None) != self.epoch:
            order = random.Random(f"{self.seed} {self.epoch}")
            self._of_epoch = list(batches(self.pairs, BATCH, order))
            self._made = self.epoch
        return self._of_epoch

    def _update(self, batch: Sequence[Pair]) -> float:
        """One step of the optimizer; the loss of a piece without guidance and smoothing."""
        self.model.train()
        source, target = _padded([p.source for p in batch]), _padded([p.target for p in batch])
        states, attention = _forward(self.model, source, target, self.vocabulary)
        wanted = target[target >= 0]
        logits = functional.linear(
            states[target >= 0], self.model.model.shared.weight[: self.vocabulary.outputs]
        )
        plain = functional.cross_entropy(logits.detach(), wanted)
        loss = functional.cross_entropy(logits, wanted, label_smoothing=SMOOTHING)
        links = lexicon.posterior(self.table, source, target)
        guide = max(GUIDE_LEAST, GUIDE * 0.5 ** (self.step / GUIDE_HALF))
        loss = loss - guide * (links * (attention.mean(1) + 1e-6).log()).sum() / len(wanted)
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * min((self.step + 1) / WARMUP, max(1, self.step / DECAY) ** -0.5)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        if self.step % FOLLOW_EVERY == 0:
            self._follow()
        return plain.item()

    def _follow(self) -> None:
        keep = min(AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.model.named_parameters():
                self.average[name].lerp_(value, 1 - keep)

    def _lexicon(self, path: Path) -> Tensor:
        if not path.exists():
            _say("matching the pieces of both sides")
            some = batches(self.pairs, 4 * BATCH, random.Random(self.seed))
            both = ((_padded([p.source for p in b]), _padded([p.target for p in b])) for b in some)
            size = len(self.vocabulary.ids)
            torch.save(lexicon.learn(both, (size, self.vocabulary.outputs)), path)
        table: Tensor = torch.load(path)
        return table

    def _begin(self) -> None:
        """Let each source piece lie where its translations lie, and attention hand on what it sees."""
        weights = self.model.model.shared.weight
        with torch.no_grad():
            functional.normalize(weights, dim=1, out=weights)
            outputs = self.vocabulary.outputs
            near = self.table[outputs:] @ weights[:outputs]
            weights[outputs:] = functional.normalize(near + 0.2 * weights[outputs:], dim=1)
            for layer in self.model.model.decoder.layers:
                torch.nn.init.eye_(layer.encoder_attn.v_proj.weight)
                torch.nn.init.eye_(layer.encoder_attn.out_proj.weight)
        self.average = {n: p.detach().clone() for n, p in self.model.named_parameters()}

    def _save(self) -> None:
        beside = self.checkpoint.with_suffix(".tmp")
        state = {name: getattr(self, name) for name in ("step", "epoch", "position", "average")}
        state |= {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save(state | {"random": torch.get_rng_state()}, beside)
        os.replace(beside, self.checkpoint)

    def _load(self) -> None:
        state = torch.load(self.checkpoint)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        for name in ("step", "epoch", "position", "average"):
            setattr(self, name, state[name])
        _say(f"going on from step {self.step} in epoch {self.epoch}")


def batches(pairs: Sequence[Pair], size: int, order: random.Random) -> Iterator[list[Pair]]:
    """All pairs once, in batches of pairs of like length, up to `size` pieces with the padding."""
    mixed = [(len(p.target) + order.random() * 4, len(p.source), order.random(), p) for p in pairs]
    made: list[list[Pair]] = [[]]
    longest = 0
    for *_, pair in sorted(mixed, key=lambda row: row[:3]):
        longest = max(longest, len(pair.source), len(pair.target))
        if longest * (len(made[-1]) + 1) > size:
            made.append([])
            longest = max(len(pair.source), len(pair.target))
        made[-1].append(pair)
    order.shuffle(made)
    yield from made


def _model(vocabulary: Vocabulary) -> Any:
    config = MarianConfig(
        **SHAPE,
        vocab_size=len(vocabulary.ids),
        decoder_vocab_size=len(vocabulary.ids),
        max_position_embeddings=512,
        activation_function="swish",
        dropout=DROPOUT,
        init_std=0.02,
        scale_embedding=True,
        pad_token_id=vocabulary.padding,
        decoder_start_token_id=vocabulary.padding,
        eos_token_id=END,
        forced_eos_token_id=END,
    )
    model = MarianMTModel(config)
    model.set_attn_implementation("eager")  # the others do not give the attention that is guided
    model.final_logits_bias[:, vocabulary.outputs :] = IMPOSSIBLE
    return model


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    """Rows x the longest; -1 where a row has ended."""
    width = max(map(len, rows))
    return torch.tensor([[*row, *[-1] * (width - len(row))] for row in rows])


def _forward(model: Any, source: Tensor, target: Tensor, vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """The states before the output layer, and the last layer's attention from target to source."""
    pad = vocabulary.padding
    before = functional.pad(target[:, :-1], (1, 0), value=pad)
    out = model.model(
        input_ids=source.where(source >= 0, pad),
        attention_mask=(source >= 0).long(),
        decoder_input_ids=before.where(before >= 0, pad),
        output_attentions=True,
        use_cache=False,
    )
    return out.last_hidden_state, out.cross_attentions[-1]


def translate(model: Any, vocabulary: Vocabulary, sources: Sequence[str], *, beams: int = 1) -> list[str]:
    """Translations of whole sentences, in order."""
    names = {number: piece for piece, number in vocabulary.ids.items()}
    made: dict[int, str] = {}
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
    for start in range(0, len(order), 32):
        some = order[start : start + 32]
        source = _padded([vocabulary.encode(sources[i], "").source for i in some])
        with torch.inference_mode():
            written = model.generate(
                input_ids=source.where(source >= 0, vocabulary.padding),
                attention_mask=(source >= 0).long(),
                num_beams=beams,
                max_new_tokens=LONGEST,
            )
        for i, row in zip(some, written.tolist(), strict=True):
            pieces = [names[n] for n in row if n not in (END, UNKNOWN, vocabulary.padding)]
            made[i] = vocabulary.target.decode_pieces(pieces)
    return [made[i] for i in range(len(sources))]


def export(trainer: Trainer, folder: Path) -> None:
    """Write the averaged model with its vocabularies, laid out as Helsinki-NLP's repositories are."""
    model = trainer.averaged()
    model.generation_config.num_beams = 4
    model.generation_config.max_length = 512
    model.save_pretrained(folder)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes((trainer.checkpoint.parent / name).read_bytes())
    vocabulary = json.dumps(trainer.vocabulary.ids, ensure_ascii=False, indent=0)
    (folder / "vocab.json").write_text(vocabulary, encoding="utf-8")
    settings = {"source_lang": "ar", "target_lang": "en", "model_max_length": 512, "separate_vocabs": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    count = sum(math.prod(p.shape) for p in model.parameters())
    _say(f"{folder}: {count / 1e6:.1f} million parameters after {trainer.step} steps")


def _say(line: str) -> None:
    print(time.strftime("%H:%M:%S"), line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
