"""Subtitles: cues with their times, as an independent library writes them, and as careless hands do."""

import html

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import UnreadableError
from polyalign.formats.documents.cues import Cue, unrolled
from polyalign.formats.documents.subtitles import blocks, is_timed
from tests.helpers.hostile import changed, changes, outcome

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


@settings(max_examples=60)
@given(cues, st.sampled_from(["microdvd", "mpl2", "tmp", "ttml"]))
def test_what_pysubs2_wrote_in_other_styles_comes_back(held: list[tuple[int, int, str]], kind: str) -> None:
    file = pysubs2.SSAFile()
    file.events = [pysubs2.SSAEvent(1000 * (a % 90_000), 0, text) for a, _, text in held]
    for event in file.events:
        event.duration = 1000
    data = file.to_string(kind, fps=25.0).encode()
    found = blocks(data, name="x")
    expected = [(event.start, event.plaintext) for event in sorted(file.events, key=lambda e: e.start)]
    assert list(found.texts) == [text for _, text in expected]
    assert [place.split(" ")[2] for place in found.places] == [clock(start) for start, _ in expected]
    assert kind == "ttml" or is_timed(data.decode())


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


TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:p="http://www.w3.org/ns/ttml#parameter"
xmlns:s="http://www.w3.org/ns/ttml#styling" xml:lang="ja" p:frameRate="25" p:tickRate="1000">
<tt:head><tt:metadata><tt:p>no</tt:p></tt:metadata><tt:styling><tt:style xml:id="a" s:ruby="text"/>
<tt:style xml:id="b" style="a"/><tt:style xml:id="c" style="d"/><tt:style xml:id="d" style="c"/></tt:styling>
</tt:head><tt:body begin="10s"><tt:div>
<tt:p begin="00:00:01:05" end="00:00:02.500" style="c">
漢<tt:span style="b">かん</tt:span>字<tt:br/>二行目</tt:p>
<tt:p begin="3000t" dur="1.5s">one<tt:metadata>no</tt:metadata> &amp;&nbsp;two</tt:p>
<tt:p><tt:span begin="5s" end="6s">three</tt:span>
<tt:span begin="6s" end="7s">four</tt:span></tt:p><tt:p/></tt:div></tt:body></tt:tt>"""


def test_ttml() -> None:
    found = blocks(TTML.encode(), name="x")
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "cue 1 00:00:11.200 --> 00:00:12.500": "漢字二行目",
        "cue 2 00:00:13.000 --> 00:00:14.500": "one & two",
        "cue 3 00:00:15.000 --> 00:00:17.000": "three four",
    }
    assert (found.language, found.notes) == ("ja", ())


def test_the_frames_of_microdvd_are_times_where_it_says_how_many_a_second_has() -> None:
    text = "{24}{48}{y:i}Liman|kapalı.\n{60}{}/Mayısta açılıyor.\n"
    found = blocks(text.encode(), name="x")
    assert found.texts == ("Liman kapalı.", "Mayısta açılıyor.")
    assert found.places == ("cue 1 frame 24 --> 48", "cue 2 frame 60 --> 60")
    timed = blocks(f"{{1}}{{1}}24\n{text}".encode(), name="x")
    assert timed.texts == found.texts
    assert timed.places[0] == "cue 1 00:00:01.000 --> 00:00:02.000"


SBV = "0:00:01.000,0:00:02.000\nLiman\nkapalı.\n\n0:00:03.000,0:00:04.000\nMayısta açılıyor.\n"
SUBVIEWER = (
    "[INFORMATION]\n[TITLE]x\n[END INFORMATION]\n[SUBTITLE]\n[COLF]&HFFFFFF,[STYLE]bd,[SIZE]24,[FONT]Tahoma\n"
    "00:00:01.00,00:00:02.00\nLiman[br]kapalı.\n\n00:00:03.00,00:00:04.00\nMayısta açılıyor.\n"
)


@pytest.mark.parametrize(
    "text",
    [
        SBV,
        SUBVIEWER,
        "[10][20]/Liman|/kapalı.\n[30][40]Mayısta açılıyor.\n",
        "00:00:01:Liman|kapalı.\n00:00:03:Mayısta açılıyor.\n",
        "[ti:x]\n[00:01.00]Liman kapalı.\n[00:03.00][00:09.00]Mayısta <00:04.00>açılıyor.\n",
        "[00:01.000 --> 00:02.000]  Liman kapalı.\n[00:03.000 --> 00:04.000]  Mayısta açılıyor.\n",
        "0:01\nLiman kapalı.\n0:03\nMayısta açılıyor.\n",
        "0:01 Liman kapalı.\n0:03 Mayısta\naçılıyor.\n",
        "[00:00:01] Liman kapalı.\n[00:00:03] Mayısta açılıyor.\n",
    ],
)
def test_styles_without_arrows(text: str) -> None:
    found = blocks(text.encode(), name="x")
    assert found.texts == ("Liman kapalı.", "Mayısta açılıyor.")
    assert [place.split(" --> ")[0] for place in found.places] == [
        "cue 1 00:00:01.000",
        "cue 2 00:00:03.000",
    ]
    assert is_timed(text)
    assert is_timed("\ufeff\r\n" + text.replace("\n", "\r\n"))


def test_srt_without_numbers() -> None:
    found = blocks(b"0:00:01.000 --> 0:00:02.000\nOne\n\n0:00:03.000 --> 0:00:04.000\nTwo\n", name="x")
    assert found.texts == ("One", "Two")


def test_a_cue_of_very_many_lines_and_very_many_after_it_are_read_in_a_moment() -> None:
    long = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "a\n" * 20_000 + "\nb\n" * 20_000
    long += "\n00:02.000 --> 00:02.000\na b\n" * 5_000
    assert len(blocks(long.encode(), name="x").texts) == 5_001
    assert outcome(blocks, b"[00:01.00]" * 200_000 + b"a")


@pytest.mark.parametrize("text", [SRT, VTT, ASS, SRT.partition("\n")[2]])
def test_subtitles_are_known_by_how_they_start(text: str) -> None:
    assert is_timed(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20:00\nHaberler\n21:00\nFilm\n",
        "The film starts at 10:30.\n",
        "[1] See there.\n[2] And there.\n",
        "1:1\nIn the beginning\n1:2\nAnd the earth\n",
        "a --> b\nc --> d\n",
        "{1} one\n{2} two\n",
        "[10:15] Ali: merhaba\n[10:16] Ayşe: selam\n",
    ],
)
def test_texts_with_numbers_are_no_subtitles(text: str) -> None:
    assert not is_timed(text)


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "&nbsp;", "<c></c>", "  \n\t"])
def test_what_only_looks_blank_does_not_end_a_cue(blank: str) -> None:
    text = (
        f"WEBVTT\n\n00:01.000 --> 00:02.000\n{blank}\nOne\n{blank}\ntwo\n\n00:03.000 --> 00:04.000\nThree\n"
    )
    found = blocks(text.encode(), name="x")
    assert (found.texts, found.notes) == (("One two", "Three"), ())


def test_cues_that_only_blank_looking_lines_part() -> None:
    text = "WEBVTT\n00:01.000 --> 00:02.000\nOne\n \nintro\n00:03.000 --> 00:04.000\nTwo\n \n7\n"
    text += "00:05.000 --> 00:06.000\nThree\n\nNOTE x\n\nREGION\nid:a\n"
    found = blocks(text.encode(), name="x")
    assert (found.texts, found.notes) == (("One", "Two", "Three"), ("1 comment left out",))


def test_what_follows_a_cue_without_times_is_read_with_it_and_said() -> None:
    """Editors empty the lines of spaces that video sites write."""
    text = "WEBVTT\n\nlost\n\n00:01.000 --> 00:02.000\n\nOne\n\n<i>two</i>\n\n3\n\n"
    text += "id\n00:03.000 --> 00:04.000\nThree"
    found = blocks(text.encode(), name="x")
    assert found.texts == ("One two", "Three")
    said = "2 stretches behind a blank line read with the cue above"
    assert found.notes == ("2 stretches without times left out", said)


def rolled(lines: list[str], height: int) -> list[list[str]]:
    """What a screen of so many lines shows, as each line comes in from below."""
    return [lines[max(end - height, 0) : end] for end in range(1, len(lines) + 1)]


@settings(max_examples=100)
@given(st.lists(plain, min_size=4, max_size=12, unique=True), st.integers(2, 4), st.booleans())
def test_rolling_captions_give_each_line_once(lines: list[str], height: int, pauses: bool) -> None:
    shown = rolled([f"{line} x" for line in lines], height)
    if pauses:  # the last line alone for a moment, as video sites have it
        shown = [screen for full in shown for screen in (full, full[-1:])]
    found = blocks(srt(*("\n".join(map(html.escape, screen)) for screen in shown)), name="x")
    assert list(found.texts) == [f"{html.escape(line)} x" for line in lines]
    assert found.notes[-1].startswith("the captions roll: ")


def test_captions_that_come_word_by_word() -> None:
    screens = [
        "It",
        "It will",
        "It will\nreopen",
        "It will\nreopen in",
        "reopen in\nMay.",
        "reopen in\nMay. So",
    ]
    assert blocks(srt(*screens), name="x").texts == ("It will", "reopen in", "May. So")


@pytest.mark.parametrize(
    "texts",
    [
        ["La la la"] * 6,
        ["No!", "No!\nYes.", "What?", "Fine.", "Right.", "Go."],
        ["- A\n- B", "- B\n- C"],
        ["One", "Two", "Three"],
        ["I", "Indeed", "In deed", "It"],
    ],
)
def test_what_is_said_again_stays(texts: list[str]) -> None:
    found = blocks(srt(*texts), name="x")
    assert [text.replace("\n", " ") for text in found.texts] == [text.replace("\n", " ") for text in texts]
    assert found.notes == ()


def test_what_is_said_again_after_a_pause_stays_in_captions_that_roll() -> None:
    text = srt("A", "A\nB", "B\nC", "C\nD").decode()
    text += "\n\n5\n00:01:00,000 --> 00:01:01,000\nD\n\n6\n00:01:01,000 --> 00:01:02,000\nD\nE"
    assert blocks(text.encode(), name="x").texts == ("A", "B", "C", "D", "D", "E")


@given(st.lists(st.lists(st.sampled_from("ab"), max_size=3), max_size=8))
def test_no_line_is_lost_by_unrolling(screens: list[list[str]]) -> None:
    found = [Cue(i, i, i + 1, tuple(screen)) for i, screen in enumerate(screens)]
    kept = [line for cue in unrolled(found) for line in cue.lines]
    assert set(kept) == {line for screen in screens for line in screen}


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
@given(
    st.sampled_from([SRT, VTT, ASS, TTML, SBV, "{1}{1}24\n{2}{9}a|b\n", "[0][9]a\n", "0:01\na\n0:02\nb"]),
    changes,
)
def test_changed_files_give_blocks_or_one_line(text: str, todo: list[tuple[str, float, bytes]]) -> None:
    outcome(blocks, changed(text.encode(), todo))


@pytest.mark.parametrize(
    "piece",
    [
        "[00:01.00]",
        "|",
        " ",
        "<",
        "{",
        "{\\p1}",
        "\\p1",
        "{\\p1",
        "<rt>",
        "\u00a0",
        "- \n",
        "00:00:01,000 --> ",
        "&",
        "NOTE\n\n",
    ],
)
def test_much_of_the_same_is_read_in_a_moment(piece: str) -> None:
    for text in (SRT, VTT, ASS, SBV, "{1}{1}24\n{2}{9}a|b", "[00:01.00]a"):
        outcome(blocks, text.rstrip().encode() + piece.encode() * 20_000)
