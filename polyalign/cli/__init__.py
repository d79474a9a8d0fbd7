"""The command line: arguments to calls. The only room that prints or exits."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from polyalign.cli import (
    check,
    corpus,
    doctor,
    export,
    look,
    mine,
    models,
    pair,
    review,
    score,
    translate,
    update,
    validate,
)
from polyalign.cli.output import abandon_output, reserve_standard_output, say
from polyalign.cli.shortage import SHORT, is_short_of_memory, require_memory
from polyalign.errors import PolyalignError, UsageError
from polyalign.version import VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default `serve`, and return its exit code.

    0 is done, 1 input or output, 2 usage, 3 not installed.

    Without `arguments` the process is this command: they are its own, and so is standard output.
    """
    try:
        given = sys.argv[1:] if arguments is None else list(arguments)
        if not given:
            say("polyalign --help lists all that it can do")
        options = _parser().parse_args(given or ["serve"])
        if getattr(options, "output", None) in _STANDARD_OUTPUT:
            options.output = "-"
        if arguments is None:
            reserve_standard_output()
            require_memory()
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except PolyalignError as error:
        say(str(error))
        return error.exit_code
    except BrokenPipeError:
        abandon_output()
        return 0
    except KeyboardInterrupt:
        say("stopped")
        return 130
    except Exception as error:
        if not is_short_of_memory(error):
            raise
        say(SHORT)
        return 1


# its names; the descriptor behind them leads to standard error once standard output is reserved
_STANDARD_OUTPUT = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}: see {self.prog} --help")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        parser.exit(message=f"polyalign {VERSION}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="polyalign", description="Which passages of two texts, in two languages, say the same thing."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for family in (
        pair,
        check,
        review,
        export,
        update,
        doctor,
        corpus,
        mine,
        look,
        translate,
        models,
        validate,
        score,
    ):
        family.add(commands)
    return parser
