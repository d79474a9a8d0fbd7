"""polyalign translate: a document in, its translation out, one line a segment."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import chain
from typing import Any

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import bar, destination, say, say_notes, status
from polyalign.progress import Stage


@command(
    "translate a document",
    argument("FILE", "a text file; - is standard input"),
    "Translation",
    option("--from TAG", "language of FILE; detected by default", "source"),
    option("--to TAG", "language to translate into (en)", "target"),
    option("--model NAME|FOLDER", "a pair such as ar-en, ORG/NAME on the hub, or a folder"),
    option("--pivot", "go through English where there is no direct model"),
    option("--backend", "what runs it", choices=("auto", "ctranslate2", "transformers"), default="auto"),
    option("--no-memory", "neither look up nor keep translations"),
    "Text",
    shared.ENCODING,
    shared.PRE_SEGMENTED,
    shared.WRAPPED,
    "Output",
    option("-o --output FILE", "write here instead of to standard output"),
    shared.NO_PROGRESS,
    examples=("translate ar.txt", "translate ar.txt --to tr --pivot -o tr.txt"),
)
def translate(options: Options) -> int:
    """Translate a document with a MarianMT model and write one line a segment."""
    from polyalign.detection import language_of
    from polyalign.formats import read
    from polyalign.preparation import sentences_in
    from polyalign.routing import route
    from polyalign.translation import FLAGS, open_translator
    from polyalign.translation.between import languages_of
    from polyalign.translation.memory import user_memory

    shared.check_output(options.output, (options.file,))
    document = read(
        options.file, language=options.source, encoding=options.encoding, pre_segmented=options.pre_segmented
    )
    memory = None if options.no_memory else user_memory()
    kept: dict[str, Any] = {"backend": options.backend, "memory": memory or False}

    @cache
    def language() -> str:
        return language_of(document, document.path or "", "pass it with --from")

    with status() as show:
        show(Stage("preparing the model"))
        if options.model:
            between = languages_of(options.model, language, options.target)
            translator = open_translator(options.model, target=options.target, languages=between, **kept)
        else:
            way = route(language(), options.target or "en")
            translator = open_translator(way, pivot=options.pivot, **kept)
    segments, notes = document.segments, document.notes
    if segments is None:
        found = sentences_in(document, language(), wrapped=options.wrapped or "auto")
        segments, notes = found.segments, (*notes, *found.notes)
    texts = [one.shown for one in segments]
    with bar("translating", "segments") as advance:
        made = translator.translate(texts, progress=advance)
    instead = f"[untranslatable by {translator.name}]"
    lines = [instead if "untranslatable" in one.flags else one.text for one in made]
    with destination(options.output) as stream:
        stream.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    say(f"translated with {translator.name}")
    say_notes((*notes, *(memory.notes if memory else ())))
    flags = (one.flags for text, one in zip(texts, made, strict=True) if text.strip())
    counts = Counter(chain.from_iterable(flags))
    for name in filter(counts.__getitem__, FLAGS):
        say(f"note: {name}: {counts[name]} of {len(texts)} segments ({FLAGS[name]})")
    return 0
