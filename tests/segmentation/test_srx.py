"""SRX: the order of rules decides, whatever the file holds; offsets are exact; broken files are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import InputError, PolyalignError, UnreadableError
from polyalign.segmentation import srx
from polyalign.segmentation.srx import SegmentationRules, _translated, parse_srx, read_srx

NO = '<rule break="no"><beforebreak>{}</beforebreak><afterbreak>{}</afterbreak></rule>\n'
YES = '<rule break="yes"><beforebreak>{}</beforebreak><afterbreak>{}</afterbreak></rule>\n'
STOP = YES.format(r"[.?!]", r"\s")


def file(
    groups: dict[str, str] | str, maps: dict[str, str] | None = None, *, cascade: str = "yes", head: str = ""
) -> bytes:
    """An SRX file of these groups of rules, for these patterns of languages."""
    groups = {"Default": groups} if isinstance(groups, str) else groups
    maps = maps or {".*": "Default"}
    rules = "".join(
        f'<languagerule languagerulename="{name}">\n{rules}</languagerule>' for name, rules in groups.items()
    )
    mapped = "".join(
        f'<languagemap languagepattern="{pattern}" languagerulename="{name}"/>'
        for pattern, name in maps.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<srx xmlns="http://www.lisa.org/srx20" version="2.0">'
        f'<header segmentsubflows="yes" cascade="{cascade}">{head}</header><body><languagerules>{rules}'
        f"</languagerules><maprules>{mapped}</maprules></body></srx>"
    ).encode()


def rules(*arguments: Any, **options: Any) -> SegmentationRules:
    return parse_srx(file(*arguments, **options), name="a.srx")


def cut(found: SegmentationRules, text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in found.segment(text, language)]


def test_the_first_rule_that_matches_decides() -> None:
    exception = NO.format(r"\b(Mr|etc)\.", r"\s")
    text = "Mr. X came. etc. She left? Yes."
    assert cut(rules(exception + STOP), text) == ["Mr. X came.", " etc. She left?", " Yes."]
    assert cut(rules(STOP + exception), text) == ["Mr.", " X came.", " etc.", " She left?", " Yes."]


def test_empty_parts_match_anything() -> None:
    assert cut(rules(YES.format(r"[.]\s", "")), "a. b. c") == ["a. ", "b. ", "c"]
    assert cut(rules(YES.format("", "[A-Z]")), "abCdE") == ["ab", "Cd", "E"]
    assert cut(rules(YES.format("", "")), "abc") == ["a", "b", "c"]
    assert cut(rules(NO.format("", "") + STOP), "a. b.") == ["a. b."]
    assert cut(rules('<rule><beforebreak>;</beforebreak></rule><rule break="yes"/>'), "a;b") == [
        "a",
        ";",
        "b",
    ]


def test_cascade_adds_the_rules_of_all_languages_that_match() -> None:
    groups = {"En": NO.format(r"Dr\.", r"\s"), "Tr": NO.format(r"Sn\.", r"\s"), "All": STOP}
    maps = {"[Ee][Nn].*": "En", "tr(-.*)?": "Tr", ".*": "All"}
    text = "Dr. A. Sn. B."
    found = rules(groups, maps)
    assert cut(found, text, "en") == ["Dr. A.", " Sn.", " B."]
    assert cut(found, text, "en_GB") == cut(found, text, "EN") == cut(found, text, "en")
    assert cut(found, text, "TR-tr") == ["Dr.", " A.", " Sn. B."]
    assert cut(found, text, "ar") == ["Dr.", " A.", " Sn.", " B."]
    assert cut(rules(groups, maps, cascade="no"), text, "en") == [text]
    with pytest.raises(InputError, match=r"a\.srx has no rules for 'ar': add a languagemap that matches it"):
        rules(groups, {"en": "En"}).segment(text, "ar")


@pytest.mark.parametrize(
    ("before", "after", "text", "expected"),
    [
        (r"\p{Lu}\.", r"\s+\p{Lu}", "aB. C d. E", ["aB.", " C d. E"]),
        (r"[\p{L}&amp;&amp;[^a-m]]\.", r"\s", "a. z. b", ["a. z.", " b"]),
        (r"[؟!]++", r"\s", "هل؟ نعم!! لا", ["هل؟", " نعم!!", " لا"]),
        (r"\Q.)\E", "", "a.)b.c", ["a.)", "b.c"]),
        (r"\x{61F}|\u061B", "", "a؟b؛c", ["a؟", "b؛", "c"]),
        (r"(?i:abc)\.", r"\h", "ABC. x abd. y", ["ABC.", " x abd. y"]),
        (r"(?&lt;!\bMr)\.", " ", "Mr. a. b", ["Mr. a.", " b"]),
        (r"(.)\1", "", "abba", ["abba"]),
        (r".", r"\z", "ab", ["ab"]),
        (r"^a", "", "aab", ["a", "ab"]),
        (r"[.]", r"\s*+[A-Z]", "a.B. c", ["a.", "B. c"]),
        (r"[^.]\.", "", "a..b", ["a.", ".b"]),
    ],
)
def test_the_expressions_of_icu(before: str, after: str, text: str, expected: list[str]) -> None:
    assert cut(rules(YES.format(before, after)), text) == expected


@pytest.mark.parametrize(
    ("icu", "ours"),
    [
        (r"a.b\.[.\.]", r"a[^\n\r\x85\u2028\u2029]b\.[.\.]"),
        (r"\Qa.b\E.", r"a\.b[^\n\r\x85\u2028\u2029]"),
        (r"[\x{1F600}\cA]", "[\\U0001f600\x01]"),
        (r"a\z", r"a\Z"),
        (r"\\Q", r"\\Q"),
        (r"[[:alpha:].]", "[[:alpha:].]"),
        (r"\Qx", "x"),
    ],
)
def test_what_is_written_otherwise(icu: str, ours: str) -> None:
    assert _translated(icu) == ours


@given(st.text("aB. \n?Mr", max_size=60), st.permutations(["a", "b", "c"]))
def test_nothing_of_a_text_is_lost(text: str, order: list[str]) -> None:
    choice = {"a": STOP, "b": NO.format(r"Mr\.", r"\s"), "c": YES.format(r"\n", "")}
    found = rules("".join(choice[name] for name in order))
    assert "".join(cut(found, text)) == text
    assert all(cut(found, text))
    for segment in found.sentences(text, "en"):
        assert text[segment.start : segment.end] == segment.text == segment.text.strip()
    assert "".join("".join(s.text for s in found.sentences(text, "en")).split()) == "".join(text.split())


@given(st.text("aB.? M", max_size=40), st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=6))
def test_it_is_what_the_standard_says(text: str, order: list[str]) -> None:
    """The rules one by one at each place, as SRX puts it, against all of them at once."""
    choice = {
        "a": (True, r"[.?]", r"\s"),
        "b": (False, r"M\.", r"\s"),
        "c": (False, r"", "B"),
        "d": (True, "a", ""),
        "e": (False, r"(.)\1", ""),
    }
    chosen = [choice[name] for name in order]
    found = rules("".join((YES if ends else NO).format(before, after) for ends, before, after in chosen))
    expected = [place for place in range(1, len(text)) if _ends(text, place, found)]
    assert [end for _, end in found.segment(text, "en")][:-1] == expected


def _ends(text: str, place: int, found: SegmentationRules) -> bool:
    for rule in found._maps[0][1]:
        if all(part is None or part.match(text, place) for part in (rule.before, rule.after)):
            return rule.ends
    return False


def test_sentences_end_with_the_line_and_have_no_space_around() -> None:
    text = "Title\n\n\u200f One. Two.\r\n \n Three"
    found = rules(STOP).sentences(text, "en")
    assert [s.text for s in found] == ["Title", "One.", "Two.", "Three"]
    assert [s.id for s in found] == [0, 1, 2, 3]
    assert all(text[s.start : s.end] == s.text for s in found)
    assert rules(STOP).sentences("", "en") == ()


def test_many_exceptions_are_as_good_as_one() -> None:
    many = "".join(NO.format(rf"\bab{a}{b}\.", r"\s") for a in "abcdefghij" for b in "klmnopqrst")
    assert cut(rules(many + STOP), "abak. abjt. abzz. x") == ["abak. abjt. abzz.", " x"]


def test_format_handles_are_not_obeyed_and_that_is_said() -> None:
    head = '<formathandle type="start" include="no"/>'
    assert rules(STOP).notes == ()
    assert rules(STOP, head=head).notes == (
        "the SRX file's formathandles are not obeyed: plain text has no formatting",
    )


def test_srx_1_and_comments_are_read() -> None:
    data = file(STOP).replace(b'xmlns="http://www.lisa.org/srx20" version="2.0"', b'version="1.0"')
    data = data.replace(b"<maprules>", b'<maprules><maprule maprulename="x">').replace(
        b"</maprules>", b"</maprule></maprules>"
    )
    data = data.replace(b"<beforebreak>", b"<beforebreak><!-- no -->")
    assert cut(parse_srx(data, name="a.srx"), "a. b") == ["a.", " b"]


def test_an_expression_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(srx, "MAX_SECONDS", 0.2)
    slow = rules(NO.format("x", "x") + "\n" + YES.format("", r"(a|a|aa)+[bc]?[d-e]"))
    with pytest.raises(
        InputError, match=r"a\.srx: the rules take over 0\.2 s, last that of line \d: simplify it"
    ):
        slow.segment("a" * 60 + "bf", "en")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"a\.srx is no XML \("),
        (b"rules", "is no XML"),
        (b"<tmx/>", "line 1 begins 'tmx', not srx: give an SRX file"),
        (file(STOP)[:-20], "is no XML"),
        (b'<!DOCTYPE srx [<!ENTITY a "b">]>' + file(STOP).split(b"?>\n")[1], "declares a document type"),
        (b"<srx><body/></srx>", "no languagemap is in it"),
        (file(STOP, {".*": "None"}), "line 4: no languagerule is named 'None': add it"),
        (file(STOP, {"(": "Default"}), r"line 4: '\(': missing \): repair it"),
        (
            file(STOP + YES.format("((a", "")),
            r"line 5: '\(\(a': missing \): repair it|line 4: '\(\(a': missing",
        ),
        (file(YES.format("", r"\p{Nonsense}")), "line 3: .*unknown property"),
        (file(STOP.replace("yes", "maybe")), 'line 3: break="maybe" is neither yes nor no'),
    ],
)
def test_what_is_no_srx_is_named_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message) as caught:
        parse_srx(data, name="a.srx")
    assert "\n" not in str(caught.value)


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.srx"
    path.write_bytes(file(STOP))
    assert cut(read_srx(path), "a. b") == ["a.", " b"]
    faults: dict[str | Path, str] = {
        tmp_path / "none.srx": "no such file",
        tmp_path: "folder",
        "a\0b": "cannot be read",
    }
    for wrong, said in faults.items():
        with pytest.raises(UnreadableError, match=said):
            read_srx(wrong)
    monkeypatch.setattr(srx, "MAX_SRX_BYTES", 10)
    with pytest.raises(InputError, match="above the limit"):
        read_srx(path)


VALID = file({"En": NO.format(r"\b(Mr|etc)\.", r"\s") + STOP, "All": STOP}, {"en": "En", ".*": "All"})


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), max_size=5))
def test_damaged_files_give_rules_or_one_line_of_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(VALID)
    for at, byte in changes:
        data[at] = byte
    assert_one_line(bytes(data))


@settings(deadline=None)
@given(st.text(r"ab\Qx{}[]()*+?|.^$1:<=!&-pPLEz ", max_size=20))
def test_any_expression_gives_rules_or_one_line_of_error(expression: str) -> None:
    shown = expression.replace("&", "&amp;").replace("<", "&lt;")
    assert_one_line(file(NO.format(shown, "") + YES.format("", shown)))


def assert_one_line(data: bytes) -> None:
    message = ""
    try:
        parse_srx(data, name="a.srx").segment("a. b aab Mr. ab)", "en")
    except PolyalignError as error:
        message = str(error)
    assert "\n" not in message
