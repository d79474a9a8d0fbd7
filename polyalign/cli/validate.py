"""polyalign validate: is this TMX, XLIFF or JSON right, and if not, which line."""

from __future__ import annotations

from polyalign.cli.command import Options, argument, command
from polyalign.cli.output import print_lines, say


@command(
    "check a TMX, XLIFF or JSON file",
    argument("FILE...", "a .tmx, .xlf, .xliff, .xlz or .json file", "files"),
    examples=("validate memory.tmx", "validate memory.tmx pairs.json -q"),
)
def validate(options: Options) -> int:
    """Print a line for each fault: file, line, rule and what is wrong. The exit code is 1 if there is one.

    A language that is undetermined is only a warning.
    """
    from polyalign.characters import without_controls
    from polyalign.errors import InputError
    from polyalign.formats.validation import validate as faults_of

    code = 0
    for path in options.files:
        try:
            faults = faults_of(path)
        except InputError as error:
            say(str(error), always=True)
            code = error.exit_code
            continue
        print_lines(
            without_controls(f"{path}:{f.line}: {'warning: ' if f.warning else ''}{f.rule}: {f.message}")
            for f in faults
        )
        count = sum(not fault.warning for fault in faults)
        warnings = f", {_counted(len(faults) - count, 'warning')}" if count < len(faults) else ""
        say(f"{path}: {_counted(count, 'fault')}{warnings}")
        code = max(code, int(count > 0))
    return code


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
