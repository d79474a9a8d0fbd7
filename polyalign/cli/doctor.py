"""polyalign doctor: is this project as it was written, and what can be repaired."""

from __future__ import annotations

from pathlib import Path

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import print_lines, say
from polyalign.errors import UsageError


@command(
    "check a project file, repair it, copy it",
    argument("PROJECT", "a .polyalign file"),
    option("--dry-run", "only say what is wrong"),
    option("-o --output FILE", "write a copy here, one file that any SQLite opens"),
    examples=("doctor baku.polyalign --dry-run", "doctor baku.polyalign -o backup.polyalign"),
)
def doctor(options: Options) -> int:
    """Check every page and row of a project, and repair what is damaged.

    The damaged file is kept beside it. The exit code is 1 where something was wrong.
    """
    from polyalign.store import doctor as project

    path = Path(options.project)
    if options.output == "-":
        raise UsageError("-o: a copy is a file, and standard output is none: name a file")
    if options.output:
        shared.check_output(options.output, [options.project])
    faults = project.faults(path)
    print_lines(f"{path}: {fault}" for fault in faults)
    if faults and not options.dry_run:
        kept, said = project.repair(path)
        print_lines(f"{path}: {line}" for line in said)
        say(f"{path} is repaired; as it was, it is kept as {kept}")
    elif not faults:
        say(f"{path} is as it was written")
    if options.output and not (faults and options.dry_run):
        project.backup(path, Path(options.output))
        say(f"a copy is in {options.output}")
    return int(bool(faults))
