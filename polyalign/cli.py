"""The command line: arguments to calls. The only room that prints or exits."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, NoReturn

from polyalign import encoders
from polyalign.errors import InputError, OutputError, PolyalignError, UsageError

if TYPE_CHECKING:
    from polyalign.bitext import Bitext
    from polyalign.detection import Detection


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 input or output, 2 usage, 3 not installed."""
    try:
        options = _parser().parse_args(arguments)
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except PolyalignError as error:
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:
        _abandon_output()
        return 0
    except KeyboardInterrupt:
        _say("stopped")
        return 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}: see {self.prog} --help")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        parser.exit(message=f"polyalign {version('polyalign')}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="polyalign", description="Which passages of two texts, in two languages, say the same thing."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_pair(commands.add_parser("pair", help="align two documents", description=_pair.__doc__))
    command = commands.add_parser("detect", help="the language of each file", description=_detect.__doc__)
    command.add_argument("files", nargs="+", metavar="FILE", help="a text file; - is standard input")
    command.add_argument("--encoding", help="of the files; detected by default")
    command.set_defaults(run=_detect)
    command = commands.add_parser(
        "route", help="the translation model of each file", description=_route.__doc__
    )
    command.add_argument("files", nargs="+", metavar="FILE", help="a text file; - is standard input")
    command.add_argument("--to", default="en", metavar="TAG", help="language to translate into (en)")
    command.add_argument("--encoding", help="of the files; detected by default")
    command.set_defaults(run=_route)
    return parser


def _add_pair(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("source", metavar="SOURCE", help="a text file; - is standard input")
    add("target", metavar="TARGET", help="a text file in another language")
    add(
        "--format",
        metavar="F",
        help="table, tsv, json, jsonl or tmx; table on a terminal, else tsv, or -o's suffix",
    )
    add("-o", "--output", metavar="FILE", help="write here, in the format of the suffix")
    add(
        "--mode",
        default="auto",
        choices=("auto", "parallel", "comparable"),
        help="how far to trust the order",
    )
    add(
        "--min-score",
        default=0.0,
        type=float,
        metavar="P",
        help="leave out beads less probable than this, 0 to 1",
    )
    add("--source-lang", metavar="TAG", help="language of SOURCE; detected by default")
    add("--target-lang", metavar="TAG", help="language of TARGET; detected by default")
    add("--pre-segmented", action="store_true", help="each line is one segment, kept as it is")
    add("--encoder", default=encoders.DEFAULT, metavar="NAME", help=f"{', '.join(encoders.NAMES)}")
    add("--encoding", help="of both files; detected by default")
    add("--translate", default="auto", metavar="auto|off", help="this version pairs without translating")
    add(
        "--unaligned",
        action=argparse.BooleanOptionalAction,
        help="write unaligned segments too (all but tmx do)",
    )
    add("--no-progress", action="store_true", help="no progress on standard error")
    command.set_defaults(run=_pair)


def _pair(options: argparse.Namespace) -> int:
    """Align two documents and write their beads, with what is unaligned in its place."""
    from polyalign.formats import dump, read, write
    from polyalign.pipeline import Aligner

    if options.source == options.target == "-":
        raise UsageError("both texts cannot be standard input: give one as a file")
    if options.translate not in ("auto", "off"):
        raise UsageError(f"this version cannot translate with {options.translate!r}: leave --translate out")
    shape = _shape(options.format, options.output)
    _check_output(options.output, (options.source, options.target))
    kwargs = {"encoding": options.encoding, "pre_segmented": options.pre_segmented}
    source = read(options.source, language=options.source_lang, **kwargs)
    target = read(options.target, language=options.target_lang, **kwargs)
    with _progress(options.no_progress) as progress:
        aligner = Aligner(options.encoder, mode=options.mode, min_score=options.min_score, progress=progress)
        bitext = aligner.pair(source, target)
    _explain(bitext, routes=shape == "table" or _is_terminal(sys.stderr))
    if options.output not in (None, "-"):
        write(bitext, options.output, format=shape, unaligned=options.unaligned)
    else:
        colour = _is_terminal(sys.stdout) and "NO_COLOR" not in os.environ
        with _output() as stream:
            dump(bitext, stream, format=shape, unaligned=options.unaligned, colour=colour)
    return 0


def _shape(wanted: str | None, output: str | None) -> str:
    """The format to write: the one that is named, else by the suffix, else by where it goes."""
    from polyalign.formats import FORMATS, format_of

    if wanted is not None and wanted not in FORMATS:
        raise UsageError(f"unknown format {wanted!r}: use one of {' '.join(FORMATS)}")
    if wanted is None and output not in (None, "-"):
        return format_of(str(output))
    return wanted or ("table" if _is_terminal(sys.stdout) else "tsv")


def _check_output(output: str | None, inputs: Sequence[str]) -> None:
    """Raise, before any work, where the result cannot be written or would replace a text."""
    if output in (None, "-"):
        _standard_output()
        return
    path = str(output)
    if os.path.isdir(path):
        raise OutputError(f"cannot write {path}: this is a folder: name a file in it")
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise OutputError(f"cannot write {path}: there is no such folder: make it first")
    if os.path.isfile(path) and any(os.path.exists(i) and os.path.samefile(path, i) for i in inputs):
        raise UsageError(f"{path} is one of the texts: name another file to write to")


def _explain(bitext: Bitext, *, routes: bool) -> None:
    from polyalign.routing import route

    if routes:
        source, target = bitext.source, bitext.target
        _say(f"source {source.path or '-'}: {route(source.language, target.language).describe()}")
        _say(f"target {target.path or '-'}: {route(target.language, source.language).describe()}")
        _say(f"mode: {bitext.mode}")
    for note in bitext.notes:
        _say(f"note: {note}")


def _detect(options: argparse.Namespace) -> int:
    """Print the language, its confidence and the second guess of each file, tab-separated."""
    from polyalign.detection import UNDETERMINED, detect
    from polyalign.formats import read

    def line(path: str) -> tuple[str, ...]:
        found = detect(read(path, encoding=options.encoding).text)
        if found.language == UNDETERMINED:
            _say(_unsure(path, found))
        second = " ".join(f"{name} {chance:.2f}" for name, chance in found.candidates[1:2]) or "-"
        return found.language, f"{found.confidence:.2f}", second

    return _each(options.files, line)


def _unsure(path: str, found: Detection) -> str:
    return f"note: {path}: {found.reason}: pass the language with --source-lang or --target-lang to pair"


def _route(options: argparse.Namespace) -> int:
    """Print which translation model each file is sent to, and whether it is installed."""
    from polyalign.detection import detect
    from polyalign.formats import read
    from polyalign.routing import route

    def line(path: str) -> tuple[str, ...]:
        found = detect(read(path, encoding=options.encoding).text)
        return f"{found.confidence:.2f}", route(found.language, options.to).describe()

    return _each(options.files, line)


def _each(paths: Sequence[str], line: Callable[[str], tuple[str, ...]]) -> int:
    """Print a line of fields for each file; what is wrong with one is said, and the others follow."""
    from polyalign.bitext import without_controls

    code = 0
    for path in paths:
        try:
            fields = line(path)
        except InputError as error:
            _say(str(error))
            code = error.exit_code
        else:
            with _output() as stream:
                text = "\t".join((without_controls(path), *fields)) + "\n"
                # a file name that is no text goes out as it came in
                stream.write(text.encode("utf-8", "surrogateescape"))
    return code


@contextlib.contextmanager
def _progress(off: bool) -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what goes on, on a terminal only, and vanishes at the end."""
    from polyalign.bitext import without_controls

    if off or not _is_terminal(sys.stderr):
        yield lambda _: None
        return

    def show(line: str) -> None:
        print(f"\r\x1b[K{without_controls(line)[:100]} …", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _output() -> Iterator[IO[bytes]]:
    """Standard output for UTF-8 bytes, flushed at the end. Raises OutputError, BrokenPipeError."""
    stream = _standard_output()
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _abandon_output()
        raise OutputError(f"cannot write standard output: {error.strerror}: name a file with -o") from error
    except OutputError:
        _abandon_output()
        raise


def _standard_output() -> IO[bytes]:
    if sys.stdout is None:
        raise OutputError("standard output is closed: leave it open, or name a file with -o")
    return sys.stdout.buffer


def _abandon_output() -> None:
    """Let what standard output still holds go nowhere, or Python would complain once more at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_terminal(stream: IO[str] | None) -> bool:
    """Whether a stream, which is None where it was closed from the start, is a terminal."""
    return stream is not None and stream.isatty()


def _say(line: str) -> None:
    from polyalign.bitext import without_controls

    if sys.stderr is None:
        return
    print(f"polyalign: {without_controls(line)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
