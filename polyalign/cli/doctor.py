"""polyalign doctor: is this project as it was written, and what can be repaired."""

from __future__ import annotations

import argparse
from pathlib import Path

from polyalign.cli.output import print_lines, say


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "doctor", help="check a project file, repair it, copy it", description=_doctor.__doc__
    )
    add = command.add_argument
    add("project", metavar="PROJECT", help="a .polyalign file")
    add("--dry-run", action="store_true", help="only say what is wrong")
    add("-o", "--output", metavar="FILE", help="write a copy here, one file that any SQLite opens")
    command.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    """Check every page and row of a project, and repair what is damaged.

    The damaged file is kept beside it. The exit code is 1 where something was wrong.
    """
    from polyalign.cli.options import check_output
    from polyalign.store import doctor

    path = Path(options.project)
    if options.output:
        check_output(options.output, [options.project])
    faults = doctor.faults(path)
    print_lines(f"{path}: {fault}" for fault in faults)
    if faults and not options.dry_run:
        kept, said = doctor.repair(path)
        print_lines(f"{path}: {line}" for line in said)
        say(f"{path} is repaired; as it was, it is kept as {kept}")
    elif not faults:
        say(f"{path} is as it was written")
    if options.output and not (faults and options.dry_run):
        doctor.backup(path, Path(options.output))
        say(f"a copy is in {options.output}")
    return int(bool(faults))
