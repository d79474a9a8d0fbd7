"""Terms of a glossary: found with what languages write together with them, and files with faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.cli import main
from polyalign.errors import InputError, UnreadableError
from polyalign.formats import read_bitext
from polyalign.qa import Glossary, Pair, Term, flags
from polyalign.qa.glossary import glossary
from polyalign.server.rowflags import RowFlags
from polyalign.server.worker import Worker
from polyalign.store import Store
from polyalign.terms import read, written

# language, term, a text that has it in some form, a text that has not
FORMS = [
    ("ar", "بنك", "وذهب إلى البنك المركزي", "البنكرياس عضو"),
    ("ar", "بنك", "وبالبنوك وللبنك", "بنفسج"),
    ("ar", "البنك المركزي", "قال للبنك المركزي", "البنك الدولي"),
    ("ar", "اتفاقية", "باتفاقيتهم الجديدة", "اتفاق"),
    ("ar", "اتفاقية", "والاتفاقيات", "اتفقا"),
    ("ar", "أمن", "بالأَمْنِ القومي", "إيمان"),
    ("ar", "وزارة الخارجية", "وزاره الخارجيه", "وزارة الداخلية"),
    ("ar", "مهندس", "المهندسين", "هندسة"),
    ("tr", "kitap", "kitabını okudu", "kitle"),
    ("tr", "kan", "kanlarından", "kanser"),
    ("tr", "ışık", "IŞIĞINDA", "ıslık"),
    ("tr", "Dışişleri Bakanlığı", "Dışişleri Bakanlığı'ndan", "dışişleri bakanı"),
    ("tr", "İstanbul", "İSTANBUL'DAKİ", "ıstampa"),
    ("tr", "renk", "renkleri", "rende"),
    ("tr", "ağaç", "ağacın", "ağır"),
    ("tr", "kurt", "kurdu", "kurum"),
    ("en", "foreign ministry", "The Foreign Ministries'", "the ministry"),
    ("en", "box", "boxes", "boxer"),
    ("en", "F-16", "two f-16 jets", "F-35"),
    ("en", "art", "the arts", "artist"),
    ("en", "COVID-19", "Covid 19", "covid"),
    ("de", "Vertrag", "Vertrags", "vertragslos"),
    ("ru", "школа", "школы", "школьник-переросток"),
    ("fi", "talo", "talossakin", "tarve"),
    ("zh", "外交部", "中国外交部说", "国防部"),
]


def asked(language: str, term: str, text: str) -> str:
    """What is said of a text in the source that has a term, or in the target that needs one."""
    terms = Glossary((Term(term, ("§1",)),))
    return glossary(Pair(text, "nothing", language, "xx"), terms)


def given_in(language: str, term: str, text: str) -> bool:
    terms = Glossary((Term("thing", (term,)),))
    return not glossary(Pair("a thing", text, "en", language), terms)


@pytest.mark.parametrize(("language", "term", "has", "lacks"), FORMS)
def test_a_term_is_found_in_its_forms_and_not_elsewhere(
    language: str, term: str, has: str, lacks: str
) -> None:
    assert asked(language, term, has)
    assert given_in(language, term, has)
    assert not asked(language, term, lacks)
    assert not given_in(language, term, lacks)


@given(st.sampled_from(FORMS), st.sampled_from(["\u200f", "\u200e", "\u061c", "\u202b", "\u2067", "\xad"]))
def test_marks_of_direction_do_not_hide_a_term(form: tuple[str, str, str, str], mark: str) -> None:
    language, term, has, _ = form
    assert given_in(language, term, mark.join(has))


def test_what_is_missed_is_named() -> None:
    terms = Glossary((Term("bank", ("بنك", "مصرف")), Term("central bank", ("البنك المركزي",))))
    said = glossary(Pair("The central bank and a bank", "قال المصرف", "en", "ar"), terms)
    assert said == "'central bank' without 'البنك المركزي'"
    said = glossary(Pair("A bank.", "قال", "en", "ar"), terms)
    assert said == "'bank' without 'بنك' or 'مصرف'"


def test_a_term_inside_a_longer_one_is_not_asked_for() -> None:
    terms = Glossary((Term("minister", ("bakan",)), Term("prime minister", ("başbakan",))))
    assert glossary(Pair("The prime minister came", "Başbakan geldi", "en", "tr"), terms) == ""


def test_no_glossary_finds_nothing() -> None:
    assert glossary(Pair("a bank", "", "en", "ar")) == ""
    assert not Glossary().terms


def test_flags_take_a_glossary() -> None:
    terms = Glossary((Term("bank", ("banka",)),))
    found = flags(Pair("The bank is here", "Kurum burada", "en", "tr"), glossary=terms)
    assert [str(flag) for flag in found] == ["glossary: 'bank' without 'banka'"]


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    text = "\ufeff# mine\r\n\r\nbank\tبنك|مصرف\r\nBank\tبنك|البنك\textra\r\nG20\tمجموعة العشرين\r\n"
    path.write_bytes(text.encode())
    assert read(path).terms == (
        Term("bank", ("بنك", "مصرف", "البنك"), "extra"),
        Term("G20", ("مجموعة العشرين",)),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a\tb\nno tab here\n", r"terms\.tsv: line 2: no tab: write"),
        (b"a\tb\n\n\tb\n", r"terms\.tsv: line 3: a term without letters: fill"),
        (b"a\t\n", "line 1: a term without letters"),
        (b"a\tb|\n", "line 1: a term without letters"),
        (b"a\tb\nc\t\xff\xfe\n", "line 2: not UTF-8: save"),
    ],
)
def test_a_file_with_a_fault_names_its_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "terms.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read(path)


TBX = written([Term("bank", ("بنك", "مصرف"), "of money")], "tbx", languages=("en", "ar"))
WIDER = TBX.replace(
    "</termEntry>", '<langSet xml:lang="tr"><tig><term>banka</term></tig></langSet></termEntry>'
)


@pytest.mark.parametrize("name", ["terms.tbx", "terms.tsv", "terms"])
def test_tbx_is_known_by_its_content_and_serves_all_its_languages(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(WIDER, encoding="utf-8")
    found = read(path)
    said = {
        ("en", "ar"): Pair("The bank is here", "المكتب هنا", "en", "ar"),
        ("ar-EG", "en"): Pair("المصرف هنا", "Here it is", "ar-EG", "en"),
        ("tr", "ar"): Pair("Banka burada", "المكتب هنا", "tr", "ar"),
    }
    assert {languages: glossary(pair, found) for languages, pair in said.items()} == {
        ("en", "ar"): "'bank' without 'بنك' or 'مصرف'",
        ("ar-EG", "en"): "'مصرف' without 'bank'",
        ("tr", "ar"): "'banka' without 'بنك' or 'مصرف'",
    }
    assert glossary(Pair("Die Bank", "Der Stuhl", "de", "fr"), found) == ""
    assert found.within(("en", "tr")).terms == (Term("bank", ("banka",), "of money"),)


def test_every_command_reads_tbx_as_it_reads_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("g.tbx").write_text(WIDER, encoding="utf-8")
    Path("g.tsv").write_text("bank\tبنك|مصرف\n", encoding="utf-8")
    Path("a.tsv").write_text("en\tar\nThe bank is here.\tالمكتب هنا.\n", encoding="utf-8")
    Path("b.tsv").write_text("en\tfr\nThe bank is here.\tLa chaise est ici.\n", encoding="utf-8")
    with Store("a.polyalign") as store:
        store.add(read_bitext("a.tsv"))
    for command in (["pair", "a.tsv"], ["check", "a.tsv", "--format", "json"], ["export", "a.polyalign"]):
        out = {}
        for name in ("g.tsv", "g.tbx"):
            assert main([*command, "--glossary", name]) == 0
            out[name] = capsys.readouterr().out
        assert "'bank' without" in out["g.tsv"]
        assert out["g.tbx"] == out["g.tsv"]
    assert main(["pair", "b.tsv", "--glossary", "g.tbx"]) == 0
    assert "note: the glossary has no term in both en and fr" in capsys.readouterr().err


def test_the_review_page_takes_the_concepts_of_the_languages_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "terms.tbx"
    path.write_text(WIDER, encoding="utf-8")
    flags_of_rows = RowFlags(Worker(), read(path))
    assert [t.source for t in flags_of_rows.glossary(("tr", "en")).terms] == ["banka"]
    assert flags_of_rows.glossary(("de", "fr")).terms == ()
    flags_of_rows.stop()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none\.tsv: no such file"):
        read(tmp_path / "none.tsv")


@given(st.text(min_size=1), st.text(), st.sampled_from(["ar", "tr", "en", "de", "ru", "fi", "zh", "xx"]))
def test_any_term_can_be_looked_for_and_finds_itself(term: str, text: str, language: str) -> None:
    terms = Glossary((Term(term, (term,)),))
    assert glossary(Pair(term, term, language, language), terms) == ""
    glossary(Pair(f"{text} {term}", text, language, "en"), terms)
