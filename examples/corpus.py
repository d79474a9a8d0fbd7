"""Two folders of reports: which tell the same story, and which sentences of them say the same?

python examples/corpus.py [OUT]
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from polyalign import corpus

SEEDS = Path(__file__).parents[1] / "seeds"


def main(output: str = "corpus-out") -> None:
    """Sorts the samples into two folders, pairs these, and prints what became of each document."""
    with tempfile.TemporaryDirectory() as folder:
        for text in SEEDS.glob("*.txt"):
            side = Path(folder) / ("english" if text.name.endswith(".en.txt") else "others")
            side.mkdir(exist_ok=True)
            shutil.copy(text, side)
        summary = corpus.build(f"{folder}/others", f"{folder}/english", output)
    print(summary.pairs, "pairs of documents; left out:", summary.left_out)
    for line in (Path(output) / "documents.jsonl").read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        print(f"{document['key']:12} {document['status']}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
