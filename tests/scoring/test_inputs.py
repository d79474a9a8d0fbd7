"""Files with gold and with beads: every form says the same, and what cannot be scored is refused."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyalign
from polyalign import scoring
from polyalign.bitext import Bitext
from polyalign.errors import InputError, PolyalignError
from polyalign.parts import Bead
from polyalign.scoring import Segmented, Spanned
from tests.helpers.hostile import Change, changed, changes
from tests.helpers.places import SEEDS
from tests.helpers.samples import side
from tests.helpers.scored import BEADS, BITEXT, GOLD, REPORT, SIDES, TWO, Row, lines


def figures(gold: Path, out: Path) -> Mapping[str, float]:
    read = scoring.read_gold(gold)
    return scoring.score(read, scoring.read_output(out, read), samples=1).figures


EXPECTED = {"strict_f1": 1 / 3, "lax_f1": 1, "pair_f1": 0.75}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.tmx", "a.tsv", "a.xlf", "a.xlsx", "a.tmx.gz"])
@pytest.mark.parametrize("unaligned", [False, True])
def test_a_file_of_pairs_says_which_segments_it_pairs(name: str, unaligned: bool, tmp_path: Path) -> None:
    """Without its unaligned segments too, where the ids have gaps."""
    plain = tmp_path / name.removesuffix(".gz")
    polyalign.write(BITEXT, plain, unaligned=unaligned or name == "a.json")
    if name.endswith(".gz"):
        import gzip

        (tmp_path / name).write_bytes(gzip.compress(plain.read_bytes()))
    found = figures(lines(tmp_path / "gold.jsonl", GOLD), tmp_path / name)
    assert {key: found[key] for key in EXPECTED} == pytest.approx(EXPECTED)


def test_rows_say_it_too_with_and_without_an_id(tmp_path: Path) -> None:
    gold = lines(tmp_path / "gold.jsonl", GOLD)
    objects = [{"source": source, "target": target, "score": 0.5} for source, target in BEADS]
    for row in ({"id": "port", "beads": BEADS}, {"beads": BEADS}, {"id": "port", "beads": objects}):
        found = figures(gold, lines(tmp_path / "out.jsonl", row))
        assert {key: found[key] for key in EXPECTED} == pytest.approx(EXPECTED)


def test_a_folder_holds_a_file_for_each_document(tmp_path: Path) -> None:
    gold = lines(tmp_path / "gold.jsonl", GOLD | {"id": "news/1.a"}, GOLD | {"id": 2})
    (tmp_path / "out" / "news").mkdir(parents=True)
    polyalign.write(BITEXT, tmp_path / "out" / "news" / "1.a.json")
    polyalign.write(BITEXT, tmp_path / "out" / "2.tmx")
    (tmp_path / "out" / "2.txt").write_text("something else")
    found = figures(gold, tmp_path / "out")
    assert {key: found[key] for key in EXPECTED} == pytest.approx(EXPECTED)
    (tmp_path / "out" / "2.json").write_text("{}")
    with pytest.raises(InputError, match="holds several files of 2: give one for each"):
        figures(gold, tmp_path / "out")


def tmx(*pairs: tuple[str, str]) -> str:
    variant = "<tuv xml:lang='{}'><seg>{}</seg></tuv>"
    units = "".join(
        f"<tu>{variant.format('en', target)}{variant.format('ar-EG', source)}</tu>"
        for source, target in pairs
    )
    return f"<tmx version='1.4'><header srclang='en'/><body>{units}</body></tmx>"


def test_a_memory_of_another_program_is_matched_by_its_texts(tmp_path: Path) -> None:
    """Joined segments, other white space, and the languages the other way round."""
    row = GOLD | {"src": ["a b.", "same", "c", "same"], "tgt": ["X.", "Y y.", "same", "Z"]}
    row["gold"] = [[[0], [0]], [[1], [1]], [[2, 3], [2, 3]]]
    gold, out = lines(tmp_path / "gold.jsonl", row), tmp_path / "out.tmx"
    out.write_text(tmx(("a  b.", "X."), ("same", "Y y."), ("c same", "same Z")))
    with pytest.raises(
        InputError, match="the source text 'same' stands 2 times in the gold and 1 times here"
    ):
        figures(gold, out)
    out.write_text(tmx(("a  b.", "X."), ("c same", "same Z")))
    assert figures(gold, out)["strict_r"] == pytest.approx(2 / 3)
    out.write_text(tmx(("a  b.", "X."), ("same", "Y y."), ("same", "Z")))
    assert figures(gold, out)["strict_r"] == pytest.approx(2 / 3)
    out.write_text(tmx(("a b. sam", "X.")))
    with pytest.raises(InputError, match=r"'a b\. sam' stands 0 times in the gold and 1 times here"):
        figures(gold, out)


def test_an_unaligned_text_need_not_be_told(tmp_path: Path) -> None:
    row = GOLD | {"src": ["a", "same", "same"], "tgt": ["X"], "gold": [[[0], [0]]]}
    out = tmp_path / "out.tsv"
    out.write_text("source\ttarget\na\tX\nsame\t\n")
    assert figures(lines(tmp_path / "gold.jsonl", row), out)["strict_f1"] == 1


def test_ladders_are_gold_and_output(tmp_path: Path) -> None:
    gold, out = tmp_path / "gold.ladder", tmp_path / "out.txt"
    gold.write_text("0\t0\t0.3\n1\t1\t-0.3\n1\t2\t1.25\n3\t4\t0\n4\t5\t0\n")
    out.write_text("0\t0\t0.3\n1\t1\t-0.3\n3\t4\t0\n4\t5\t0\n")
    found = figures(gold, out)
    assert (found["strict_r"], found["lax_r"], found["pair_r"]) == pytest.approx((2 / 3, 1, 1))
    assert figures(lines(tmp_path / "gold.jsonl", GOLD), out)["lax_r"] == pytest.approx(1 / 3)
    (tmp_path / "a.json").write_text(Bitext(side("ar", ["a"]), side("en", ["b"]), ()).to_json())
    with pytest.raises(InputError, match="source segments and the gold 4: align the segments of the gold"):
        figures(gold, tmp_path / "a.json")
    (tmp_path / "out.ladder").write_text("0 0 1\n5 5 1\n")
    with pytest.raises(
        InputError, match="bead 0 names segment 4, which is not there: ids count from 0 and end"
    ):
        figures(gold, tmp_path / "out.ladder")


def test_a_reviewed_bitext_is_gold(tmp_path: Path) -> None:
    for path in (tmp_path / "gold.json", tmp_path / "out.json"):
        polyalign.write(BITEXT, path)
    assert figures(tmp_path / "gold.json", tmp_path / "out.json")["strict_f1"] == 1


GOLDS = sorted(SEEDS.glob("*.gold.json"))


@pytest.mark.parametrize("path", GOLDS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", ["a.json", "a.tmx", "a.jsonl"])
def test_the_seeds_are_gold_for_texts_as_they_are(
    path: Path, name: str, tmp_path: Path, aligner: polyalign.Aligner
) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    texts = (polyalign.read(path.parent / data[side]["file"]) for side in ("source", "target"))
    polyalign.write(aligner.pair(*texts), tmp_path / name)
    gold = scoring.read_gold(path)
    found = scoring.score(gold, scoring.read_output(tmp_path / name, gold))
    assert found.figures["f1"] > 0.8
    assert found.counts["gold_entries"] == len(data["clauses"])
    entries = gold.documents[0].entries if isinstance(gold.documents[0], Spanned) else ()
    assert scoring.score(gold, {"": [entry.passage for entry in entries]}).figures["tight"] == 1


def test_spans_are_matched_by_offsets_or_texts(tmp_path: Path) -> None:
    gold = lines(tmp_path / "gold.jsonl", REPORT)
    for name in ("a.json", "a.tmx"):
        polyalign.write(BITEXT, tmp_path / name)
        found = figures(gold, tmp_path / name)
        assert (found["precision"], found["recall"]) == pytest.approx((1 / 3, 1))
    assert figures(gold, gold) == dict.fromkeys(found, 1.0)


def test_beads_between_nothing_are_none(tmp_path: Path) -> None:
    """An empty line of a pre-segmented text is an empty segment."""
    empty = Bitext(side("ar", ["a", ""]), side("en", ["b", ""]), (Bead((0,), (0,), 1), Bead((1,), (1,), 1)))
    row = {"id": "a", "src_text": "a\n", "tgt_text": "b\n", "spans": [[[[0, 1]], [[0, 1]], "full"]]}
    gold = scoring.read_gold(lines(tmp_path / "gold.jsonl", row))
    assert scoring.score(gold, {"a": empty}).counts["predicted_beads"] == 1


def test_outputs_in_python_may_be_bitexts(tmp_path: Path) -> None:
    gold = scoring.read_gold(lines(tmp_path / "gold.jsonl", GOLD))
    found = scoring.score(gold, {"port": BITEXT}, samples=1).figures
    assert {key: found[key] for key in EXPECTED} == pytest.approx(EXPECTED)
    assert isinstance(gold.documents[0], Segmented)
    told = scoring.score(gold, {"port": BITEXT}), scoring.compare(gold, {"port": BITEXT}, {"port": BITEXT})
    for one in (gold, *gold.documents, *told):
        assert len(repr(one)) < 130, one


NOISE = {"src_noise": [0, 0, 0, 1], "tgt_noise": [0, 0, 0, 0, 1]}

REFUSED: list[tuple[Sequence[Row] | str, Sequence[Row] | str, str]] = [
    # the gold
    ("", [], "gold.jsonl is empty"),
    ("[]", [], "holds neither JSON nor a ladder: give"),
    ("{nothing", [], "line 1 is no JSON (Expecting property name"),
    ('{"id": 1}\n[1]\n', [], "line 2 is no JSON object"),
    ('{"id": "a", "gold": ' + "[" * 100_000, [], "line 1 is no JSON (nested too deeply)"),
    ([{"id": "a"}], [], 'has neither "gold" nor "spans"'),
    ([GOLD, {**GOLD, "id": None}], [], 'line 2 has no "id"'),
    ([GOLD, {**GOLD, "id": ""}], [], 'line 2 has no "id"'),
    ([GOLD, {**GOLD, "id": True}], [], 'line 2 has no "id"'),
    ([GOLD, GOLD], [], "has the id 'port' 2 times: give each document once"),
    ([GOLD, REPORT | {"id": "b"}], [], "mixes gold beads and spans"),
    ([GOLD | {"gold": []}], [], "holds no gold beads: there is nothing to compare with"),
    ([GOLD | {"gold": [[[0], []]]}], [], "holds no gold beads"),
    ([REPORT | {"spans": []}], [], "holds no gold beads"),
    ([GOLD | {"gold": {}}], [], "its beads are no list"),
    ([GOLD | {"gold": [[[0]]]}], [], "bead 0 has no two sides"),
    (
        [GOLD | {"gold": [[[0], [3]], [[4], [0]]]}],
        [],
        "bead 1 names segment 4, which is not there: ids count",
    ),
    ([GOLD | {"gold": [[[-1], [0]]]}], [], "names segment -1, which is not there"),
    ([GOLD | {"gold": [[[0.0], [0]]]}], [], "a side that is no list of whole numbers"),
    ([GOLD | {"gold": [[[float("nan")], [0]]]}], [], "a side that is no list of whole numbers"),
    ([GOLD | {"gold": [[[True], [0]]]}], [], "a side that is no list of whole numbers"),
    ([GOLD | {"src": "text"}], [], '"src" is no list of strings'),
    ([GOLD | {"tgt": None}], [], '"tgt" is no list of strings'),
    ([GOLD | NOISE | {"src_noise": [1]}], [], '"src_noise" is no list of a 0 or 1 for each segment'),
    ([GOLD | NOISE | {"tgt_noise": [float("nan")] * 5}], [], '"tgt_noise" is no list of a 0 or 1'),
    ([REPORT | {"spans": [[[[0, 9999]], [[0, 5]], "full"]]}], [], "entry 0 goes from 0 to 9999 in a text of"),
    ([REPORT | {"spans": [[[[3, 3]], [[0, 5]], "full"]]}], [], "entry 0 goes from 3 to 3 in a text of"),
    ([REPORT | {"spans": [[[[0, 1.5]], [[0, 5]], "full"]]}], [], "a span that is no [start, end]"),
    ([REPORT | {"spans": [[[], [[0, 5]], "full"]]}], [], "entry 0 has an empty side"),
    ([REPORT | {"spans": [[[[0, 5]], [[0, 5]], "half"]]}], [], 'entry 0 is neither "full" nor "partial"'),
    ([REPORT | {"src_text": None}], [], 'has no "src_text" and "tgt_text"'),
    ('{"schema": "polyalign.gold/1", "source": 3}', [], "is no polyalign.gold/1"),
    ('{"schema": "polyalign.bitext/1"}', [], "not a bitext"),
    ("0 0 1\n2 1 1\n1 3 1\n", [], "rung 3 goes back"),
    ("1 2 3\nword\n", [], "line 2 is no rung"),
    ("0 0 1\n999999999 999999999 1\n", [], "is about more than 1,000,000 lines"),
    # the output
    ([GOLD], "", "out.jsonl is empty"),
    ([GOLD], "word", "holds neither JSON nor a ladder"),
    ([GOLD], [{"id": "port"}], 'has no "beads"'),
    (
        [GOLD],
        [{"id": "other", "beads": []}],
        "out.jsonl has no beads for 1 of 1 documents, the first is 'port'",
    ),
    (TWO, [{"id": "port", "beads": []}], "no beads for 1 of 2 documents, the first is 'two'"),
    (TWO, [{"id": "port", "beads": []}] * 2, "line 2 has the id 'port', as "),
    (TWO, [{"beads": []}, {"beads": []}], 'line 1 has no "id": say which document'),
    (TWO, BITEXT.to_json(), "is of one document and the gold of 2: give a folder"),
    ([GOLD], [{"id": "port", "beads": [[[0], [5]]]}], "bead 0 names segment 5, which is not there"),
    ([GOLD], [{"id": "port", "beads": [[[0], [1], 7], 3]}], "bead 1 has no two sides"),
    ([GOLD], '{"beads": [[[NaN], [1]]]}', "a side that is no list of whole numbers"),
    ([GOLD], BITEXT.to_json().replace("0.97", "NaN"), "the score of bead 0 is nan"),
    (
        [GOLD],
        BITEXT.to_json().replace("rained", "snowed"),
        "target segment 4 has another text than in the gold",
    ),
    ([REPORT], BITEXT.to_json().replace("rained", "snowed"), "target segment 4 is not the gold's text"),
    ([REPORT], [{"id": "port", "beads": BEADS}], 'has no "spans", and segment ids do not say where'),
    ([REPORT], "0 0 1\n2 2 1\n", 'has no "spans", and segment ids do not say where'),
]


@pytest.mark.parametrize(("gold", "out", "said"), REFUSED, ids=[said[:40] for *_, said in REFUSED])
def test_what_cannot_be_scored_is_refused_in_a_line(
    gold: Sequence[Row] | str, out: Sequence[Row] | str, said: str, tmp_path: Path
) -> None:
    paths = []
    for name, content in (("gold.jsonl", gold), ("out.jsonl", out)):
        paths.append(tmp_path / name)
        if isinstance(content, str):
            paths[-1].write_text(content, encoding="utf-8")
        else:
            lines(paths[-1], *content)
    with pytest.raises(PolyalignError) as caught:
        figures(*paths)
    message = str(caught.value)
    assert said in message
    assert "\n" not in message
    assert caught.value.exit_code == 1


WHOLE = [
    ("gold.jsonl", json.dumps(GOLD | NOISE).encode()),
    ("gold.jsonl", json.dumps(REPORT).encode()),
    ("out.jsonl", json.dumps({"id": "port", "beads": BEADS}).encode()),
    ("out.jsonl", BITEXT.to_json().encode()),
    ("out.jsonl", b"0 0 1\n1 3 1\n4 5 1\n"),
    ("out.tmx", tmx((SIDES["src"][0], SIDES["tgt"][3]), (SIDES["src"][1], SIDES["tgt"][4])).encode()),
]


@given(st.sampled_from(WHOLE), changes)
def test_a_damaged_file_is_scored_or_refused(whole: tuple[str, bytes], todo: list[Change]) -> None:
    name, data = whole
    with tempfile.TemporaryDirectory() as folder:
        gold, out = Path(folder, "gold.jsonl"), Path(folder, name if name != "gold.jsonl" else "out.jsonl")
        gold.write_bytes(WHOLE[0][1])
        out.write_bytes(WHOLE[2][1])
        Path(folder, name).write_bytes(changed(data, todo))
        message = ""
        try:
            assert all(0 <= value <= 1 for value in figures(gold, out).values())
        except PolyalignError as error:
            message = str(error)
        assert "\n" not in message


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    gold = lines(tmp_path / "gold.jsonl", *TWO)
    polyalign.write(BITEXT, tmp_path / "port.json")
    with pytest.raises(InputError, match=r"holds no file of two, such as two\.json: give one for each"):
        figures(gold, tmp_path)
    polyalign.write(BITEXT, tmp_path / "gold.json")
    with pytest.raises(InputError, match="is a folder, and gold has no ids to look for"):
        figures(tmp_path / "gold.json", tmp_path)
    with pytest.raises(InputError, match="no such file"):
        figures(tmp_path / "none.jsonl", tmp_path)
    polyalign.write(BITEXT, tmp_path / "gold.tmx")
    with pytest.raises(InputError, match="holds pairs and no gold"):
        figures(tmp_path / "gold.tmx", tmp_path)
