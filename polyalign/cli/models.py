"""polyalign models: list, pull, path, verify and rm."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from polyalign.cli.output import bar, output, print_lines, say, status, writes_to_terminal

if TYPE_CHECKING:
    from polyalign.hub import InstalledModel, Lock

_HEAD = ("pair", "repository", "licence", "installed", "verified", "MB", "year", "download", "BLEU")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and what it can do."""
    command = commands.add_parser(
        "models", help="list, pull, find, verify and remove translation models", description=__doc__
    )
    actions = command.add_subparsers(metavar="ACTION", required=True)
    _add_list(actions)
    _add_pull(actions)
    action = actions.add_parser("path", help="the folder of an installed model", description=_path.__doc__)
    action.add_argument("name", metavar="PAIR", help="such as ar-en, or a repository")
    action.set_defaults(run=_path)
    action = actions.add_parser(
        "verify", help="check the files of pulled models", description=_verify.__doc__
    )
    action.add_argument(
        "name", metavar="PAIR", nargs="?", help="such as ar-en, or a repository; all by default"
    )
    action.add_argument("--no-progress", action="store_true", help="no progress on standard error")
    action.set_defaults(run=_verify)
    action = actions.add_parser("rm", help="remove a pulled model", description=_rm.__doc__)
    action.add_argument("name", metavar="PAIR", help="such as ar-en, or a repository")
    action.set_defaults(run=_rm)


def _add_list(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    action = actions.add_parser("list", help="the models that are installed", description=_list.__doc__)
    action.add_argument("language", nargs="?", metavar="TAG", help="only pairs with this language")
    action.add_argument("--all", action="store_true", help="all pairs that the registry knows")
    action.set_defaults(run=_list)


def _add_pull(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    action = actions.add_parser("pull", help="download and install a model", description=_pull.__doc__)
    add = action.add_argument
    add("name", metavar="PAIR", help="such as ar-en, or a repository such as Helsinki-NLP/opus-mt-ar-en")
    add("--revision", metavar="R", help="a commit, tag or branch; the registry's by default, else the newest")
    add("--pair", metavar="PAIR", help="what a repository outside the registry translates")
    add("--code", metavar="'>>xxx<<'", help="the target code that it takes for the pair")
    which = action.add_mutually_exclusive_group()
    of = "of several models for a PAIR"
    which.add_argument(
        "--best", action="store_const", dest="choice", const="best", help=f"{of}, by published quality"
    )
    which.add_argument(
        "--small", action="store_const", dest="choice", const="small", help=f"{of}, the least to download"
    )
    add("--no-progress", action="store_true", help="no progress on standard error")
    action.set_defaults(run=_pull)


def _list(options: argparse.Namespace) -> int:
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
    from polyalign.bitext import without_controls

    cleaned = [[without_controls(field) for field in row] for row in rows]
    if writes_to_terminal():
        widths = [max(map(len, column)) for column in zip(*cleaned, strict=True)]
        lines: Iterable[str] = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cleaned)
    else:
        lines = map("\t".join, cleaned)
    print_lines(lines)


def _pull(options: argparse.Namespace) -> int:
    """Download a model into the Hugging Face cache, convert it, try it out, and write its lock."""
    from polyalign.hub import download, install, locate, look_up

    off = options.no_progress
    with status(off=off) as show:
        show(f"looking up {options.name}")
        offer = look_up(
            options.name,
            revision=options.revision,
            pair=options.pair,
            code=options.code,
            choice=options.choice,
        )
    for line in offer.describe():
        say(line)
    with bar("downloading", "MB", off=off) as advance:
        folder = download(offer, advance)
    with status(off=off) as show:
        lock = install(offer, folder, show)
    for trial in lock.trials:
        say(f"self-test {trial.pair}: {trial.text} → {trial.output}")
    say(f"installed {lock.repository}, {lock.size / 1e6:.1f} MB with what was derived: {lock.folder}")
    if (served := locate(options.name)) != lock.folder:
        say(f"note: {served} comes first for {options.name}")
    return 0


def _path(options: argparse.Namespace) -> int:
    """Print the folder of the model that serves a pair."""
    import os

    from polyalign.hub import locate

    location = locate(options.name)
    with output() as stream:
        stream.write(os.fsencode(location) + b"\n")
    return 0


def _verify(options: argparse.Namespace) -> int:
    """Compare the files of pulled models with their locks, and print each that is damaged or missing."""
    from polyalign.hub import locks, verify

    with bar("verifying", "MB", off=options.no_progress) as advance:
        found = verify(options.name, advance)
    if found:
        print_lines(f"{damage.what}\t{damage.path}" for damage in found)
        are = "1 file is not as it was" if len(found) == 1 else f"{len(found)} files are not as they were"
        say(f"{are} pulled: polyalign models pull {options.name or 'PAIR'} mends that")
        return 1
    count = sum(options.name is None or options.name in _names(lock) for lock in locks())
    models = "1 model" if count == 1 else f"{count} models"
    say(f"{models} verified, nothing is damaged" if count else "no model was pulled yet")
    return 0


def _names(lock: Lock) -> set[str]:
    """What a user may call a pulled model."""
    return {lock.repository, *(trial.pair for trial in lock.trials)}


def _rm(options: argparse.Namespace) -> int:
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
