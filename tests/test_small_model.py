"""The small model that comes with the package: whole, small enough, licensed, and said to be weak."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyalign import cli
from polyalign.routing import find_model, registry, route, stand_in_note

FOLDER = Path(__file__).parents[1] / "models" / "small-ar-en"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="no small model is shipped")


def test_it_is_whole_and_at_most_forty_megabytes() -> None:
    assert find_model("small-ar-en") == FOLDER
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 40_000_000


def test_it_serves_its_pair_and_its_weakness_is_said() -> None:
    (entry,) = registry().stand_ins.values()
    decision = route("ar", "en")
    assert (decision.model, decision.stand_in, decision.licence) == ("small-ar-en", True, entry.licence)
    assert "polyalign models pull ar-en" in decision.explanation
    assert "far below" in (stand_in_note("small-ar-en") or "")
    assert stand_in_note("Helsinki-NLP/opus-mt-ar-en") is None


def test_its_card_says_what_it_is() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "license: cc-by-sa-4.0" in card
    assert "far below" in card
    assert "chrF" in card


def test_the_list_of_models_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "list"]) == 0
    assert "small-ar-en is a small stand-in" in capsys.readouterr().err
    assert cli.main(["models", "list", "tr"]) == 0
    assert "small-ar-en" not in capsys.readouterr().err
