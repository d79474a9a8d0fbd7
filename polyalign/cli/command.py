"""Commands, options and arguments as click has them, declared in a line each, with sections in the help.

What an option takes stands behind its names: of "-o --output FILE" shells complete files, P is a number.
Errors are one line that names the option or argument at fault and says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import click

from polyalign.cli.output import QUIET, VERBOSE, print_lines, set_loudness

_FEW = 8  # commands that an error names all
COMPLETE = "_POLYALIGN_COMPLETE"  # the variable by which the script of a shell asks for completions
# names of standard output, "-"; the descriptor behind them leads to standard error once it is reserved
_STANDARD_OUTPUT = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

Options = SimpleNamespace  # what was given, by name
Run = Callable[[Options], int]
Find = Callable[[str], click.Command]
Words = Iterable[str]
Declared = click.Parameter | str  # a string is the title of the section that follows


class _Text(click.ParamType):  # type: ignore[type-arg]  # click 8.3 takes none
    """Any text; shells complete it by these words, or by names of files ("file", "dir")."""

    name = "text"

    def __init__(self, words: Callable[[], Words] | str) -> None:
        self.words = words

    def convert(self, value: str, param: click.Parameter | None, _: click.Context | None) -> str:
        """The text, "-" for every name of standard output where a file is written."""
        return "-" if value in _STANDARD_OUTPUT and isinstance(param, click.Option) else value

    def shell_complete(self, _: click.Context, __: click.Parameter, incomplete: str) -> list[Any]:
        """The words that begin so, or that the shell is to look for files."""
        from click.shell_completion import CompletionItem

        if isinstance(self.words, str):
            return [CompletionItem(incomplete, type=self.words)]
        return [CompletionItem(word) for word in sorted(self.words()) if word.startswith(incomplete)]


class Choice(click.Choice[str]):
    """One of a few words; of another one the error names the nearest, or all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word. Raises BadParameter."""
        if value not in self.choices:
            self.fail(f"{value!r} is no choice: {nearest(str(value), self.choices)}", param, ctx)
        return str(value)


def _of(module: str, words: Callable[[Any], Words]) -> _Text:
    """Words that a module has, which is imported when a shell asks for them."""
    return _Text(lambda: words(import_module(f"polyalign.{module}")))


_FILE, _NUMBER, _WHOLE = _Text("file"), click.types.FloatParamType(), click.types.IntParamType()
_NUMBER.name, _WHOLE.name = "number", "whole number"  # in errors
_TYPES: Mapping[str, Any] = {  # of what stands behind the names of an option
    "P": _NUMBER,
    "N": _WHOLE,
    **dict.fromkeys(("FILE", "REPORT", "PROJECT"), _FILE),
    "FOLDER": _Text("dir"),
    "F": _of("formats", lambda formats: formats.FORMATS),
    "TAG": _of("routing", lambda routing: {tag for pair in routing.registry().models for tag in pair}),
    "PAIR": _of("routing", lambda routing: map("-".join, routing.registry().models)),
    "MODEL": _of("hub", lambda hub: ["auto", "off", *(m.pair for m in hub.list_models(installed=True))]),
    "ENCODER": _of("encoders", lambda encoders: [name for name in encoders.NAMES if " " not in name]),
}


class _Option(click.Option):
    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """The value. Raises BadParameter for another option in its place, as in `-o --words`."""
        if isinstance(value, str) and value.startswith("-") and value in _options(ctx.command):
            raise click.BadParameter(f"it needs a value, and {value} is an option", ctx, self)
        return super().process_value(ctx, value)


def option(spec: str, about: str, *dest: str, choices: Words = (), **attributes: Any) -> click.Option:
    """An option, such as "-o --output FILE"; a flag where nothing follows the names."""
    names = [word for word in spec.split() if word.startswith("-")]
    takes = " ".join(spec.split()[len(names) :])
    if choices:
        attributes["type"] = Choice(list(choices))
    elif takes:
        types = (_TYPES[word] for word in takes.split("|") if word in _TYPES)
        attributes = {"type": next(types, str), "metavar": takes} | attributes
    elif "/" not in spec:
        attributes["is_flag"] = True
    return _Option([*names, *dest], help=about, **attributes)


class _Argument(click.Argument):
    about = ""

    def get_help_record(self, _: click.Context) -> tuple[str, str]:
        """What stands in the help; click has one for arguments from 8.5 on."""
        return self.metavar or "", self.about


def argument(spec: str, about: str, *dest: str, **attributes: Any) -> click.Argument:
    """An argument, such as "FILE", "[TARGET]" for one that may be left out, "FILE..." for several."""
    bare = spec.strip("[].")
    attributes = {"type": _TYPES.get(bare, _FILE), "nargs": -1 if spec.endswith("...") else 1} | attributes
    found = _Argument(dest or [bare.lower()], required=spec[0] != "[", metavar=spec, **attributes)
    found.about = about
    return found


class Command(click.Command):
    """A command whose help has sections and examples, and whose errors know where they happened.

    Options in `lists` take all words up to the next option, as in `--to de en`.
    """

    def __init__(
        self, name: str, *declared: Declared, examples: Words, lists: Words = (), **more: Any
    ) -> None:
        self.examples, self.lists, title = examples, lists, "Options"
        self.titled: dict[str, list[click.Parameter]] = {}
        for one in (*declared, *_GENERAL):
            if isinstance(one, str):
                title = one
            else:
                self.titled.setdefault("Arguments" if isinstance(one, _Argument) else title, []).append(one)
        params = [one for some in self.titled.values() for one in some]
        super().__init__(name, params=params, add_help_option=False, **more)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What click does, where `--to de en` is `--to de --to en`. Raises UsageError with its context."""
        told: list[str] = []
        listed = ""
        for word in args:
            if word.startswith("-"):
                listed = word if word in self.lists else ""
            elif listed and told[-1] != listed:
                told.append(listed)
            told.append(word)
        try:
            return super().parse_args(ctx, told)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Arguments and options in their sections, then the examples, as they stand."""
        for title, parameters in self.titled.items():
            with formatter.section(title):
                rows = [row for one in parameters if (row := one.get_help_record(ctx))]
                formatter.write_dl(rows, col_max=26)
        with formatter.section("Examples"):
            formatter.write("".join(f"  polyalign {example}".rstrip() + "\n" for example in self.examples))


class Commands(Command, click.Group):
    """Several commands: `under` has their names by sections of the help, `find` gives one when it is due."""

    def __init__(self, *declared: Any, under: Mapping[str, Words], find: Find, **attributes: Any) -> None:
        self.under, self.find = under, find
        super().__init__(*declared, no_args_is_help=False, **attributes)

    def list_commands(self, _: click.Context) -> list[str]:
        """Their names, in the order of the help."""
        return [name for names in self.under.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name. Raises UsageError, with the one that may be meant."""
        names = self.list_commands(ctx)
        if cmd_name in names:
            return self.find(cmd_name)
        if ctx.resilient_parsing or cmd_name.startswith("-"):
            return None
        advice = _meant(cmd_name, names) or (f": use one of {' '.join(names)}" if len(names) <= _FEW else "")
        raise click.UsageError(f"there is no command {cmd_name!r}{advice}", ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands of each section, then the options."""
        width = max(map(len, self.list_commands(ctx)))
        for title, names in self.under.items():
            with formatter.section(title):
                formatter.write_dl([(n.ljust(width), self.find(n).get_short_help_str()) for n in names])
        super().format_options(ctx, formatter)


def command(short: str, *declared: Declared, **attributes: Any) -> Callable[[Run], Command]:
    """Makes a command of a function, whose docstring is the help."""

    def made(run: Run) -> Command:
        attributes.update(short_help=short, help=run.__doc__, callback=lambda **given: run(Options(**given)))
        return Command(run.__name__.rstrip("_"), *declared, **attributes)

    return made


def acting(act: Callable[[click.Context], object], spec: str, about: str) -> click.Option:
    """A flag that does something at once."""

    def heard(ctx: click.Context, _: click.Parameter, given: bool) -> None:
        if given and not ctx.resilient_parsing:
            act(ctx)

    return option(spec, about, expose_value=False, is_eager=True, callback=heard)


def print_and_exit(ctx: click.Context, text: str) -> None:
    """Print a text instead of running the command."""
    print_lines(text.split("\n"))
    ctx.exit()


_GENERAL = (
    "General",
    acting(lambda _: set_loudness(VERBOSE), "-v --verbose", "say each stage of the work, with its time"),
    acting(lambda _: set_loudness(QUIET), "-q --quiet", "say nothing but errors"),
    acting(lambda ctx: print_and_exit(ctx, ctx.get_help()), "-h --help", "show this help"),
)


def nearest(word: str, words: Words) -> str:
    """What to do where a word is none of these: take the one that may be meant, else one of all."""
    return _meant(word, words).removeprefix(": ") or f"use one of {' '.join(words)}"


def _meant(word: str, words: Words) -> str:
    """ ": did you mean ...?", "" where no word is like it."""
    from difflib import get_close_matches

    begun = [one for one in words if word and one.startswith(word)]
    found = begun or get_close_matches(word.lower(), list(words), n=1)
    return f": did you mean {found[0]}?" if found else ""


def _options(one: click.Command) -> dict[str, click.Option]:
    """The options of a command, by all their names."""
    options = [parameter for parameter in one.params if isinstance(parameter, click.Option)]
    return {name: option for option in options for name in (*option.opts, *option.secondary_opts)}


def explained(error: click.UsageError) -> str:
    """One line that names the option or argument at fault, and says what to do."""
    options = _options(error.ctx.command) if error.ctx else {}
    said = error.format_message()[:1].lower() + error.format_message()[1:].rstrip(".")
    if isinstance(error, click.NoSuchOption):
        said = f"there is no option {error.option_name}{_meant(error.option_name, options)}"
    elif isinstance(error, click.BadOptionUsage):
        is_flag = error.option_name in options and options[error.option_name].is_flag
        said = f"{error.option_name} {'takes no' if is_flag else 'needs a'} value"
    elif isinstance(error, click.BadParameter) and (at_fault := error.param):
        name = max(at_fault.opts, key=len) if isinstance(at_fault, click.Option) else at_fault.metavar or ""
        wrong = " is missing" if isinstance(error, click.MissingParameter) else f": {error.message}"
        said = name.strip("[].") + wrong.rstrip(".")
    if said.count(": ") > 1 or said.endswith("?") or ": use one of " in said:
        return said
    return f"{said}: see {error.ctx.command_path if error.ctx else 'polyalign'} --help"
