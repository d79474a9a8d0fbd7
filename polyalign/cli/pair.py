"""polyalign pair: two documents in, or a file of pairs; their beads out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import destination, is_terminal, say, say_notes, status
from polyalign.errors import UnreadableError, UsageError
from polyalign.files import read_bytes
from polyalign.progress import Stage

MAX_ANSWER_BYTES = 20_000_000

ALIGNING = ("mode", "pre_segmented", "wrapped", "srx", "encoder", "translate")  # options about how to align

if TYPE_CHECKING:
    from polyalign.bitext import Bitext
    from polyalign.parts import Document, SideName
    from polyalign.pipeline import Aligner
    from polyalign.qa import Glossary


@command(
    "align two documents",
    argument("SOURCE", "a text file, or one of pairs; - is standard input"),
    argument(
        "[TARGET]",
        "a text file in another language; without it, the pairs in SOURCE as they stand, or, if one of "
        f"{' '.join('--' + o.replace('_', '-') for o in ALIGNING)} is given, aligned anew",
    ),
    argument("[MORE]...", "further texts: then all stand side by side (tsv json tmx xlsx html)"),
    "Texts",
    option("--source-lang TAG", "of SOURCE; detected by default; of a file of pairs, which to take"),
    option("--target-lang TAG", "of TARGET, or the other one to take"),
    shared.ENCODING,
    shared.PRE_SEGMENTED,
    shared.WRAPPED,
    option("--srx FILE", "cut sentences by the rules in this SRX file"),
    "Alignment",
    shared.MODE,
    shared.MIN_SCORE,
    shared.ENCODER,
    shared.TRANSLATE,
    option("--ask FILE", "do not align: write questions for a chat model of your choice; nothing is sent"),
    option("--answer FILE", "what the model answered, as more evidence; once for each part", multiple=True),
    "Inside the pairs",
    option("--words", "link the words of each pair (in json, jsonl, html, pharaoh, talp)"),
    option(
        "--gloss", "beside each word its likeliest counterpart, no translation (table, json, jsonl, html)"
    ),
    option("--candidates", "likeliest partners of what is unaligned (json, jsonl)"),
    option("--explain", "say of each pair what speaks for it (table, json, jsonl, html)"),
    option("--qa", "flag what a checker would look at twice: numbers, names, ..."),
    shared.GLOSSARY,
    "Output",
    shared.OUTPUT,
    shared.FORMAT,
    shared.UNALIGNED,
    shared.BARE_TAGS,
    shared.NO_PROGRESS,
    examples=(
        "pair ar.txt en.txt  # a table on a terminal",
        "pair ar.txt en.txt -o pairs.tmx  # the format by the suffix",
        "pair memory.tmx --format jsonl --qa  # pairs, as they stand",
    ),
)
def pair(options: Options) -> int:
    """Align two documents, or take the pairs of a file, and write them with what is unaligned in place."""
    if options.source == options.target == "-":
        raise UsageError("both texts cannot be standard input: give one as a file")
    form = shared.shape(options.format, options.output)
    for name, forms in _HOLDING.items():
        if getattr(options, name) and not options.more and form not in forms.split():
            say(f"note: {form} does not hold what --{name} finds: take one of {forms}")
    read = (options.source, options.target, *options.more, options.glossary, *options.answer)
    shared.check_output(options.output, filter(None, read))
    if (options.ask or options.answer) and (options.more or options.target is None):
        raise UsageError("--ask and --answer are about two texts: give SOURCE and TARGET")
    if options.ask:
        return _ask(options)
    if options.more:
        return _several(options, form)
    terms = _terms(options)
    with status() as progress:
        bitext = (_of_pairs if options.target is None else _of_texts)(options, progress)
        bitext = bitext if terms is None else _checked(bitext, terms, progress)
        bitext = _looked_into(bitext, options, form, progress)
    looks = form == "table" or is_terminal(sys.stderr)
    if looks:
        say(f"mode: {bitext.mode}")
    say_notes(bitext.notes)
    if looks and options.translate in (None, "", "auto") and (hint := _hint(bitext)):
        say(f"hint: {hint}")
    if terms is not None:
        say(_summary(bitext))
    shared.deliver(bitext, form, options, min_score=options.min_score)
    return 0


def _of_texts(options: Options, progress: Callable[[Stage], None]) -> Bitext:
    answers = [_answer(name) for name in options.answer]
    return _aligner(options, progress).pair(*_documents(options), answers=answers)


def _documents(options: Options) -> tuple[Document, Document]:
    from polyalign.formats import read

    kwargs = {"encoding": options.encoding, "pre_segmented": options.pre_segmented}
    source = read(options.source, language=options.source_lang, **kwargs)
    return source, read(options.target, language=options.target_lang, **kwargs)


def _answer(name: str) -> str:
    """What a model answered, from a file. Raises UnreadableError, and InputError above MAX_ANSWER_BYTES."""
    data = read_bytes(name, limit=MAX_ANSWER_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = "it is not UTF-8: save what the model answered as text"
        raise UnreadableError(f"cannot read {name}: {why}") from error


def _ask(options: Options) -> int:
    """Write the questions, a file for each part: FILE, or FILE.1 and so on before its suffix."""
    from pathlib import Path

    with status() as progress:
        parts = _aligner(options, progress).ask(*_documents(options))
    whole = Path(options.ask)
    numbers = [""] if len(parts) == 1 else [str(number + 1) for number in range(len(parts))]
    names = [whole.with_name(".".join(filter(None, (whole.stem, n))) + whole.suffix) for n in numbers]
    if options.ask == "-" and parts[1:]:
        raise UsageError(f"--ask: these texts take {len(parts)} questions: name a file for them")
    for name in names:
        shared.check_output(str(name), (options.source, options.target))
    for name, text in zip(names, parts, strict=True):
        with destination(str(name)) as file:
            file.write(text.encode())
    answers = " ".join(f"--answer ANSWER{number}" for number in numbers)
    wrote = "" if options.ask == "-" else f"wrote {', '.join(map(str, names))}: "
    say(
        f"{wrote}give each to a chat model that may see these texts, save what it answers, and run the same "
        f"command with {answers} in place of --ask"
    )
    return 0


def _of_pairs(options: Options, progress: Callable[[Stage], None]) -> Bitext:
    """What a file of pairs holds, or its two texts aligned anew. Raises UsageError for one text alone."""
    from polyalign.formats.bitexts import holds_pairs
    from polyalign.formats.documents.sides import side_of
    from polyalign.pipeline import read_bitext

    name = options.source
    if not holds_pairs(name):
        raise UsageError(f"{name} is one text: name the other one after it")
    asked = options.source_lang or "", options.target_lang or ""
    held = read_bitext(name, languages=asked, encoding=options.encoding)
    if not any(getattr(options, option) for option in ALIGNING):
        return held

    def side(which: SideName) -> Document:
        return side_of(held, which, name=name, pre_segmented=options.pre_segmented)

    found = _aligner(options, progress).pair(side("source"), side("target"))
    return replace(found, notes=(*held.notes, *found.notes))


_HOLDING = {  # what an option finds, and the formats that have a place for it
    "words": "json jsonl html pharaoh talp",
    "candidates": "json jsonl",
    "gloss": "table json jsonl html",
    "explain": "table json jsonl html",
}


def _aligner(options: Options, progress: Callable[[Stage], None]) -> Aligner:
    from polyalign.pipeline import Aligner

    how = shared.given(options, "encoder", "mode", "min_score", "srx", "wrapped")
    return Aligner(**how, translate=options.translate or "auto", progress=progress)


def _several(options: Options, form: str) -> int:
    from polyalign.formats import multitext, read
    from polyalign.multitext import joined, paired

    form = "tsv" if form == "table" else form
    if form not in multitext.WRITERS:
        raise UsageError(f"{form} holds two texts: for more take one of {' '.join(multitext.WRITERS)}")
    paths = [options.source, options.target, *options.more]
    if paths.count("-") > 1:
        raise UsageError("only one text can be standard input: give the others as files")
    for name in ("words", "candidates", "explain", "gloss", "qa", "glossary"):
        if getattr(options, name):
            raise UsageError(f"--{name} looks into two texts: pair them two by two")
    if options.bare_tags or options.unaligned is not None:
        raise UsageError("--bare-tags and --unaligned are about the files of two texts: leave them out")
    languages = [options.source_lang, options.target_lang, *([None] * len(options.more))]
    how = {"encoding": options.encoding, "pre_segmented": options.pre_segmented}
    documents = [read(path, language=tag, **how) for path, tag in zip(paths, languages, strict=True)]
    with status() as progress:
        aligner = _aligner(options, progress)
        found = joined(documents, dict(paired(documents, aligner.pair)))
    say_notes(found.notes)
    with destination(options.output) as stream:
        stream.writelines(multitext.pieces(found, form))
    return 0


def _looked_into(bitext: Bitext, options: Options, form: str, progress: Callable[[Stage], None]) -> Bitext:
    """The bitext with words, candidates and explanations, as far as they are asked for."""
    from polyalign.inside import ready_for, with_candidates, with_gloss, with_words

    def advance(done: int, total: int) -> None:
        progress(Stage("linking words", "", done, total))

    asked = options.words or options.explain
    bitext = with_words(bitext, advance) if asked else ready_for(form, bitext, advance)
    if options.gloss:
        bitext = with_gloss(bitext, lambda done, total: progress(Stage("glossing", "", done, total)))
    if options.candidates:
        progress(Stage("looking for candidates"))
        bitext = with_candidates(bitext)
    if options.explain:
        # an explanation needs words, which need not be written
        bare: dict[str, Any] = {} if options.words else {"words": (), "differences": ()}
        beads = (replace(b, explanation=b.explain(), **bare) for b in bitext.beads)
        bitext = replace(bitext, beads=tuple(beads))
    return bitext


def _terms(options: Options) -> Glossary | None:
    """The glossary to check with, which may be empty; None where nothing is to be checked."""
    from polyalign.qa import NONE
    from polyalign.terms import read as read_terms

    if options.glossary is not None:
        return read_terms(options.glossary)
    return NONE if options.qa else None


def _checked(bitext: Bitext, terms: Glossary, progress: Callable[[Stage], None]) -> Bitext:
    from polyalign.detection import detect
    from polyalign.qa import flagged

    shared.say_unfit(terms, (bitext.source.language, bitext.target.language))
    progress(Stage("checking", f"{len(bitext.beads)} beads"))
    return flagged(bitext, glossary=terms, detect=lambda text: detect(text).language)


def _summary(bitext: Bitext) -> str:
    """How many beads have flags, and which: "qa: 3 of 41 beads flagged: numbers 2, names 1"."""
    raised = [[flag.partition(":")[0] for flag in bead.review.flags] for bead in bitext.beads]
    names = Counter(name for flags in raised for name in flags)
    told = ", ".join(f"{name} {n}" for name, n in names.most_common())
    said = f"qa: {sum(map(bool, raised))} of {len(raised)} beads flagged"
    return f"{said}: {told}" if told else said


def _hint(bitext: Bitext) -> str:
    """How to have a translation beside texts of which much stayed alone; "" where it would not help."""
    from polyalign.translation.between import missing

    sides = bitext.source, bitext.target
    if any(s.translation is not None for side in sides for s in side.segments):
        return ""
    alone = sum(s.alignable for name in ("source", "target") for s in bitext.unaligned(name))
    told = sum(s.alignable for side in sides for s in side.segments)
    found = missing(*(side.language for side in sides)) if 4 * alone > told else None
    return f"a translation beside each segment would help to read what stayed alone: {found}" if found else ""
