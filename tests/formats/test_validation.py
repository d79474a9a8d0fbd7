"""Validation: what is right has no fault, and every rule is told with its line when it is broken."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import cli
from polyalign.bitext import Bitext
from polyalign.errors import UnreadableError
from polyalign.formats.bitexts.tmx import tmx
from polyalign.formats.bitexts.xliff import xliff, xliff1
from polyalign.formats.common import Options
from polyalign.formats.validation import MAX_FAULTS, Fault, faults, validate
from tests.helpers.places import DATA
from tests.helpers.samples import bitexts, harbour, side
from tests.helpers.units import HOSTILE

DATA = DATA / "formats"
NAMES = {"tmx": "valid.tmx", "1": "valid-1.2.xlf", "2": "valid-2.1.xlf"}
VALID = {kind: (DATA / name).read_text(encoding="utf-8") for kind, name in NAMES.items()}


def _faults(text: str | bytes) -> list[Fault]:
    return list(faults(io.BytesIO(text.encode() if isinstance(text, str) else text)))


@pytest.mark.parametrize("kind", VALID)
def test_what_is_right_has_no_fault(kind: str) -> None:
    assert _faults(VALID[kind]) == []
    assert _faults(VALID[kind].encode("utf-16")) == []


@given(bitexts(), st.booleans())
def test_what_polyalign_writes_has_no_fault(bitext: Bitext, unaligned: bool) -> None:
    for writer in (tmx, xliff, xliff1):
        found = _faults(b"".join(writer(bitext, Options(unaligned=unaligned))))
        assert [fault for fault in found if not fault.warning] == []
    assert _faults(bitext.to_json()) == []


BROKEN = [
    ("tmx", ' version="1.4"', "", 3, "attribute", "<tmx> has no version"),
    ("tmx", 'version="1.4"', 'version="1.5"', 3, "value", "must be 1.4"),
    ("tmx", "<body>", "<body><tu/>", 5, "missing", "<tu> has no <tuv>"),
    ("tmx", "<body>", "<body/><body>", 5, "repeated", "<tmx> may have only one <body>"),
    ("tmx", "<body>", "<tail/><body>", 5, "element", "there is no <tail> in TMX 1.4"),
    ("tmx", "<body>", "<body>word", 5, "text", "text may not stand in <body>: 'word'"),
    ("tmx", "<body>", "<body><seg/>", 5, "content", "<seg> may not stand in <body>"),
    ("tmx", "</tu>", "<note/></tu>", 9, "order", "<note> stands too late in <tu>"),
    ("tmx", 'segtype="sentence"', 'segtype="line"', 4, "value", "block or paragraph or sentence or phrase"),
    ("tmx", 'adminlang="en"', 'adminlang="en_US"', 4, "value", "a language tag"),
    ("tmx", 'xml:lang="EN"', 'lang="EN"', 7, "attribute", "<tuv> may not have lang"),
    ("tmx", 'xml:lang="EN"', 'xml:lang="fr"', 6, "language", "no <tuv> in its source language 'en'"),
    ("tmx", '<ept i="1"/>', "", 7, "codes", "<bpt> '1' is never ended"),
    ("tmx", '<ept i="1"/>', '<ept i="2"/>', 7, "codes", "<ept> '2' ends what was never begun"),
    ("tmx", '<ept i="1"/>', '<ept i="1"/><ept i="1"/>', 7, "codes", "a second <ept> ends '1'"),
    ("tmx", '<bpt i="1" x="1">', '<bpt i="1"/><bpt i="1">', 7, "codes", "a second <bpt> has the number"),
    ("tmx", 'pos="begin"', 'pos="open"', 8, "value", "begin or end"),
    ("tmx", "a <bpt", "&nbsp; <bpt", 7, "entity", "&nbsp; is not defined"),
    ("tmx", "</body>", "", 11, "xml", "mismatched tag"),
    ("1", 'version="1.2"', 'version="1.3"', 2, "value", "1.2 or 1.1 or 1.0"),
    ("1", "document:1.2", "document:1.9", 2, "namespace", "is not that of XLIFF 1.2"),
    ("1", ' xmlns="urn:oasis:names:tc:xliff:document:1.2"', ' xmlns="urn:x"', 2, "namespace", "'urn:x'"),
    ("1", ' original="a"', "", 3, "attribute", "<file> has no original"),
    ("1", 'tool-id="t" k', 'tool-id="u" k', 3, "reference", "there is no <tool> 'u'"),
    ("1", 'phase-name="p" k', 'phase-name="q" k', 8, "reference", "there is no <phase> 'q'"),
    ("1", '<trans-unit id="2">', '<trans-unit id="1">', 13, "id", "'1' of <trans-unit> was there before"),
    ("1", 'mid="s1">a</mrk></target>', 'mid="s2">a</mrk></target>', 10, "reference", "segment 's2'"),
    ("1", 'state="x-mine"', 'state="done"', 10, "value", "a state of XLIFF 1.2"),
    ("1", 'priority="10"', 'priority="11"', 11, "value", "from 1 to 10"),
    ("1", '<ex id="1"/>', "", 13, "codes", "<bx> '1' is never ended"),
    ("1", '<target state="final"/>', "<target/><source/>", 13, "order", "<source> stands too late"),
    ("1", "<source><bx", "<source><k:a/><bx", 13, "content", "<a> may not stand in <source>"),
    ("2", 'version="2.1"', 'version="2.9"', 2, "value", "2.0 or 2.1"),
    ("2", 'srcLang="en" ', "", 2, "attribute", "<xliff> has no srcLang"),
    ("2", ' trgLang="tr"', "", 9, "language", "<xliff> has no trgLang"),
    ("2", 'xml:lang="EN"', 'xml:lang="de"', 7, "language", "<source> is in 'de', but <xliff> says 'en'"),
    ("2", 'id="u2"', 'id="u1"', 12, "id", "'u1' of <unit> was there before"),
    ("2", 'id="u2"', 'id="u 2"', 12, "value", "one word without spaces"),
    ("2", "<segment><source/></segment>", "", 12, "missing", "<unit> has no <ignorable> or <segment>"),
    ("2", 'dataRef="d1"', 'dataRef="d2"', 7, "reference", "there is no <data> 'd2'"),
    ("2", '<ph id="2"', '<ph id="1"', 7, "id", "'1' of <ph> was there before"),
    ("2", '<ph id="2"', '<ph id="s1"', 7, "id", "is that of a segment"),
    ("2", 'state="final" ', "", 7, "attribute", "a subState without a state"),
    ("2", 'state="final"', 'state="done"', 7, "value", "initial or translated or reviewed or final"),
    ("2", '<ec startRef="3"/>', "", 6, "codes", "<sc> '3' is never ended"),
    ("2", '<ec startRef="3"/>', "<ec/>", 8, "attribute", "no startRef and is not isolated"),
    (
        "2",
        '<ec id="6" isolated="yes"/>',
        '<ec isolated="yes"/>',
        8,
        "attribute",
        "an isolated <ec> has no id",
    ),
    ("2", 'startRef="5"', 'startRef="7"', 8, "codes", "'7' ends what was never begun"),
    ("2", 'type="k:mark"', 'type="mark"', 8, "value", "generic, comment, term or prefix:value"),
    ("2", 'hex="0007"', 'hex="7"', 6, "value", "hexadecimal"),
    ("2", ' type="t"', "", 4, "attribute", "<meta> has no type"),
    ("2", "<mda:metaGroup", "<mda:other/><mda:metaGroup", 4, "element", "no <other>"),
]


@pytest.mark.parametrize(("kind", "old", "new", "line", "rule", "message"), BROKEN)
def test_each_rule_is_told_with_its_line(
    kind: str, old: str, new: str, line: int, rule: str, message: str
) -> None:
    assert VALID[kind].count(old) >= 1
    found = _faults(VALID[kind].replace(old, new, 1))
    assert any(f.line == line and f.rule == rule and message in f.message for f in found), found
    assert all("\n" not in f.message for f in found)


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_cannot_be_read_has_a_fault_too(kind: str) -> None:
    assert _faults(HOSTILE[kind][0])


def test_nothing_more_is_said_after_an_entity_or_the_wrong_root() -> None:
    assert [f.rule for f in _faults('<!DOCTYPE tmx [<!ENTITY a "b">]><tmx>&a;</tmx>')] == ["entity"]
    assert [f.rule for f in _faults("<html><p></html>")] == ["root"]
    assert [f.rule for f in _faults(b"<tmx version='1.4'>" + b"<tu>" * 999)][-1] == "depth"
    assert [f.rule for f in _faults('<?xml version="1.0" encoding="big5"?><tmx/>')] == ["encoding"]
    assert _faults(b"") == _faults(b" \n") == [Fault(1, "empty", "there is nothing in the file")]


def _json(change: str) -> list[Fault]:
    """The faults of the harbour's JSON after `change`, Python code on `data`."""
    data = json.loads(harbour().to_json())
    exec(change, {"data": data, "source": data["source"]["segments"], "beads": data["beads"]})
    return _faults(json.dumps(data, indent=1))


@pytest.mark.parametrize(
    ("change", "rule", "message"),
    [
        ("data['schema'] = 'x'", "schema", '"schema" is not'),
        ("del data['target']", "missing", 'there is no "target"'),
        ("data['target'] = []", "type", '"target" must be an object'),
        ("data['signature'] = 1", "type", '"signature" must be a string'),
        ("del data['beads']", "missing", 'there is no "beads"'),
        ("del data['source']['language']", "missing", '"language" of source'),
        ("data['source']['segments'] = {}", "type", '"segments" of source must be a list'),
        ("source[1] = 'text'", "type", "segment 1 of source must be an object"),
        ("del source[1]['text']", "missing", 'no "text" of segment 1 of source'),
        ("source[1]['id'] = 7", "id", "segment 1 of source has the id 7"),
        ("source[1]['start'] = True", "type", '"start" of segment 1 of source must be a whole number'),
        ("source[1]['end'] += 1", "offset", "the text of segment 1 of source does not reach"),
        ("beads[1] = 3", "type", "bead 1 must be an object"),
        ("beads[1]['source'] = []", "id", "the source of bead 1 is empty"),
        ("beads[1]['source'] = ['a']", "id", "must be a list of whole numbers"),
        ("beads[1]['target'] = [2, 1]", "id", "must be ascending"),
        ("beads[1]['target'] = [99]", "id", "names a segment that is not there"),
        ("beads[1]['target'] = None", "type", '"target" of bead 1 must be a list'),
        ("beads[1]['score'] = 1.5", "score", "it must be in 0 to 1"),
        ("beads[1]['score'] = float('nan')", "score", "it must be in 0 to 1"),
        ("beads[1]['score'] = True", "type", "must be a number"),
        ("beads[1]['overlap'] = 1", "type", '"overlap" of bead 1 must be true or false'),
        ("beads[1]['evidence'] = {'cosine': '1'}", "type", '"evidence" of bead 1 must hold numbers'),
        ("data['notes'] = [1]", "type", '"notes" must hold strings'),
        ("data['source']['path'] = 1", "type", '"path" of source must be a string'),
        ("source[1]['translation'] = 1", "type", '"translation" of segment 1 of source'),
        ("del beads[1]['score']", "missing", "must be a number"),
    ],
)
def test_each_rule_of_our_json(change: str, rule: str, message: str) -> None:
    assert any(f.rule == rule and message in f.message for f in _json(change)), _json(change)


def test_a_fault_of_json_names_the_line_where_its_object_begins() -> None:
    text = harbour().to_json().replace('"end": 36', '"end": 35').replace('"score": 0.913', '"score": 9.0')
    lines = text.splitlines()
    first, second = _faults(text)
    assert '"id": 0' in lines[first.line]
    assert lines[second.line - 1].strip() == "{"
    assert '"score": 9.0' in "".join(lines[second.line : second.line + 10])


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        (b'{\n"a": 1, "b"\n}', 3, "json"),  # of a comma too many each Python names another line
        (b"{", 1, "json"),
        (b'{"a":\n "\xff"}', 2, "encoding"),
        (b"[" * 100_000, 1, "json"),
        (b"[]", 1, "schema"),
        (b'\xef\xbb\xbf {"n": ' + b"1" * 9_999 + b"}", 1, "json"),
    ],
)
def test_what_is_no_json_of_ours(text: bytes, line: int, rule: str) -> None:
    assert [(f.line, f.rule) for f in _faults(text)] == [(line, rule)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_json_has_faults_where_it_cannot_be_read(data: object) -> None:
    bitext = {"schema": "polyalign.bitext/1", "source": data, "target": data, "beads": data}
    assert _faults(json.dumps(bitext))


@given(st.data())
def test_what_has_no_fault_is_read_as_a_bitext(data: st.DataObject) -> None:
    text = data.draw(bitexts()).to_json()
    start = data.draw(st.integers(0, len(text)))
    changed = text[:start] + data.draw(st.text('0123456789-.,[]{}"a ', max_size=3)) + text[start + 1 :]
    if not _faults(changed.encode("utf-8", "replace")):
        assert Bitext.from_json(changed)


@given(st.binary(max_size=200), st.sampled_from([*VALID.values()]), st.integers(0, 2_000))
def test_any_bytes_give_faults_and_no_error(noise: bytes, text: str, start: int) -> None:
    data = text.encode()
    assert all(f.line >= 1 and f.rule for f in _faults(data[:start] + noise + data[start + 9 :]))


def test_files_by_path(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(gzip.compress(VALID["tmx"].replace('"1.4"', '"1"').encode()))
    assert validate(path) == [Fault(3, "value", "version='1' of <tmx> must be 1.4")]
    path.write_bytes(gzip.compress(VALID["tmx"].encode())[:-20])
    with pytest.raises(UnreadableError, match=r"x\.bin.*cannot be read"):
        validate(path)
    with pytest.raises(UnreadableError, match="no such file"):
        validate(tmp_path / "none.tmx")
    path.write_text(VALID["tmx"].replace("</body>", "<tu/>" * 2_000 + "</body>"))
    assert len(validate(path)) == MAX_FAULTS


def test_the_xliff_in_an_xlz_is_what_is_validated(tmp_path: Path) -> None:
    path, wrong = tmp_path / "a.XLZ", VALID["1"].replace("<body>", "<body><tu/>")
    assert _faults(wrong)
    for text in (VALID["1"], wrong):
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("content.xlf", text)
            packed.writestr("skeleton.skl", "x")
        assert validate(path) == _faults(text)
    path.write_bytes(b"PK no")
    with pytest.raises(UnreadableError, match=r"a\.XLZ"):
        validate(path)


def test_an_undetermined_language_is_no_reason_to_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.xlf"
    path.write_bytes(b"".join(xliff(Bitext(side("und", ["a"]), side("tr", ["b"]), ()), Options())))
    assert cli.main(["validate", str(path)]) == 0
    out, err = capsys.readouterr()
    assert ":2: warning: undetermined: srcLang of <xliff> is und" in out
    assert "a.xlf: 0 faults, 1 warning" in err
