"""Terms: candidates from linked words, glossaries as files, and the glossary of a project over HTTP."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.codes import Code
from polyalign.errors import InputError, PolyalignError, UnreadableError, UsageError
from polyalign.parts import Bead, Document, Side, WordLink
from polyalign.qa import Glossary, Term
from polyalign.server.kwic import _counterpart
from polyalign.server.questions import RowWords
from polyalign.server.replacing import Sought, proposed
from polyalign.store import GivenTerm, ReviewRow, Store
from polyalign.terms import candidates, parsed, written
from polyalign.terms.extraction import log_likelihood
from tests.helpers.server_client import TOKENS, Client, Served, made_project
from tests.helpers.server_client import client as client

EVIL = "<script>alert(1)</script>"
LANGUAGES = ("en", "ar")
XML = "{http://www.w3.org/XML/1998/namespace}lang"
GLOSSARY = "/api/projects/p1/glossary"


def linked(pairs: list[tuple[str, str]], links: dict[str, str], languages: tuple[str, str]) -> Bitext:
    """Pairs as a bitext in which these words are linked wherever both stand."""
    sides = [Document.from_segments([pair[k] for pair in pairs], language=languages[k]) for k in range(2)]
    beads = []
    for i, (source, target) in enumerate(pairs):
        starts = [(side.segments or ())[i].start for side in sides]
        words = [
            WordLink(
                (starts[0] + source.index(one), starts[0] + source.index(one) + len(one)),
                (starts[1] + target.index(other), starts[1] + target.index(other) + len(other)),
                0.9,
            )
            for one, other in links.items()
            if one in source.split() and other in target.split()
        ]
        beads.append(Bead((i,), (i,), 0.9, words=tuple(words)))
    made = [Side(language, side.segments or ()) for language, side in zip(languages, sides, strict=True)]
    return Bitext(made[0], made[1], tuple(beads))


LINKS = {"Supreme": "Yüksek", "Court": "Mahkeme", "boats": "tekne", "fish": "balık"}
PAIRS = [
    *[("the Supreme Court ruled again", "Yüksek Mahkeme yine karar verdi")] * 3,
    *[("many boats came", "çok tekne geldi")] * 2,
    ("no fish today", "bugün balık yok"),
    *[(f"nothing {word} here", f"burada {word} yok") for word in "abcdefgh"],
]


class TestCandidates:
    def test_a_phrase_comes_whole_and_its_parts_do_not(self) -> None:
        found = candidates(linked(PAIRS, LINKS, ("en", "tr")))
        assert ("Supreme Court", ("Yüksek Mahkeme",)) in {(one.source, one.targets) for one in found}
        assert not {"Supreme", "Court"} & {one.source for one in found}
        assert "fish" not in {one.source for one in found}  # it is said once

    def test_an_article_that_is_linked_too_blocks_no_phrase(self) -> None:
        found = candidates(linked(PAIRS, LINKS | {"the": "Yüksek"}, ("en", "tr")))
        assert ("Supreme Court", ("Yüksek Mahkeme",)) in {(one.source, one.targets) for one in found}
        assert not {"Supreme", "Court"} & {one.source for one in found}

    def test_counts_and_examples_are_those_of_the_beads(self) -> None:
        one = next(c for c in candidates(linked(PAIRS, LINKS, ("en", "tr"))) if "Court" in c.source)
        assert (one.count, one.counts, one.dice, one.examples) == (3, (3, 3), 1.0, (0, 1, 2))

    def test_forms_of_a_word_are_one_term(self) -> None:
        pairs = [("the boat", "tekne"), ("two boats", "tekneler")]
        pairs += [(f"x{n}", f"y{n}") for n in range(20)]
        bitext = linked(pairs, {"boat": "tekne", "boats": "tekneler"}, ("en", "tr"))
        assert [(c.source, c.count) for c in candidates(bitext)] == [("boat", 2)]

    def test_without_links_there_are_none(self) -> None:
        assert candidates(linked(PAIRS, {}, ("en", "tr"))) == ()

    @given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50), st.integers(1, 500))
    def test_the_ratio_is_that_of_a_g_test(self, both: int, one: int, other: int, neither: int) -> None:
        """As SciPy's own test of a table has it, where the two come together more than by chance."""
        from scipy.stats import chi2_contingency

        size = both + one + other + neither
        ours = log_likelihood(both, both + one, both + other, size)
        if both * size <= (both + one) * (both + other):
            assert ours == 0
        else:
            table = [[both, one], [other, neither]]
            theirs = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
            assert ours == pytest.approx(theirs, abs=1e-6)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(
    lambda text: any(map(str.isalnum, text)) and "|" not in text and not text.startswith("#")
)
TERMS = st.lists(
    st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=3, unique=True)), min_size=1, max_size=5
)


class TestFiles:
    @pytest.mark.parametrize("kind", ["tbx", "tsv"])
    @given(TERMS)
    def test_what_is_written_is_read_back(self, kind: str, terms: list[tuple[str, list[str]]]) -> None:
        whole = Glossary.of((Term(source, tuple(targets)) for source, targets in terms), name="x")
        text = written(whole.terms, kind, languages=LANGUAGES)
        assert parsed(text.encode(), name="x", languages=LANGUAGES).terms == whole.terms

    def test_tbx_as_another_reader_has_it(self) -> None:
        text = written([Term(EVIL, ("a & b", "c"), 'no "te"')], "tbx", languages=LANGUAGES)
        entry = ET.fromstring(text).find("text/body/termEntry")
        assert entry is not None
        sections = [(s.get(XML), [t.text for t in s.iter("term")]) for s in entry.iter("langSet")]
        assert sections == [("en", [EVIL]), ("ar", ["a & b", "c"])]
        assert entry.findtext("note") == 'no "te"'

    def test_tbx_of_2019_and_what_it_deprecates(self) -> None:
        data = """<?xml version="1.0"?><tbx style="dca" type="TBX-Basic" xml:lang="en"
        xmlns="urn:iso:std:iso:30042:ed-2"><text><body><conceptEntry id="1">
        <descrip type="definition">where ships lie</descrip>
        <langSec xml:lang="en-GB"><termSec><term>harbour</term></termSec></langSec>
        <langSec xml:lang="ar"><termSec><term>ميناء</term></termSec><termSec><term>مرسى</term>
        <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termSec></langSec>
        </conceptEntry></body></text></tbx>"""
        found = parsed(data.encode(), name="x", languages=("en", "ar-EG"))
        assert found.terms == (Term("harbour", ("ميناء",), "where ships lie"),)
        turned = parsed(data.encode(), name="x", languages=("ar", "en"))
        assert [term.source for term in turned.terms] == ["ميناء"]

    @pytest.mark.parametrize(
        "data",
        [
            b"<html></html>",
            b"<martif><text>",
            b'<!DOCTYPE martif [<!ENTITY a "b">]><martif><text>&a;</text></martif>',
            b"<martif/>",
            b"no tab",
            b"a\tb\xff",
            b"\x00\x01",
            b'<martif><termEntry><langSet xml:lang="en"><tig><term>a</term></tig></langSet></termEntry>'
            b"</martif>",
            b'<martif><termEntry><langSet xml:lang="en"><tig><term>a</term></tig></langSet><langSet'
            b' xml:lang="fr"><tig><term>b</term></tig></langSet></termEntry></martif>',
            written([Term("a" * 1_001, ("b",))], "tbx", languages=LANGUAGES).encode(),
            written([Term("a", tuple(map(str, range(200))))], "tbx", languages=LANGUAGES).encode(),
        ],
    )
    def test_what_is_no_glossary_is_refused_in_one_line(self, data: bytes) -> None:
        with pytest.raises((UnreadableError, InputError)) as caught:
            parsed(data, name="bad.tbx", languages=LANGUAGES)
        assert str(caught.value).startswith("bad.tbx")
        assert "\n" not in str(caught.value)


class TestStore:
    def test_every_change_can_be_undone_and_outlives_closing(self, tmp_path: Path) -> None:
        path = made_project(tmp_path / "x.polyalign")
        with Store(path, who="Ada") as store:
            pier = GivenTerm(LANGUAGES, "pier", ("رصيف",))
            store.add_terms([GivenTerm(LANGUAGES, " harbour\n", ("ميناء", "")), pier])
            store.add_terms([GivenTerm(("en-GB", "ar"), "HARBOUR", ("مرفأ",), "of ships")])
            store.change_term(2, "jetty", ["رصيف"])
            store.drop_terms([2])
        with Store(path) as store:
            (term,) = store.terms()
            assert (term.source, term.targets, term.note) == ("harbour", ("ميناء", "مرفأ"), "of ships")
            assert term.who == "Ada"
            said = [[t.source for t in store.terms()] for _ in range(4) if store.undo()]
            assert said == [["harbour", "jetty"], ["harbour", "pier"], ["harbour", "pier"], []]
            digest = store.terms_digest
            store.redo()
            assert store.terms_digest != digest

    @pytest.mark.parametrize(
        ("source", "targets"), [("", ["x"]), ("x", []), ("x", [" "]), ("…", ["x"]), ("x" * 1001, ["x"])]
    )
    def test_what_is_no_term_is_refused(self, tmp_path: Path, source: str, targets: list[str]) -> None:
        with Store(made_project(tmp_path / "x.polyalign")) as store:
            with pytest.raises(UsageError):
                store.add_terms([GivenTerm(LANGUAGES, source, tuple(targets))])
            assert store.terms() == ()
            with pytest.raises(PolyalignError):
                store.drop_terms([9])


def given_term(source: str, *targets: str) -> dict[str, object]:
    return {"source_language": "en", "target_language": "ar", "source": source, "targets": targets}


class TestServer:
    def test_the_glossary_over_real_http(self, tmp_path: Path) -> None:
        """Loaded, marked in the rows, a reason for a flag, undone, and out again."""
        with Served(made_project(tmp_path / "harbour.polyalign")) as served, served.client() as client:
            table = "harbour\tميناء\tof ships\nboats\tزورق\n".encode()
            done = client.post(GLOSSARY, params={"bitext": 1}, files={"file": ("g.tsv", table)})
            assert done.status_code == 200, done.text
            assert done.json()["undo"] == "add_terms"
            terms = client.get(GLOSSARY).json()
            assert [(t["source"], t["targets"], t["note"]) for t in terms] == [
                ("harbour", ["ميناء"], "of ships"),
                ("boats", ["زورق"], ""),
            ]
            rows = client.get("/api/projects/p1/bitexts/1/rows").json()["rows"]
            first, second = rows[0], rows[1]
            ((start, end, says),) = first["source"][0]["terms"]
            assert (first["source"][0]["text"][start:end], says) == ("harbour", "ميناء")
            ((start, end, says),) = first["target"][0]["terms"]
            assert (first["target"][0]["text"][start:end], says) == ("الميناء", "harbour")
            assert "glossary" not in [flag["name"] for flag in first["flags"]]
            assert "glossary" in [flag["name"] for flag in second["flags"]]
            found = client.get(f"{GLOSSARY}/export", params={"bitext": 1, "format": "tbx"})
            assert found.headers["content-disposition"].endswith("harbour%20glossary.tbx")
            assert len(ET.fromstring(found.text).findall(".//termEntry")) == 2
            assert client.post("/api/projects/p1/undo", json={}).json()["operation"] == "add_terms"
            assert client.get(GLOSSARY).json() == []
            rows = client.get("/api/projects/p1/bitexts/1/rows").json()["rows"]
            assert all(flag["name"] != "glossary" for row in rows for flag in row.get("flags", []))

    def test_terms_are_added_changed_and_dropped(self, client: Client) -> None:
        client.do("add_terms", given=[given_term("pier", "رصيف"), given_term(EVIL, EVIL)], who="Ada")
        client.do("change_term", term=1, source="pier", targets=["رصيف", "مرسى"], note="n")
        assert [t["targets"] for t in client.get(GLOSSARY)] == [["رصيف", "مرسى"], [EVIL]]
        client.do("drop_terms", dropped=[2])
        assert [(t["who"], t["note"]) for t in client.get(GLOSSARY)] == [("tester", "n")]
        assert client.refused("drop_terms", dropped=[2]).status_code == 400
        assert client.refused("add_terms", given=[given_term("", "x")]).status_code == 400
        bad = given_term("x", "y") | {"source_language": "<b>"}
        assert client.refused("add_terms", given=[bad]).status_code == 422

    def test_a_reader_loads_nothing(self, client: Client) -> None:
        client.token = TOKENS.reader
        answer = client.call("POST", GLOSSARY, params={"bitext": 1}, files={"file": ("g.tsv", b"a\tb")})
        assert answer.status_code == 403

    @pytest.mark.parametrize("data", [b"", b"# only a remark", b"<martif/>", b"\xff\tx"])
    def test_a_file_that_is_none_changes_nothing(self, client: Client, data: bytes) -> None:
        answer = client.call("POST", GLOSSARY, params={"bitext": 1}, files={"file": ("g.tsv", data)})
        assert (answer.status_code, client.get(GLOSSARY)) == (400, [])

    def test_candidates_are_looked_for_in_the_pairs(self, client: Client) -> None:
        where = "/api/projects/p1/bitexts/1/candidates"
        assert client.get(where) == []
        job = client.over(client.post(where)["job"], seconds=240)
        assert job["state"] == "done", job
        found = client.get(where)
        assert len(found) == job["result"]["candidates"]
        assert all(one["count"] >= 2 for one in found)


class TestReplacing:
    WHERE = "/api/projects/p1/bitexts/1/replacements"

    def test_what_would_change_and_one_undo(self, client: Client) -> None:
        before = [(r["source"], r["target"]) for r in client.rows()]
        sought = {"find": "the", "replacement": "THE", "words": True, "side": "source"}
        found = client.post(self.WHERE, sought)
        texts = {one["segment"]: one["after"] for one in found["replacements"]}
        assert all("THE " in text for text in texts.values())
        assert all(one["before"][a:b] == "the" for one in found["replacements"] for a, b in one["found"])
        assert all(one["after"][a:b] == "THE" for one in found["replacements"] for a, b in one["made"])
        assert [(r["source"], r["target"]) for r in client.rows()] == before  # it only looked
        client.do("replace", texts=texts)
        assert sum("THE" in s["text"] for row in client.rows() for s in row["source"]) == len(texts) > 1
        client.post("/api/projects/p1/undo", {})
        assert [(r["source"], r["target"]) for r in client.rows()] == before

    def test_expressions_case_and_words(self, client: Client) -> None:
        def after(find: str, replacement: str = "x", **more: object) -> list[str]:
            sought = {"find": find, "replacement": replacement, **more}
            return [one["after"] for one in client.post(self.WHERE, sought)["replacements"]]

        said = "It counted boats: 40 and 12 ships."
        assert after(r"(\d+) boats", r"boats: \1", regex=True) == [said]
        assert len(after("THE", case=False)) > len(after("the", words=True))
        assert after("THE") == []
        assert after(EVIL) == []

    @pytest.mark.parametrize(("find", "replacement"), [("(", "x"), ("(a", ""), ("a", r"\9")])
    def test_a_bad_expression_is_refused(self, client: Client, find: str, replacement: str) -> None:
        sought = {"find": find, "replacement": replacement, "regex": True}
        assert client.call("POST", self.WHERE, json=sought).status_code == 400

    def test_inline_codes_keep_their_place(self, tmp_path: Path) -> None:
        """Every code stands between the same letters afterwards, or the sentence is left out and counted."""
        text, codes = (
            "red boat and red pier",
            (Code(4, 4, "open", "1", "bpt", "<b>"), Code(8, 8, "close", "1", "ept", "</b>")),
        )
        sides = [Document.from_segments([text], language=tag).segments or () for tag in ("en", "tr")]
        source = Side("en", (replace(sides[0][0], codes=codes),))
        with Store(tmp_path / "x.polyalign") as store:
            store.add(Bitext(source, Side("tr", sides[1]), (Bead((0,), (0,), 0.9),)))
            (one,) = proposed(store, 1, Sought(find="red", replacement="green", side="source")).replacements
            store.replace({one.segment: one.after})
            held = store.rows(1)[0].source[0]
            assert held.text == "green boat and green pier"
            assert [held.text[c.start :][:4] for c in held.codes] == ["boat", " and"]
            store.undo()
            left = proposed(store, 1, Sought(find="red boat", replacement="ship", side="source"))
            assert (left.replacements, left.coded) == ((), 1)


def test_parts_of_a_word_are_one_word_in_a_concordance() -> None:
    sides = {
        "source": [SimpleNamespace(id=1, text="and Japan too")],
        "target": [SimpleNamespace(id=2, text="واليابان أيضا")],
    }
    row = cast(ReviewRow, SimpleNamespace(side=sides.__getitem__))
    links = ((1, 0, 3), (2, 0, 1), 0.9), ((1, 4, 9), (2, 1, 8), 0.9), ((1, 10, 13), (2, 9, 13), 0.9)
    assert _counterpart(row, "source", "target", (0, 13), RowWords(links)) == "واليابان أيضا"
    assert _counterpart(row, "source", "target", (0, 3), RowWords(links)) == "و"
    assert _counterpart(row, "target", "source", (0, 8), RowWords(links)) == "and Japan"


def test_a_concordance_as_lines_with_counterparts(client: Client) -> None:
    answer = client.call("GET", "/api/concordance/lines", params={"text": "boats"})
    head, *lines = (line.split("\t") for line in answer.text.splitlines())
    assert head[3:7] == ["left", "found", "right", "counterpart"]
    (line,) = lines
    assert line[3:6] == ["It counted 40", "boats", "and 12 ships."]
    assert "قاربا" in line[6]
    assert "قاربا" in line[7]
