"""The face of the package: what a caller meets first behaves as Python's own things do."""

from __future__ import annotations

import logging
import pickle
import re
from pathlib import Path

import pytest

import polyalign
from polyalign import errors
from polyalign.bitext import Bitext
from polyalign.cli import main
from polyalign.parts import Document
from tests.helpers.places import ROOT, SEEDS

ARABIC, ENGLISH = str(SEEDS / "baku.ar.txt"), str(SEEDS / "baku.en.txt")


def public() -> list[str]:
    return list(polyalign.__all__)


def test_each_export_stands_once() -> None:
    text = Path(polyalign.__file__).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"    from polyalign\.\w+ import ", line)]
    assert len(lines) == len(public())
    rest = "\n".join(line for line in text.partition('"""\n')[2].splitlines() if line not in lines)
    assert not [name for name in public() if re.search(rf'"{name}"', rest)]


def test_star_import_and_dir_give_the_public_names() -> None:
    space: dict[str, object] = {}
    exec("from polyalign import *", space)
    assert set(public()) <= set(space)
    assert set(public()) | {"__version__"} <= set(dir(polyalign))
    with pytest.raises(AttributeError, match="has no attribute 'Alinger'"):
        polyalign.Alinger  # noqa: B018


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", polyalign.__version__)
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version"]' in pyproject
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+) \(\d{4}-\d{2}-\d{2}\)$", changelog, flags=re.MULTILINE)
    assert first is not None
    assert first[1] == polyalign.__version__
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {polyalign.__version__}\n" in cited


def samples(bitext: Bitext) -> list[object]:
    odd = Document("ar\nen " * 500, notes=("a note",) * 50)
    rows = list(bitext.rows())
    found = [bitext, bitext.source, bitext.beads[0], *rows[:3], bitext.source.segments[3], odd]
    found += [polyalign.detect("Bu bir Türkçe cümledir."), polyalign.route("ar", "en")]
    found += [polyalign.Aligner(), polyalign.Review(comment="one\ntwo" * 90, flags=("a", "b"))]
    return [*found, polyalign.WordLink((0, 3), (4, 9), 0.5)]


def test_repr_is_one_short_line(baku_bitext: Bitext, tmp_path: Path) -> None:
    with polyalign.Store(tmp_path / "a.polyalign") as store:
        shown = [repr(each) for each in (*samples(baku_bitext), store)]
    assert not [line for line in shown if len(line) > 140 or not line.isprintable() or " at 0x" in line]
    assert repr(baku_bitext) == "<Bitext ar-en, comparable: 13 beads of 23 and 22 segments>"


def test_a_bitext_is_gone_through_bead_by_bead(baku_bitext: Bitext) -> None:
    assert len(baku_bitext) == len(baku_bitext.beads) == len(list(baku_bitext))
    assert Bitext(baku_bitext.source, baku_bitext.target, ()), "one without beads is a result too"
    for row, bead in zip(baku_bitext, baku_bitext.beads, strict=True):
        assert row.bead is bead
        assert row.score == bead.score
        assert row.source_text == " ".join(baku_bitext.source.segments[i].shown for i in bead.source)
        assert row.target_text == " ".join(baku_bitext.target.segments[i].shown for i in bead.target)
    assert [row for row in baku_bitext.rows() if row.bead] == sorted(
        baku_bitext, key=lambda row: row.source[0].id
    )


def test_chinese_sentences_are_joined_without_a_space() -> None:
    source = Document.from_segments(["今天下雨。", "我们在家。"], language="zh")
    target = Document.from_segments(["It rains today, and we are at home."], language="en")
    one, other = (polyalign.Side(d.language or "", d.segments or ()) for d in (source, target))
    bitext = Bitext(one, other, (polyalign.Bead((0, 1), (0,), None),))
    (row,) = bitext
    assert row.source_text == "今天下雨。我们在家。"
    assert row.score is None


def test_a_data_frame_has_a_line_for_each_bead(baku_bitext: Bitext) -> None:
    pytest.importorskip("pandas")
    frame = baku_bitext.to_pandas()
    assert list(frame.source) == [row.source_text for row in baku_bitext]
    assert list(frame.score) == [row.score for row in baku_bitext]
    assert frame.attrs["signature"] == baku_bitext.signature
    every = baku_bitext.to_pandas(unaligned=True)
    assert len(every) == len(list(baku_bitext.rows()))
    assert every.score.isna().sum() == len(every) - len(frame)


def test_errors_are_what_callers_of_python_expect(tmp_path: Path, baku_bitext: Bitext) -> None:
    with pytest.raises(OSError, match="no such file"):
        polyalign.read(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match="no such file"):
        polyalign.read(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match="min_score"):
        polyalign.Aligner(min_score=2)
    with pytest.raises(ValueError, match="not JSON"):
        Bitext.from_json("{")
    with pytest.raises(OSError, match="make its folder first"):
        polyalign.write(baku_bitext, tmp_path / "no" / "out.tsv")


@pytest.mark.parametrize(
    "kind", [errors.InputError, errors.UnreadableError, errors.OutputError, errors.UsageError]
)
def test_errors_keep_their_line_through_pickle(kind: type[errors.PolyalignError]) -> None:
    """Workers send them to the first process."""
    again = pickle.loads(pickle.dumps(kind("a.txt: no such file: check the path")))
    assert type(again) is kind
    assert str(again) == "a.txt: no such file: check the path"


def test_pair_takes_documents_paths_and_strings(aligner: polyalign.Aligner, baku_bitext: Bitext) -> None:
    texts = [Path(name).read_text(encoding="utf-8") for name in (ARABIC, ENGLISH)]
    for given in ((ARABIC, ENGLISH), (Path(ARABIC), Path(ENGLISH)), (texts[0], texts[1])):
        found = aligner.pair(*given)
        assert found.beads == baku_bitext.beads
    assert aligner.pair(ARABIC, ENGLISH).source.path == ARABIC
    assert aligner.pair(*texts).source.path is None
    (streamed,) = aligner.pair_many([(ARABIC, ENGLISH)])
    assert streamed.beads == baku_bitext.beads


def test_a_string_is_a_file_by_its_form_alone(aligner: polyalign.Aligner, tmp_path: Path) -> None:
    """No disk is asked, so that a text cannot name a file by accident."""
    with pytest.raises(OSError, match="no such file"):
        aligner.pair("missing.txt", "The text.")
    inside = "The ministers met in the capital on Monday.\nbaku.en.txt"
    other = Document("Bunu gör.", language="tr")
    assert aligner.pair(inside, other).source.path is None
    for text in (ENGLISH, "/etc/passwd"):
        assert aligner.pair(Document(text, language="en"), other).source.path is None
    with pytest.raises(OSError, match="no such file"):
        aligner.pair(str(tmp_path / "memory.tmx"), "The text.")


def test_what_goes_on_is_logged(aligner: polyalign.Aligner, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="polyalign"):
        bitext = aligner.pair("Bir. İki.", "Yesterday the harbour was closed by the storm.")
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ("DEBUG", "aligning") in said
    assert [text for level, text in said if level == "INFO"] == list(bitext.notes)


def test_python_and_the_command_line_translate_alike(tmp_path: Path) -> None:
    """Both hear a model that is installed, and none is here; a model that is not there is an error."""
    out = tmp_path / "out.json"
    assert main(["pair", ARABIC, ENGLISH, "-o", str(out)]) == 0
    ours = polyalign.Aligner().pair(ARABIC, ENGLISH)
    assert Bitext.from_json(out.read_text(encoding="utf-8")).signature == ours.signature
    assert polyalign.Aligner().translate == "auto"
