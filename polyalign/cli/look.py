"""polyalign detect, polyalign route: a look at files before any work."""

from __future__ import annotations

from polyalign.cli import shared
from polyalign.cli.command import Options, command, option
from polyalign.cli.output import say


@command(
    "the language of each file",
    shared.FILES,
    shared.ENCODING,
    examples=("detect ar.txt en.txt", "detect ar.txt --encoding utf-8"),
)
def detect(options: Options) -> int:
    """Print the language, its confidence and the second guess of each file, tab-separated."""
    from polyalign.detection import detect as detected
    from polyalign.formats import read
    from polyalign.tags import UNDETERMINED

    def line(path: str) -> tuple[str, ...]:
        found = detected(read(path, encoding=options.encoding).text)
        if found.language == UNDETERMINED:
            how = "pass the language with --source-lang or --target-lang to pair"
            say(f"note: {path}: {found.reason}: {how}")
        second = " ".join(f"{name} {chance:.2f}" for name, chance in found.candidates[1:2]) or "-"
        return found.language, f"{found.confidence:.2f}", second

    return shared.each(options.files, line)


@command(
    "the translation model of each file",
    shared.FILES,
    option("--to TAG", "language to translate into (en)", default="en"),
    shared.ENCODING,
    examples=("route ar.txt", "route ar.txt en.txt --to tr"),
)
def route(options: Options) -> int:
    """Print which translation model each file is sent to, and whether it is installed."""
    from polyalign.detection import detect as detected
    from polyalign.formats import read
    from polyalign.routing import route as routed

    def line(path: str) -> tuple[str, ...]:
        found = detected(read(path, encoding=options.encoding).text)
        return f"{found.confidence:.2f}", routed(found.language, options.to).describe()

    return shared.each(options.files, line)
