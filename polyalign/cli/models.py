"""polyalign models: list, pull, path, verify and rm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from polyalign.cli import shared
from polyalign.cli.command import Commands, Options, argument, command, option
from polyalign.cli.output import bar, print_lines, say, status, writes_to_terminal
from polyalign.errors import UsageError
from polyalign.progress import Stage

if TYPE_CHECKING:
    from polyalign.hub import InstalledModel

_HEAD = ("pair", "repository", "licence", "installed", "verified", "MB", "year", "download", "BLEU")


@command(
    "the models that are installed",
    argument("[TAG]", "only pairs with this language", "language"),
    option("--all", "all pairs that the registry knows"),
    examples=("models list", "models list tr --all"),
)
def list_(options: Options) -> int:
    """Print pair, repository, licence, whether it is installed and passed its self-test, size on disk.

    Then what was published: the year, the MB of the weights, BLEU for the pair on FLORES devtest.
    """
    from polyalign.hub import list_models
    from polyalign.routing import registry

    models = list_models(language=options.language, installed=not options.all)
    if models or writes_to_terminal():
        _print_table([_HEAD, *map(_row, models)])
    count = len({model.pair for model in models if model.location})
    if not count and options.language is None:
        say("without a model polyalign aligns, reviews and checks, and does not translate")
    say(
        f"{count} of the {len(registry().models)} pairs that the registry knows are installed here"
        + (f" with {options.language}" if options.language else "")
        + ("" if options.all else ": polyalign models list --all shows the others")
    )
    return 0


def _row(model: InstalledModel) -> tuple[str, ...]:
    size = f"{model.size / 1e6:.1f}" if model.location else "-"
    verified = "yes" if model.verified else "no"
    published = (model.entry.year, model.entry.size, model.entry.bleu)
    facts = ("-" if fact is None else str(fact) for fact in published)
    return model.pair, model.repository, model.licence, model.state, verified, size, *facts


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns to a terminal, tab-separated fields to a pipe."""
    from polyalign.characters import without_controls

    cleaned = [[without_controls(field) for field in row] for row in rows]
    if writes_to_terminal():
        widths = [max(map(len, column)) for column in zip(*cleaned, strict=True)]
        lines: Iterable[str] = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cleaned)
    else:
        lines = map("\t".join, cleaned)
    print_lines(lines)


@command(
    "download and install a model",
    argument("PAIR", "such as ar-en, or a repository such as Helsinki-NLP/opus-mt-ar-en", "name"),
    option("--revision R", "a commit, tag or branch; the registry's by default, else the newest"),
    option("--pair PAIR", "what a repository outside the registry translates"),
    option("--code '>>xxx<<'", "the target code that it takes for the pair"),
    option("--best", "of several models for a PAIR, by published quality"),
    option("--small", "of several models for a PAIR, the least to download"),
    shared.NO_PROGRESS,
    examples=("models pull ar-en", "models pull --small ar-en", "models pull Helsinki-NLP/opus-mt-tr-en"),
)
def pull(options: Options) -> int:
    """Download a model into the Hugging Face cache, convert it, try it out, and write its lock."""
    from polyalign.hub import download, install, locate, look_up

    if options.best and options.small:
        raise UsageError("--best and --small exclude each other: give one")
    with status() as show:
        show(Stage("looking up", options.name))
        which = shared.given(options, "revision", "pair", "code")
        choice: Any = "best" if options.best else "small" if options.small else None
        offer = look_up(options.name, choice=choice, **which)
    for line in offer.describe():
        say(line)
    with bar("downloading", "MB") as advance:
        folder = download(offer, advance)
    with status() as show:
        lock = install(offer, folder, show)
    for trial in lock.trials:
        say(f"self-test {trial.pair}: {trial.text} → {trial.output}")
    say(f"installed {lock.repository}, {lock.size / 1e6:.1f} MB with what was derived: {lock.folder}")
    if (served := locate(options.name)) != lock.folder:
        say(f"note: {served} comes first for {options.name}")
    return 0


@command(
    "the folder of an installed model",
    argument("PAIR", "such as ar-en, or a repository", "name"),
    examples=("models path ar-en", "models path Helsinki-NLP/opus-mt-ar-en"),
)
def path(options: Options) -> int:
    """Print the folder of the model that serves a pair."""
    from polyalign.hub import locate

    print_lines([str(locate(options.name))])
    return 0


@command(
    "check the files of pulled models",
    argument("[PAIR]", "such as ar-en, or a repository; all by default", "name"),
    shared.NO_PROGRESS,
    examples=("models verify", "models verify ar-en"),
)
def verify(options: Options) -> int:
    """Compare the files of pulled models with their locks, and print each that is damaged or missing."""
    from polyalign.hub import locks
    from polyalign.hub import verify as damages

    with bar("verifying", "MB") as advance:
        found = damages(options.name, advance)
    if found:
        print_lines(f"{damage.what}\t{damage.path}" for damage in found)
        are = "1 file is not as it was" if len(found) == 1 else f"{len(found)} files are not as they were"
        say(f"{are} pulled: polyalign models pull {options.name or 'PAIR'} mends that")
        return 1
    names = ((lock.repository, *(trial.pair for trial in lock.trials)) for lock in locks())
    count = sum(options.name is None or options.name in some for some in names)
    models = "1 model" if count == 1 else f"{count} models"
    say(f"{models} verified, nothing is damaged" if count else "no model was pulled yet")
    return 0


@command(
    "remove a pulled model",
    argument("PAIR", "such as ar-en, or a repository", "name"),
    examples=("models rm ar-en", "models rm Helsinki-NLP/opus-mt-ar-en"),
)
def rm(options: Options) -> int:
    """Remove a model that came from the hub, with what was derived from it; never a folder of your own."""
    from polyalign.hub import plan_to_remove

    removal = plan_to_remove(options.name)
    for path in removal.paths:
        say(f"removing {path}")
    if len(removal.pairs) > 1:
        say(f"note: it serves {', '.join(removal.pairs)}")
    say(f"this frees {removal.size / 1e6:.1f} MB")
    removal.run()
    return 0


_ACTIONS = {one.name or "": one for one in (list_, pull, path, verify, rm)}
models = Commands(
    "models",
    short_help="translation models: list, pull, path, verify, rm",
    help="The translation models of this machine, which are pulled when you say so.",
    examples=("models list", "models pull ar-en"),
    under={"Actions": _ACTIONS},
    find=_ACTIONS.__getitem__,
)
