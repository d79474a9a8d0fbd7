"""Keep decisions on a bitext in a project file, undo one, export what was confirmed.

python examples/review.py [PROJECT.polyalign]
"""

import sys
from pathlib import Path

import polyalign

SEEDS = Path(__file__).parents[1] / "seeds"


def main(project: str = "grain.polyalign") -> None:
    """Confirms the surest rows, doubts the others, and writes `reviewed.tmx` beside the project."""
    source, target = (polyalign.read(SEEDS / f"grain.{language}.txt") for language in ("ar", "en"))
    bitext = polyalign.Aligner().pair(source, target)
    with polyalign.Store(project, who="Ada") as store:
        known = [one.id for one in store.listed() if one.name == "grain"]  # from the run before
        number = known[0] if known else store.add(bitext, name="grain", source=source, target=target)
        rows = [row for row in store.rows(number) if row.aligned]
        sure = [row.id for row in rows if (row.score or 0) > 0.99]
        store.mark(sure, "confirmed")
        if doubtful := [row.id for row in rows if row.id not in sure]:
            store.mark(doubtful, "needs-review")
        store.comment(rows[0].id, "The headline is shorter in English.")
        store.undo()  # the comment
        print(f"{len(sure)} of {len(rows)} rows confirmed")
        reviewed = store.bitext(number, states={"confirmed"})
    polyalign.write(reviewed, Path(project).with_name("reviewed.tmx"))


if __name__ == "__main__":
    main(*sys.argv[1:2])
