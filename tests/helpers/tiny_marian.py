"""Tiny MarianMT models, trained in seconds until they know a few sentences by heart.

The sentences were written for this, and the folders hold what Helsinki-NLP's repositories hold.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Example = tuple[str, str, str]  # target code or "", source, target

EOS, UNKNOWN, PAD = "</s>", "<unk>", "<pad>"

# Arabic, English, Turkish
SENTENCES = (
    (
        "وصل الوزير إلى المدينة صباح اليوم.",
        "The minister arrived in the city this morning.",
        "Bakan bu sabah şehre geldi.",
    ),
    (
        "افتتح الرئيس المكتبة الجديدة.",
        "The president opened the new library.",
        "Başkan yeni kütüphaneyi açtı.",
    ),
    ("كان الطقس باردا في الشمال.", "The weather was cold in the north.", "Kuzeyde hava soğuktu."),
    ("ارتفعت أسعار الخبز هذا العام.", "Bread prices rose this year.", "Ekmek fiyatları bu yıl arttı."),
    (
        "زار الطلاب المتحف القديم.",
        "The students visited the old museum.",
        "Öğrenciler eski müzeyi ziyaret etti.",
    ),
    (
        "أغلقت الشرطة الجسر مساء الأحد.",
        "The police closed the bridge on Sunday evening.",
        "Polis pazar akşamı köprüyü kapattı.",
    ),
    ("فاز الفريق بالمباراة الأخيرة.", "The team won the last match.", "Takım son maçı kazandı."),
    (
        "يزرع الفلاحون القمح في الوادي.",
        "The farmers grow wheat in the valley.",
        "Çiftçiler vadide buğday yetiştirir.",
    ),
    (
        "كتبت المعلمة رسالة إلى الأهالي.",
        "The teacher wrote a letter to the parents.",
        "Öğretmen velilere bir mektup yazdı.",
    ),
    (
        "بدأ المهرجان بعد غروب الشمس.",
        "The festival began after sunset.",
        "Festival gün batımından sonra başladı.",
    ),
    ("هل وصل القطار في موعده؟", "Did the train arrive on time?", "Tren zamanında geldi mi?"),
    ("لم يصب أحد في الحريق.", "Nobody was hurt in the fire.", "Yangında kimse yaralanmadı."),
    ("أين يقع المستشفى؟", "Where is the hospital?", "Hastane nerede?"),
    ("وقعت الدولتان على الاتفاق.", "The two countries signed the agreement.", "İki ülke anlaşmayı imzaladı."),
    (
        "انخفض منسوب النهر بعد الجفاف.",
        "The river fell after the drought.",
        "Kuraklıktan sonra nehir alçaldı.",
    ),
    ("اشترى التاجر سفينة كبيرة.", "The merchant bought a large ship.", "Tüccar büyük bir gemi aldı."),
    (
        "نقلت الطائرة المساعدات إلى الجزيرة.",
        "The plane carried the aid to the island.",
        "Uçak yardımı adaya taşıdı.",
    ),
    (
        "يدرس المهندسون خطة المطار.",
        "The engineers are studying the airport plan.",
        "Mühendisler havalimanı planını inceliyor.",
    ),
    (
        "تحدث الطبيب عن اللقاح الجديد.",
        "The doctor spoke about the new vaccine.",
        "Doktor yeni aşıdan söz etti.",
    ),
    (
        "عاد الصيادون قبل العاصفة.",
        "The fishermen came back before the storm.",
        "Balıkçılar fırtınadan önce döndü.",
    ),
    (
        "قال المتحدث إن المفاوضات مستمرة.",
        "The spokesman said the talks go on.",
        "Sözcü görüşmelerin sürdüğünü söyledi.",
    ),
    (
        "يحتفل الأطفال بالعيد غدا.",
        "The children celebrate the feast tomorrow.",
        "Çocuklar yarın bayramı kutluyor.",
    ),
    ("دفعت الشركة أجور العمال.", "The company paid the workers.", "Şirket işçilere ücretlerini ödedi."),
    ("سقط الثلج على الجبال.", "Snow fell on the mountains.", "Dağlara kar yağdı."),
)
ARABIC, ENGLISH, TURKISH = (tuple(column) for column in zip(*SENTENCES, strict=True))


@dataclass(frozen=True, slots=True)
class Tiny:
    """A trained model: its folder and what it knows by heart."""

    folder: Path
    examples: tuple[Example, ...]

    def copied(self, folder: Path) -> Path:
        """A copy of the model's folder, to be damaged."""
        return Path(shutil.copytree(self.folder, folder))


@pytest.fixture(scope="session")
def tiny_ar_en(shared_by_workers: Path) -> Tiny:
    """Arabic to English, no target codes, model.safetensors."""
    examples = [("", arabic, english) for arabic, english, _ in SENTENCES]
    return once(shared_by_workers / "opus-mt-ar-en", examples)


@pytest.fixture(scope="session")
def tiny_en_mul(shared_by_workers: Path) -> Tiny:
    """English to Arabic and Turkish, the target behind >>ara<< or >>tur<<, pytorch_model.bin only."""
    examples = [(">>ara<<", english, arabic) for arabic, english, _ in SENTENCES]
    examples += [(">>tur<<", english, turkish) for _, english, turkish in SENTENCES]
    return once(shared_by_workers / "opus-mt-en-mul", examples, binary=True)


def once(folder: Path, examples: Sequence[Example], *, binary: bool = False) -> Tiny:
    """What `trained` gives, by the first process that asks for it."""
    pytest.importorskip("torch")
    from filelock import FileLock

    done = folder.with_suffix(".done")
    with FileLock(folder.with_suffix(".lock")):
        if not done.exists():
            trained(folder, examples, binary=binary)
            done.touch()
    return Tiny(folder, tuple(examples))


def trained(folder: Path, examples: Sequence[Example], *, binary: bool = False, steps: int = 110) -> Tiny:
    """The model that translates the examples by heart, written to a new folder."""
    import torch

    folder.mkdir(parents=True)
    vocabulary = _tokenizer(folder, examples)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = _fitted(_blank(vocabulary), _batch(folder, vocabulary, examples), steps)
    write(folder, model, binary=binary)
    return Tiny(folder, tuple(examples))


def write(folder: Path, model: Any, *, binary: bool = False) -> None:
    """The configuration and weights of a model as files: model.safetensors or pytorch_model.bin."""
    import torch

    with quiet():
        model.save_pretrained(folder)
    if binary:
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """A block in which transformers draws no bars."""
    logging: Any = pytest.importorskip("transformers").utils.logging
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()


def binary_only(folder: Path) -> Path:
    """The same folder with pytorch_model.bin in place of model.safetensors."""
    transformers: Any = pytest.importorskip("transformers")
    with quiet():
        model = transformers.MarianMTModel.from_pretrained(folder, local_files_only=True)
    write(folder, model, binary=True)
    return folder


def _tokenizer(folder: Path, examples: Sequence[Example]) -> dict[str, int]:
    """Write source.spm, target.spm, vocab.json and tokenizer_config.json; the vocabulary."""
    source, target = (_pieces(folder / f"{side}.spm", [e[i] for e in examples]) for side, i in _SIDES)
    codes = dict.fromkeys(code for code, _, _ in examples if code)
    entries = dict.fromkeys((EOS, UNKNOWN, *source, *target, *codes, PAD))
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    _write_json(folder / "vocab.json", vocabulary)
    _write_json(
        folder / "tokenizer_config.json", {"model_max_length": 512, "tokenizer_class": "MarianTokenizer"}
    )
    return vocabulary


_SIDES = (("source", 1), ("target", 2))


def _pieces(path: Path, texts: Sequence[str]) -> list[str]:
    """The pieces of a SentencePiece model trained on the texts and written to the path."""
    import sentencepiece

    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=file,
            vocab_size=220,
            hard_vocab_limit=False,
            character_coverage=1.0,
            minloglevel=2,
        )
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [model.id_to_piece(number) for number in range(3, model.get_piece_size())]


def _blank(vocabulary: dict[str, int]) -> Any:
    transformers: Any = pytest.importorskip("transformers")
    pad = vocabulary[PAD]
    shape = {f"{half}_layers": 1 for half in ("encoder", "decoder")}
    shape |= {f"{half}_ffn_dim": 128 for half in ("encoder", "decoder")}
    shape |= {f"{half}_attention_heads": 4 for half in ("encoder", "decoder")}
    model = transformers.MarianMTModel(
        transformers.MarianConfig(
            vocab_size=len(vocabulary),
            d_model=64,
            max_position_embeddings=512,
            activation_function="swish",
            scale_embedding=True,
            dropout=0.0,
            pad_token_id=pad,
            decoder_start_token_id=pad,
            **shape,
        )
    )
    settings = {"bad_words_ids": [[pad]], "num_beams": 4, "max_length": 512, "renormalize_logits": True}
    model.generation_config.update(**settings, bos_token_id=0, forced_eos_token_id=0)
    return model


def _batch(folder: Path, vocabulary: dict[str, int], examples: Sequence[Example]) -> dict[str, Any]:
    """All examples as one padded batch: input_ids, attention_mask, labels."""
    import sentencepiece
    import torch

    source, target = (
        sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{side}.spm")) for side, _ in _SIDES
    )

    def padded(rows: Sequence[Sequence[str]], filler: int) -> Any:
        ids = [torch.tensor([vocabulary[piece] for piece in (*row, EOS)]) for row in rows]
        return torch.nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=filler)

    pad = vocabulary[PAD]
    inputs = padded(
        [[*filter(None, [code]), *source.encode(text, out_type=str)] for code, text, _ in examples], pad
    )
    labels = padded([target.encode(text, out_type=str) for _, _, text in examples], -100)
    return {"input_ids": inputs, "attention_mask": (inputs != pad).long(), "labels": labels}


def _fitted(model: Any, batch: dict[str, Any], steps: int) -> Any:
    """The model after so many steps over the batch."""
    import torch

    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 8e-3 * min(1.0, (step + 1) / 20, (steps - step) / 20)
        optimizer.zero_grad()
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.eval()


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
