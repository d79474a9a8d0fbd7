"""What is inside rows, over HTTP: words that correspond, reasons, places of flags, likely partners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import polyalign
from polyalign.server.questions import WordsAsked
from polyalign.server.work import Passages
from polyalign.server.worker import Worker
from polyalign.spelling import tokens
from tests.helpers.server_client import ROWS, SOURCE, TARGET, Client, client

__all__ = ["client"]

SEGMENTS = "/api/projects/p1/bitexts/1/segments"


def row_with(client: Client, text: str) -> Any:
    return next(row for row in client.rows() if any(text in s["text"] for s in row["source"] + row["target"]))


class TestWords:
    def test_links_are_those_of_the_aligner_at_their_places(self, client: Client) -> None:
        row = row_with(client, SOURCE[1])
        found = client.get(f"{ROWS}/{row['id']}/words")
        (source,), (target,) = row["source"], row["target"]
        told = polyalign.Aligner().words(SOURCE[1], TARGET[1], source_language="en", target_language="ar")
        assert [tuple(link) for link in found["links"]] == [
            (source["id"], *link.source, target["id"], *link.target, link.score) for link in told
        ]
        words = {(SOURCE[1][a:b], TARGET[1][c:d]) for _, a, b, _, c, d, _ in found["links"]}
        assert ("12", "و12") in words or ("12", "12") in words
        assert ("ships", "سفينة") in {(s.strip("."), t.strip(".")) for s, t in words}

    def test_places_are_those_of_each_sentence_of_a_row(self, client: Client) -> None:
        """Of two source sentences, links lead into both, and each place is in a word of its own sentence."""
        row = row_with(client, SOURCE[5])
        assert len(row["source"]) == 2
        texts = {segment["id"]: segment["text"] for segment in row["source"] + row["target"]}
        links = client.get(f"{ROWS}/{row['id']}/words")["links"]
        assert {link[0] for link in links} == {segment["id"] for segment in row["source"]}
        for one, a, b, other, c, d, _ in links:
            for segment, start, end in ((one, a, b), (other, c, d)):
                text = texts[segment]
                assert 0 <= start < end
                assert any(first <= start and end <= last for first, last in tokens(text))
        assert any(
            "lighthouse" in texts[k[0]][k[1] : k[2]] and "منارة" in texts[k[3]][k[4] : k[5]] for k in links
        )

    def test_the_reason_is_a_sentence_in_the_language_asked_for(self, client: Client) -> None:
        row = row_with(client, SOURCE[0])
        path = f"{ROWS}/{row['id']}/words"
        said = {tag: client.get(path, language=tag)["why"] for tag in ("en", "ar", "tr", "de")}
        assert "content words with a partner" in said["en"].lower()
        assert said["de"] == said["en"]
        assert len({said[tag] for tag in ("en", "ar", "tr")}) == 3
        assert any("\u0621" <= letter <= "\u064a" for letter in said["ar"])

    def test_an_edit_is_seen(self, client: Client) -> None:
        row = row_with(client, SOURCE[7])
        client.do("edit", segment=row["source"][0]["id"], text="Work starts in the spring of the year.")
        links = client.get(f"{ROWS}/{row['id']}/words")["links"]
        assert max(link[2] for link in links) > len(SOURCE[7])

    def test_what_is_alone_has_no_words_and_what_is_not_there_is_refused(self, client: Client) -> None:
        row = row_with(client, SOURCE[2])
        assert client.get(f"{ROWS}/{row['id']}/words") == {
            "links": [],
            "differences": [],
            "why": "",
            "refused": "",
        }
        assert client.call("GET", f"{ROWS}/999/words").status_code == 404

    def test_a_text_that_is_too_long_says_so(self, client: Client) -> None:
        row = row_with(client, SOURCE[7])
        client.do("edit", segment=row["source"][0]["id"], text="word " * 5_000)
        found = client.get(f"{ROWS}/{row['id']}/words")
        assert found["links"] == []
        assert "too many to link" in found["refused"]


class TestFlags:
    def test_a_flag_points_at_its_words(self, client: Client) -> None:
        row = row_with(client, SOURCE[1])
        (flag,) = [flag for flag in row["flags"] if flag["name"] == "numbers"]
        texts = {segment["id"]: segment["text"] for segment in row["source"] + row["target"]}
        assert sorted(texts[segment][a:b] for segment, a, b in flag["places"]) == ["40", "41"]

    def test_only_whole_words(self, client: Client) -> None:
        row = row_with(client, SOURCE[1])
        client.do(
            "edit", segment=row["source"][0]["id"], text="In 1940 it counted 40 boats and 12 ships, 40."
        )
        row = row_with(client, "1940")
        places = [p for f in row["flags"] if f["name"] == "numbers" for p in f["places"]]
        text = row["source"][0]["text"]
        mine = [text[a:b] for segment, a, b in places if segment == row["source"][0]["id"]]
        assert mine.count("40") == 2
        assert mine.count("1940") == 1


class TestPartners:
    def test_a_pair_that_was_taken_apart_finds_itself_again(self, client: Client) -> None:
        """Each half of an unlinked pair is the other's likeliest partner."""
        row = row_with(client, SOURCE[0])
        client.do("unlink", row=row["id"])
        (source,), (target,) = row["source"], row["target"]
        for mine, theirs in ((source, target), (target, source)):
            first, *_ = client.get(f"{SEGMENTS}/{mine['id']}/partners")
            assert theirs["id"] in [segment["id"] for segment in first["segments"]]
            assert row_with(client, theirs["text"])["id"] == first["row"]
            assert 0 < first["score"] <= 1

    def test_what_is_not_there_is_refused(self, client: Client) -> None:
        assert client.call("GET", f"{SEGMENTS}/999/partners").status_code == 404


class TestWorker:
    def test_one_that_dies_is_started_again(self) -> None:
        worker = Worker()
        question = WordsAsked(Passages("en", {1: "Two ships came."}), Passages("ar", {2: "جاءت سفينتان."}))
        try:
            first = worker.ask(question)
            assert worker._process
            worker._process.kill()
            worker._process.wait()
            with pytest.raises(BrokenPipeError, match="gone"):
                worker.ask(question)
            assert worker.ask(question) == first
        finally:
            worker.close()
        with pytest.raises(BrokenPipeError):
            worker.ask(question)

    def test_no_page_imports_what_is_heavy(self) -> None:
        """The server itself loads no model: its process stays small, and answers while another thinks."""
        place = Path(polyalign.__file__).parent / "server"
        assert "numpy" not in "".join(path.read_text("utf-8") for path in place.glob("*.py"))
