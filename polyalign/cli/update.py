"""polyalign update: a reviewed file back into the project that gave it out."""

from __future__ import annotations

import os
from pathlib import Path

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import print_lines, say
from polyalign.cli.review import login
from polyalign.errors import UnreadableError

_HEADER = ("file", "row", "what", "exported", "returned", "outcome")


@command(
    "a reviewed file back into its project",
    argument("PROJECT", "the .polyalign file that the file was exported from"),
    argument("FILE", "what polyalign export wrote and somebody changed: XLSX, DOCX, XLIFF, ..."),
    option("--dry-run", "only say what would be changed"),
    shared.WHO,
    examples=("update baku.polyalign review.xlsx --dry-run", "update baku.polyalign review.xlsx --who Aysel"),
)
def update(options: Options) -> int:
    """Take over texts, states and comments that a reviewer changed in an exported file.

    All is one operation, which the review page and `Store.undo` take back. What was changed in the project
    meanwhile stays, and what the file has is kept in the comment of the row, which then needs a review. Each
    change and each conflict is printed as a line of tab-separated fields.
    """
    from polyalign.formats.bitexts.returned import read_returned
    from polyalign.server.work import returned
    from polyalign.store import Store

    if not os.path.isfile(options.project):
        raise UnreadableError(f"there is no project {options.project}: check its name")
    sent = read_returned(options.file)
    with Store(options.project) as store:
        updates = store.update(
            [returned(unit) for unit in sent.units],
            sent.stamp,
            label=Path(options.file).name,
            dry=options.dry_run,
            who=options.who or login(),
        )
    rows = [_HEADER] if updates else []
    for one in updates:
        outcome = f"conflict: {one.why}" if one.why else "changed"
        row = "" if one.row is None else str(one.row)
        rows.append((one.place, row, one.what, one.before, one.after, outcome))
    print_lines("\t".join(" ".join(field.split()) for field in row) for row in rows)
    conflicts = sum(bool(one.why) for one in updates)
    would = "would be " if options.dry_run else ""
    say(f"{len(updates) - conflicts} {would}changed, {conflicts} in conflict")
    if lost := [one.place for one in updates if one.row is None]:
        say(f"note: {', '.join(lost)}: not in the project; copy what is new in them by hand")
    if conflicts > len(lost) and not options.dry_run:
        say("note: in a conflict the project's word stays, and what else the file says is in the comment")
    return 0
