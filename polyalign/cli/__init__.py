"""The command line: arguments to calls. The only room that prints or exits."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from polyalign.cli.command import COMPLETE, Commands, acting, explained, print_and_exit
from polyalign.cli.output import USUAL, abandon_output, reserve_standard_output, say, set_loudness
from polyalign.cli.shortage import SHORT, is_short_of_memory, require_memory
from polyalign.errors import PolyalignError, UsageError, is_interrupt
from polyalign.version import VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default `serve`, and return its exit code.

    0 is done, 1 input or output, 2 usage, 3 not installed.

    Without `arguments` the process is this command: they are its own, and so is standard output.
    """
    set_loudness(USUAL)
    try:
        if arguments is not None:
            return _run(list(arguments))
        if COMPLETE in os.environ:
            from click.shell_completion import shell_complete

            return shell_complete(program, {}, "polyalign", COMPLETE, os.environ[COMPLETE])
        reserve_standard_output()
        require_memory()
        return _run(sys.argv[1:])
    except BrokenPipeError:
        abandon_output()
        return 0
    except (Exception, KeyboardInterrupt) as error:
        if is_interrupt(error):
            said, code = "stopped", 130
        elif isinstance(error, PolyalignError):
            said, code = str(error), error.exit_code
        elif is_short_of_memory(error):
            said, code = SHORT, 1
        else:
            raise
        say(said, always=True)
        return code


def _run(given: list[str]) -> int:
    """The exit code of a command. Raises PolyalignError, and whatever the command raises."""
    if not given:
        say("polyalign --help lists all that it can do")
    try:
        with program.make_context("polyalign", given or ["serve"]) as context:
            return int(program.invoke(context))
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        raise UsageError(explained(error)) from error


_MODULES = {"serve": "review", "detect": "look", "route": "look"}  # of commands that share one


def _found(name: str) -> click.Command:
    """A command, whose module is imported when it is asked for."""
    module = import_module(f"polyalign.cli.{_MODULES.get(name, name)}")
    return next(one for one in vars(module).values() if isinstance(one, click.Command) and one.name == name)


program = Commands(
    "polyalign",
    "General",
    acting(lambda ctx: print_and_exit(ctx, f"polyalign {VERSION}"), "--version", "print the version"),
    help="Which passages of two texts, in two languages, say the same thing.",
    examples=("", "pair ar.txt en.txt", "review ar.txt en.txt"),
    under={
        "Align": ("pair", "corpus", "mine"),
        "Review": ("review", "serve", "export", "update", "doctor"),
        "Check": ("check", "validate", "score"),
        "Languages and translation": ("detect", "route", "translate", "models"),
        "Your shell": ("completion",),
    },
    find=_found,
)
