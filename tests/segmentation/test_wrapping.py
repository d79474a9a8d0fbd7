"""Hard-wrapped lines: wrapping a text and joining it again changes no sentence; other lines stay lines."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyalign
from polyalign.cli import main
from polyalign.corpus.mining import mine
from polyalign.errors import UsageError
from polyalign.parts import Document
from polyalign.segmentation import segment, unwrapped
from tests.helpers.places import CASES, SEEDS, SHARED

CASES = CASES / "text"

STORY = {
    "en": (CASES / "wrapped" / "flow.en.txt").read_text(encoding="utf-8"),
    "tr": (CASES / "wrapped" / "flow.tr.txt").read_text(encoding="utf-8"),
    "ar": (CASES / "vowel-signs" / "story-bare.ar.txt").read_text(encoding="utf-8"),
    "de": (
        "Der Leuchtturm am nördlichen Kap wurde 1883 von einer Gesellschaft von Seeleuten erbaut, die zwei "
        "Schiffe auf den Felsen verloren hatten. Vierzig Jahre lang hütete dieselbe Familie die Lampe, und "
        "jeder der Söhne lernte das Glas zu flicken, bevor er lesen lernte. Als die Eisenbahn das Dorf "
        "erreichte, wurde der Hafen still, und die Boote wurden eines nach dem anderen verkauft.\n\n"
        "Im Winter 1921 riss ein Sturm das Dach vom Haus des Wärters. Niemand wurde verletzt, aber die Akten "
        "der Station lagen über den Strand verstreut, und die meisten wurden nie gefunden. Der Bürgermeister "
        "versprach ein neues Dach vor dem Frühling. Er hielt sein Wort, obwohl er das Holz selbst bezahlte."
    ),
}


def wrap(text: str, width: int, indent: str = "", between: str = "\n\n") -> str:
    paragraphs = text.strip().split("\n\n")
    return between.join(
        textwrap.fill(p, width, initial_indent=indent, break_on_hyphens=False) for p in paragraphs
    )


def words(text: str, language: str) -> list[list[str]]:
    return [s.text.split() for s in segment(text, language)]


@given(st.text(), st.sampled_from(["auto", "yes", "no"]))
def test_only_line_ends_change_and_places_stay(text: str, wrapped: str) -> None:
    joined = unwrapped(text, wrapped)  # type: ignore[arg-type]
    assert len(joined) == len(text)
    assert all(a == b or (a in "\r\n" and b in " \u2060") for a, b in zip(text, joined, strict=True))
    if wrapped == "no":
        assert joined == text


@pytest.mark.parametrize("language", STORY)
@pytest.mark.parametrize("width", [56, 64, 72, 80])
@pytest.mark.parametrize("how", [{}, {"indent": "   "}, {"between": "\n"}, {"between": "\r\n\r\n"}])
def test_wrapped_text_has_the_sentences_of_flowing_text(
    language: str, width: int, how: dict[str, str]
) -> None:
    text = wrap(STORY[language], width, **how)
    assert words(text, language) == words(STORY[language], language)
    for s in segment(text, language):
        assert text[s.start : s.end] == s.text


def test_capitals_make_no_difference() -> None:
    story = STORY["en"].upper()
    assert words(wrap(story, 70), "en") == words(story, "en")


LISTS = "You need three things:\n- a warm coat\n- a lamp with enough oil for the whole night\n- patience"


def test_lists_headings_and_short_lines_of_a_wrapped_text_stay() -> None:
    text = f"THE LIGHTHOUSE\n\n{wrap(STORY['en'], 70)}\n\n{LISTS}\n\nKarsu, May 1990\nthe keeper"
    lines = [s.text for s in segment(text, "en")]
    assert lines[0] == "THE LIGHTHOUSE"
    assert lines[-6:] == [*LISTS.splitlines(), "Karsu, May 1990", "the keeper"]


def test_the_items_of_a_list_may_be_wrapped() -> None:
    item = " ".join(STORY["en"].split()[:34])
    text = textwrap.fill(item, 64, initial_indent="- ", subsequent_indent="  ")
    flowing = words(f"- {item}\n- {item}", "en")
    assert words(f"{wrap(STORY['en'], 64)}\n\n{text}\n{text}", "en")[-len(flowing) :] == flowing


@pytest.mark.parametrize("hyphen", ["-", "\u2010", "\xad"])
def test_a_word_broken_by_a_hyphen_stays_one_word(hyphen: str) -> None:
    text = wrap(STORY["en"], 66).replace("company\nof", f"com{hyphen}\npany of")
    assert f"com{hyphen}\u2060pany of sailors" in unwrapped(text)
    assert f"com{hyphen}\npany of sailors" in segment(text, "en")[0].text


VERSE = """Shall I compare thee to a summer's day, when all the roses
Are shaken by the winds of early May and fall like children's
Letters on the lawn, where nobody has read them since the day
They came, and summer's lease has all too short a date for us
Who waited in the shade and never knew that love had come and
Gone before the evening fell and left the garden to the birds"""
ARABIC_VERSE = """قفا نبك من ذكرى حبيب ومنزل    بسقط اللوى بين الدخول فحومل
فتوضح فالمقراة لم يعف رسمها    لما نسجتها من جنوب وشمأل
ترى بعر الآرام في عرصاتها    وقيعانها كأنه حب فلفل
كأني غداة البين يوم تحملوا    لدى سمرات الحي ناقف حنظل"""
HEADLINES = """Ministers meet in Karsu to discuss the new railway line to the coast
storm leaves hundreds without power on the northern cape
Old lighthouse becomes a museum
police look for two men who sold false tickets at the gates of the harbour
price of bread rises again"""
SENTENCES = """The committee met on Monday to discuss the new budget for schools.
The members of the council voted against the plan of the mayor.
The mayor said that he would bring a new plan before the summer.
the teachers asked for smaller classes and for better buildings.
the parents asked for a bus that takes the children to school.
the council will meet again on the second Monday of next month."""
TABLE = """Karsu    the old harbour town    1883    the lighthouse on the cape
Ankara   the capital of Türkiye   1923   the museum of the republic
Izmir    the port on the Aegean   1850   the clock tower on the quay"""
SUBTITLES = """I never said that I would come
back to this town again, did I?
no, but everybody knew that you
would, sooner or later. why not?"""
CHINESE = """灯塔建于一八八三年，由一群在礁石上失去两艘船的水手出资建造，四十年里同一家人看守着这盏灯。
铁路修到村里以后，港口安静了下来，船只也一艘接一艘地卖掉了，只有灯塔还留在北面的海角上。
一九二一年冬天的风暴掀走了看守人的屋顶，没有人受伤，可是灯塔的记录散落在整个海滩上，再也找不到。
今天这座塔属于一家博物馆，游客要爬一百四十二级台阶才能看到那面在巴黎制造的古老透镜，孩子不用买票。"""
CODE = """def keeper(name: str, lamp: Lamp, oil: float) -> Iterator[Night]:
    for night in nights_between(first_of(name), last_of(name)):
        yield Night(lamp=lamp.lit_with(oil), keeper=name, date=night)
    return None  # nobody keeps the lamp any more, the tower is a museum"""


@pytest.mark.parametrize(
    "text",
    [VERSE, ARABIC_VERSE, HEADLINES, SENTENCES, TABLE, SUBTITLES, CHINESE, CODE, *STORY.values()],
    ids="verse arabic headlines sentences table subtitles chinese code en tr ar de".split(),
)
def test_other_lines_stay_lines(text: str) -> None:
    assert unwrapped(text) == text


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_sample_texts_stay(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert unwrapped(text) == text


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
@pytest.mark.parametrize(
    "name", ["news-parallel.ar-en", "news-parallel.tr-en", "alignar-law.ar-en", "mac4.zh-en"]
)
def test_a_segment_a_line_is_not_wrapped(name: str) -> None:
    for row in map(json.loads, (SHARED / "bench" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
        for side in ("src", "tgt"):
            text = "\n".join(row[side])
            assert unwrapped(text) == text


def test_the_user_has_the_last_word() -> None:
    text = wrap(STORY["en"], 72)
    assert not any("\n" in s.text for s in segment(text, "en", wrapped="no"))
    short = "we went to the harbour\nand saw the boats.\nNobody was there.\n- one\n- two"
    assert [s.text for s in segment(short, "en", wrapped="yes")] == [
        "we went to the harbour\nand saw the boats.",
        "Nobody was there.",
        "- one",
        "- two",
    ]


def test_a_bitext_says_that_lines_were_joined(aligner: polyalign.Aligner) -> None:
    source, target = (Document(wrap(STORY[tag], 70), language=tag) for tag in ("tr", "en"))
    bitext = aligner.pair(source, target)
    flowing = aligner.pair(*(Document(STORY[tag], language=tag) for tag in ("tr", "en")))
    assert [(b.source, b.target) for b in bitext.beads] == [(b.source, b.target) for b in flowing.beads]
    for side, document in ((bitext.source, source), (bitext.target, target)):
        assert any("\n" in s.text for s in side.segments)
        assert all(document.text[s.start : s.end] == s.text and "\n" not in s.shown for s in side.segments)
    joined = "the lines of the {} text end inside sentences and were joined (--wrapped no keeps them)"
    assert {joined.format("source"), joined.format("target")} <= set(bitext.notes)
    assert not [note for note in flowing.notes if "joined" in note]


def test_a_choice_is_part_of_the_signature() -> None:
    assert "wrapped" not in polyalign.Aligner().signature
    assert "wrapped:no" in polyalign.Aligner(wrapped="no").signature.split(" | ")
    with pytest.raises(UsageError, match="unknown wrapped 'maybe': use one of auto, yes, no"):
        polyalign.Aligner(wrapped="maybe")  # type: ignore[arg-type]


def test_the_command_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(CASES / "wrapped" / f"wrap.{tag}.txt") for tag in ("en", "tr")]
    counts = {}
    for wrapped in ("auto", "no"):
        assert main(["pair", *paths, "--format", "json", "--wrapped", wrapped, "--translate", "off"]) == 0
        said = capsys.readouterr()
        counts[wrapped] = len(json.loads(said.out)["source"]["segments"])
        assert ("were joined" in said.err) == (wrapped == "auto")
    assert counts["auto"] < counts["no"]


def test_mining_joins_lines_too(tmp_path: Path) -> None:
    for tag in ("en", "tr"):
        (tmp_path / f"{tag}.txt").write_text(wrap(STORY[tag], 70), encoding="utf-8")
    found = mine(str(tmp_path / "tr.txt"), str(tmp_path / "en.txt"))
    joined = [note for note in found.notes if "end inside sentences and were joined" in note]
    assert len(joined) == 2
    source = {s.shown for s in segment(STORY["tr"], "tr")}
    assert {" ".join(s.shown.split()) for s in found.bitext().source.segments} <= source
