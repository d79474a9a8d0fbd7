"""polyalign translate: a document in, its translation out, one line a segment."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from polyalign.cli.options import add_wrapped, check_output
from polyalign.cli.output import bar, destination, say, status

if TYPE_CHECKING:
    from polyalign.translation import Translation, Translator
    from polyalign.translation.memory import Memory


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("translate", help="translate a document", description=_translate.__doc__)
    add = command.add_argument
    add("file", metavar="FILE", help="a text file; - is standard input")
    add("--from", dest="source", metavar="TAG", help="language of FILE; detected by default")
    add("--to", dest="target", metavar="TAG", help="language to translate into (en)")
    add("--model", metavar="NAME|FOLDER", help="a pair such as ar-en, ORG/NAME on the hub, or a folder")
    add("--pivot", action="store_true", help="go through English where there is no direct model")
    add("--backend", default="auto", choices=("auto", "ctranslate2", "transformers"), help="what runs it")
    add("-o", "--output", metavar="FILE", help="write here instead of to standard output")
    add("--pre-segmented", action="store_true", help="each line is one segment, kept as it is")
    add_wrapped(command)
    add("--no-memory", action="store_true", help="neither look up nor keep translations")
    add("--encoding", help="of the file; detected by default")
    add("--no-progress", action="store_true", help="no progress on standard error")
    command.set_defaults(run=_translate)


def _translate(options: argparse.Namespace) -> int:
    """Translate a document with a MarianMT model and write one line a segment."""
    from polyalign.formats import read
    from polyalign.pipeline import language_of
    from polyalign.preparation import notes_on_lines, sentences_in
    from polyalign.translation.memory import user_memory

    check_output(options.output, (options.file,))
    document = read(
        options.file,
        language=options.source,
        encoding=options.encoding,
        pre_segmented=options.pre_segmented,
    )
    memory = None if options.no_memory else user_memory()

    @cache
    def language() -> str:
        return language_of(document, document.path or "", "pass it with --from")

    with status(off=options.no_progress) as show:
        show("preparing the model")
        translator = _translator(options, language, memory)
    segments = document.segments
    if segments is None:
        segments = sentences_in(document, language(), wrapped=options.wrapped).segments
    texts = [one.shown for one in segments]
    with bar("translating", "segments", off=options.no_progress) as advance:
        made = translator.translate(texts, progress=advance)
    _write([_line(translation, translator) for translation in made], options.output)
    notes = (*document.notes, *notes_on_lines(document, "the text", options.wrapped))
    _explain(notes, translator, texts, made, memory)
    return 0


def _translator(
    options: argparse.Namespace, language: Callable[[], str], memory: Memory | None
) -> Translator:
    from polyalign.routing import route
    from polyalign.translation import open_translator
    from polyalign.translation.between import languages_of

    kept: dict[str, Any] = {"backend": options.backend, "memory": memory or False}
    if options.model:
        between = languages_of(options.model, language, options.target)
        return open_translator(options.model, target=options.target, languages=between, **kept)
    return open_translator(route(language(), options.target or "en"), pivot=options.pivot, **kept)


def _line(made: Translation, translator: Translator) -> str:
    """The translation as it is written; what the model cannot translate is said in its place."""
    return f"[untranslatable by {translator.name}]" if "untranslatable" in made.flags else made.text


def _write(lines: Sequence[str], path: str | None) -> None:
    """Write the lines, where there are none half-written. Raises OutputError."""
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    with destination(path) as stream:
        stream.write(data)


def _explain(
    notes: Sequence[str],
    translator: Translator,
    texts: Sequence[str],
    made: Sequence[Translation],
    memory: Memory | None,
) -> None:
    """Say which model it was, and what the reader should know of the result."""
    from polyalign.translation import FLAGS

    say(f"translated with {translator.name}")
    for note in (*notes, *(memory.notes if memory else ())):
        say(f"note: {note}")
    counts = Counter(
        flag for text, one in zip(texts, made, strict=True) if text.strip() for flag in one.flags
    )
    for flag in filter(counts.__getitem__, FLAGS):
        say(f"note: {flag}: {counts[flag]} of {len(texts)} segments ({FLAGS[flag]})")
