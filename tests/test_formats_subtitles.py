"""Subtitles: cues with their times, as an independent library writes them, and as careless hands do."""

import pysubs2
import pytest
from hostile import changed, changes, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import UnreadableError
from polyalign.formats.subtitles import blocks

plain = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=20)
cues = st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(1, 5_000), plain), min_size=1, max_size=8)


def clock(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds % 1000:03d}"


@settings(max_examples=60)
@given(cues, st.sampled_from(["srt", "vtt", "ass", "ssa"]))
def test_what_pysubs2_wrote_comes_back(held: list[tuple[int, int, str]], kind: str) -> None:
    held = [(10 * start, 10 * length, text) for start, length, text in held]  # ASS has hundredths
    file = pysubs2.SSAFile()
    file.events = [pysubs2.SSAEvent(start, start + length, text) for start, length, text in held]
    found = blocks(file.to_string(kind).encode(), name="x")
    expected = sorted(held, key=lambda cue: cue[0])
    assert list(found.texts) == [text for _, _, text in expected]
    times = [f"{clock(start)} --> {clock(start + length)}" for start, length, _ in expected]
    assert [place.split(" ", 2)[2] for place in found.places] == times


@settings(max_examples=60)
@given(cues)
def test_pysubs2_sees_the_same_cues(held: list[tuple[int, int, str]]) -> None:
    """Both read a file without blank lines between its cues and with numbers that are wrong."""
    text = "".join(
        f"7\n{clock(a).replace('.', ',')} --> {clock(a + b).replace('.', ',')}\n{t}\n" for a, b, t in held
    )
    theirs = pysubs2.SSAFile.from_string(text, "srt")
    assert sorted(blocks(text.encode(), name="x").texts) == sorted(event.plaintext for event in theirs)


SRT = """1
00:00:01,000 --> 00:00:02,500 X1:40 X2:600
<i>The bridge</i> will
<font color="#fff">reopen</font>.

2
00:00:03,000 --> 00:00:04,000
{\\an8}- When?
- Before winter,
they say.

3
00:00:05,000 --> 00:00:06,000
42

4
00:00:07,000 --> 00:00:08,000

5
00:00:09,000 --> 00:00:10,000
2 < 3 & 4 > 3

a line after a blank one
"""


def test_srt() -> None:
    found = blocks(b"\xef\xbb\xbf" + SRT.replace("\n", "\r\n").encode(), name="x")
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "cue 1 00:00:01.000 --> 00:00:02.500": "The bridge will reopen.",
        "cue 2 00:00:03.000 --> 00:00:04.000": "- When?\n- Before winter, they say.",
        "cue 3 00:00:05.000 --> 00:00:06.000": "42",
        "cue 5 00:00:09.000 --> 00:00:10.000": "2 < 3 & 4 > 3 a line after a blank one",
    }
    assert found.notes == ()


VTT = """WEBVTT - Title
Kind: captions
Language: tr

STYLE
::cue { color: red }

NOTE a comment
00:00:00.000 is no cue

intro
00:01.000 --> 00:02.000 align:start position:10%
<v Mary>Hello <c.loud>there</c> &amp; <00:00:01.500>welcome &lrm;

2
01:00:03.000 --> 01:00:04.000
<ruby>漢<rt>kan</rt></ruby>字
第二行
"""


def test_vtt() -> None:
    found = blocks(VTT.encode(), name="x")
    assert found.texts == ("Hello there & welcome \u200e", "漢字第二行")
    assert found.places == (
        "cue 1 00:00:01.000 --> 00:00:02.000",
        "cue 2 01:00:03.000 --> 01:00:04.000",
    )
    assert (found.language, found.notes) == ("tr", ("1 comment left out",))


ASS = """[Script Info]
Title: Test
[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not this
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,Second, with a comma
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\i1}First{\\i0}\\Nline\\hhere
Dialogue: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}
Dialogue: 0,never,0:00:08.00,Default,,0,0,0,,broken
"""


def test_ass() -> None:
    found = blocks(ASS.encode("utf-16"), name="x")
    assert found.texts == ("First line here", "Second, with a comma")
    assert found.places[0] == "cue 2 00:00:01.000 --> 00:00:02.000"
    assert found.notes == (
        "1 comment left out",
        "1 damaged cue left out",
        "the cues are not in the order of their times: they are sorted",
    )


def srt(*texts: str) -> bytes:
    return "\n\n".join(
        f"{i}\n00:00:{i:02d},000 --> 00:00:{i:02d},900\n{t}" for i, t in enumerate(texts, 1)
    ).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- A\n- B", "- A\n- B"),
        ("-A\n–B", "-A\n–B"),
        ("A\n- B", "A\n- B"),
        ("A\n--and on", "A --and on"),
        ("one\ntwo\nthree", "one two three"),
        ("\u200f- نعم\n\u200f- لا", "\u200f- نعم\n\u200f- لا"),
        ("\u202bنعم\u202c\nلا", "\u202bنعم\u202c لا"),
        ("<b>a</b>\n<I>b</I>", "a b"),
        ("a\x07b", "a b"),
        ("<3 you", "<3 you"),
    ],
)
def test_the_lines_of_a_cue(text: str, expected: str) -> None:
    assert blocks(srt(text), name="x").texts == (expected,)


def test_broken_numbers_and_times_are_tolerated_and_said() -> None:
    text = "5\n0:0:1.5 -> 00:00:03,000\nOne\n\n00:00:02,000-->00:00:02,500\nTwo\n\n"
    text += "9\n00:00:09,000 --> 00:00:08,000\nThree"
    found = blocks(text.encode(), name="x")
    assert found.texts == ("One", "Two", "Three")
    assert found.places[0] == "cue 1 00:00:01.500 --> 00:00:03.000"
    assert found.notes == (
        "the numbers of the cues are not 1, 2, 3, ...: they are counted anew",
        "1 cue overlaps the next in time",
        "1 cue ends before it starts",
    )


def test_a_legacy_encoding_is_guessed_and_said() -> None:
    found = blocks(
        srt("الجسر القديم سيفتح قبل الشتاء", "وقال رئيس البلدية إن الحركة ستعود").decode().encode("cp1256"),
        name="x",
    )
    assert found.texts[0] == "الجسر القديم سيفتح قبل الشتاء"
    assert found.notes[0].startswith("encoding guessed: windows-1256")


@pytest.mark.parametrize(
    "data", [b"", b"just text", b"WEBVTT\n", b"[Script Info]\n[Events]\n", b"1\n\n2\n\n3"]
)
def test_a_file_without_cues_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^x: no subtitle with its times in it"):
        blocks(data, name="x")


@settings(max_examples=150)
@given(st.sampled_from([SRT, VTT, ASS]), changes)
def test_changed_files_give_blocks_or_one_line(text: str, todo: list[tuple[str, float, bytes]]) -> None:
    outcome(blocks, changed(text.encode(), todo))


@pytest.mark.parametrize(
    "piece",
    ["<", "{", "{\\p1}", "\\p1", "{\\p1", "<rt>", "\u00a0", "- \n", "00:00:01,000 --> ", "&", "NOTE\n\n"],
)
def test_much_of_the_same_is_read_in_a_moment(piece: str) -> None:
    for text in (SRT, VTT, ASS):
        outcome(blocks, text.rstrip().encode() + piece.encode() * 20_000)
