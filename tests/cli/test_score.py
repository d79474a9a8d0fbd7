"""polyalign score as a user meets it: the table, the JSON, exit codes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from polyalign import write
from tests.helpers.commands import Polyalign
from tests.helpers.commands import command as command
from tests.helpers.commands import polyalign as polyalign
from tests.helpers.scored import BEADS, BITEXT, GOLD, REPORT, TWO, lines

FIGURES = [*(f"{name}_{kind}" for name in ("strict", "lax", "pair") for kind in ("p", "r", "f1")), "noise"]
SIGNATURE = re.compile(
    r"polyalign \S+ \| measure:strict \| set:gold \| gold:[0-9a-f]{8} \| documents:2 "
    r"\| bootstrap:1000 \| seed:12345"
)


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    lines(tmp_path / "gold.jsonl", *TWO)
    rows: list[dict[str, Any]] = [{"id": row["id"], "beads": BEADS} for row in TWO]
    lines(tmp_path / "out.jsonl", *rows, {"id": "extra", "beads": []})
    lines(tmp_path / "worse.jsonl", rows[0], rows[1] | {"beads": []})
    lines(tmp_path / "report.jsonl", REPORT)


def test_json_holds_figures_intervals_and_the_signature(polyalign: Polyalign) -> None:
    done = polyalign("score", "gold.jsonl", "out.jsonl", "--format", "json")
    assert (done.code, done.said) == (0, "")
    assert [*done.json] == [
        *(*FIGURES, "interval", "documents", "gold_beads", "predicted_beads", "units", "signature")
    ]
    assert (done.json["strict_f1"], done.json["interval"]["strict_f1"]) == (0.3333, [0.3333, 0.3333])
    assert (done.json["documents"], done.json["gold_beads"], done.json["units"]) == (2, 6, "2 documents")
    assert SIGNATURE.fullmatch(done.json["signature"])


def test_two_outputs_are_compared(polyalign: Polyalign) -> None:
    done = polyalign("score", "gold.jsonl", "out.jsonl", "worse.jsonl", "--format", "json").json
    assert done["second"]["strict_r"] == 0.1667
    told = done["difference"]["strict_r"]
    assert told["value"] == -0.1667
    assert told["interval"] == [-0.3333, 0]
    assert told["p"] == 1  # there is nothing to swap but one document
    assert done["signature"] == done["second"]["signature"]


def test_the_table_has_a_line_for_each_figure(polyalign: Polyalign) -> None:
    done = polyalign("score", "gold.jsonl", "out.jsonl", "worse.jsonl", "--seed", "7")
    table = done.out.decode().splitlines()
    assert table[0] == "OUT   out.jsonl: documents 2, gold beads 6, predicted beads 6"
    assert table[2] == "95 % intervals by bootstrap over 2 documents"
    rows = {line.split()[0]: line for line in table[5:-2]}
    assert [*rows] == FIGURES[:-1]  # this gold marks no noise
    cells = re.split(r"  +", rows["strict_r"])[1:]
    assert cells == [
        *("0.333", "[0.333, 0.333]", "0.167", "[0.000, 0.333]", "-0.167", "[-0.333, +0.000]", "1.000")
    ]
    assert table[-1].endswith(" | seed:7")


def test_beads_may_come_by_a_pipe(
    polyalign: Polyalign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines(tmp_path / "one.jsonl", GOLD)
    for name in ("pairs.jsonl", "bitext.json"):
        write(BITEXT, tmp_path / name)
        with (tmp_path / name).open() as stream:
            monkeypatch.setattr("sys.stdin", stream)
            assert polyalign("score", "one.jsonl", "-", "--format", "json").json["strict_f1"] == 0.3333


def test_noise_is_shown_where_the_gold_marks_it(polyalign: Polyalign, tmp_path: Path) -> None:
    noise = {"src_noise": [0, 0, 0, 1], "tgt_noise": [0, 0, 0, 0, 1]}
    lines(tmp_path / "noisy.jsonl", GOLD | noise)
    assert b"\nnoise               0.333  " in polyalign("score", "noisy.jsonl", "out.jsonl").out


def test_one_document_is_resampled_by_groups_of_beads(polyalign: Polyalign, tmp_path: Path) -> None:
    lines(tmp_path / "one.jsonl", GOLD)
    done = polyalign("score", "one.jsonl", "out.jsonl", "--format", "json").json
    assert done["units"] == "2 groups of beads"
    assert done["interval"]["strict_f1"] == [0, 1]


def test_the_report_measure_goes_by_the_gold(polyalign: Polyalign) -> None:
    for more in ((), ("--measure", "report")):
        done = polyalign("score", "report.jsonl", "report.jsonl", "--format", "json", *more)
        assert (done.json["precision"], done.json["recall"], done.json["f1"]) == (1, 1, 1)
        assert "| measure:report |" in done.json["signature"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("report.jsonl", "out.jsonl", "--measure", "strict"), 2, "holds gold of the report measure: leave"),
        (
            ("gold.jsonl", "out.jsonl", "--measure", "lax"),
            2,
            "--measure: 'lax' is no choice: use one of strict report",
        ),
        (
            ("gold.jsonl", "out.jsonl", "--format", "tmx"),
            2,
            "--format: 'tmx' is no choice: use one of table json",
        ),
        (("gold.jsonl",), 2, "OUT is missing: see polyalign score --help"),
        (("gold.jsonl", "out.jsonl", "--samples", "0"), 2, "0 samples, seed 12345: give 1 to 1,000,000"),
        (
            ("gold.jsonl", "out.jsonl", "--samples", "nan"),
            2,
            "--samples: 'nan' is not a valid whole number: see",
        ),
        (("gold.jsonl", "out.jsonl", "--seed", "-1"), 2, "seed -1"),
        (("none.jsonl", "out.jsonl"), 1, "none.jsonl: no such file: check the path"),
        (("gold.jsonl", "ar.txt"), 1, "ar.txt holds neither JSON nor a ladder"),
        (("ar.txt", "out.jsonl"), 1, "ar.txt holds neither JSON nor a ladder"),
        (
            ("gold.jsonl", "out.jsonl", "report.jsonl"),
            1,
            "report.jsonl has no beads for 1 of 2 documents, the",
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    polyalign: Polyalign, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = polyalign("score", *arguments)
    assert (done.code, done.out) == (code, b"")
    assert said in done.said
    assert done.said.count("\n") == 1
