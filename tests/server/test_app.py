"""The HTTP API through the real app: what there is, what a filter shows, what an operation does."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import polyalign
from polyalign.formats import FORMATS
from polyalign.server.desk import Desk
from polyalign.server.refusals import MEANINGS
from tests.helpers.server_client import (
    OPERATIONS,
    ROWS,
    SOURCE,
    TARGET,
    Client,
    api_routes,
    client_of,
    made_project,
)
from tests.helpers.server_client import client as client
from tests.helpers.workers import flagging

STATES = ("auto", "confirmed", "rejected", "needs-review")


def texts(row: Any, side: str) -> list[str]:
    return [segment["text"] for segment in row[side]]


def by_text(client: Client, start: str) -> Any:
    """The row that has a segment which begins so."""
    return next(
        r for r in client.rows() if any(t.startswith(start) for t in texts(r, "source") + texts(r, "target"))
    )


def general(row: Any) -> str:
    sizes = (len(row["source"]), len(row["target"]))
    return "-".join("1" if n == 1 else "0" if n == 0 else "n" for n in sizes)


class TestWhatThereIs:
    def test_the_session_says_who_asks_and_what_can_be_done(self, client: Client) -> None:
        found = client.get("/api/session")
        assert (found["role"], found["who"], found["can_create"]) == ("editor", "tester", True)
        assert found["formats"] == list(FORMATS)
        assert found["flags"]["numbers"]
        client.token = found["reader_link"].partition("=")[2]
        reader = client.get("/api/session")
        assert (reader["role"], reader["reader_link"], reader["can_create"]) == ("reader", None, False)

    def test_projects_and_their_bitexts(self, client: Client) -> None:
        (project,) = client.get("/api/projects")
        assert client.get("/api/projects/p1") == project
        assert (project["id"], project["name"], project["undo"]) == ("p1", "harbour", "")
        (bitext,) = project["bitexts"]
        assert bitext["source"] == {
            "language": "en",
            "direction": "ltr",
            "path": "harbour.en.txt",
            "segments": 8,
        }
        assert (bitext["target"]["language"], bitext["target"]["direction"]) == ("ar", "rtl")
        assert bitext["counts"] == {"auto": 8, "confirmed": 0, "rejected": 0, "needs-review": 1}
        assert bitext["rows"] == 9

    def test_a_row_says_all_that_the_page_shows(self, client: Client) -> None:
        row = by_text(client, "It counted 40 boats")
        assert (row["kind"], row["score"], row["state"], row["by_hand"]) == ("1-1", 0.91, "auto", False)
        assert row["source"][0]["text"] == SOURCE[1]
        assert row["target"][0]["number"] == 2
        assert "numbers" in [flag["name"] for flag in row["flags"]]
        assert row["evidence"] == {"fit": 0.455}
        assert by_text(client, "The mayor")["comment"] == "is it the mayor?"

    def test_unaligned_rows_stand_in_place(self, client: Client) -> None:
        found = [general(row) for row in client.rows()]
        assert found == ["1-1", "1-1", "0-1", "0-1", "1-0", "1-0", "1-1", "n-1", "1-1"]
        assert [row["number"] for row in client.rows()] == list(range(1, 10))

    @pytest.mark.parametrize(
        "path",
        [
            "/api/projects/p9",
            "/api/projects/p1/bitexts/7/rows",
            f"{ROWS}/999",
            "/api/jobs/j9",
            "/api/nothing",
        ],
    )
    def test_what_there_is_not_is_404_in_one_line(self, client: Client, path: str) -> None:
        answer = client.call("GET", path)
        assert answer.status_code == 404
        assert "\n" not in answer.json()["detail"]

    def test_the_description_is_complete(self, client: Client) -> None:
        found = client.call("GET", "/openapi.json").json()
        described = {(path, method.upper()) for path, methods in found["paths"].items() for method in methods}
        assert {path for path, _ in described} == {path for path, _ in api_routes()}
        ids = [one["operationId"] for methods in found["paths"].values() for one in methods.values()]
        assert len(ids) == len(set(ids))
        for path, methods in found["paths"].items():
            for method, one in methods.items():
                assert one["description"], path
                assert {str(status) for status in MEANINGS} <= set(one["responses"]), (path, method)
                assert any(code.startswith("2") for code in one["responses"])
        assert set(operations(found)) == OPERATION_NAMES
        json.dumps(found, allow_nan=False)

    def test_every_reference_of_the_description_leads_somewhere(self, client: Client) -> None:
        text = client.call("GET", "/openapi.json").text
        known = json.loads(text)["components"]["schemas"]
        assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= set(known)


OPERATION_NAMES = frozenset(
    "link pinpoint unlink merge merge_with move split divide join edit".split()
    + "delete bring_back mark keep comment ignore".split()
    + "reply settle add_terms change_term drop_terms replace".split()
)


def operations(description: Any) -> list[str]:
    """The operations that the description tells apart by their names."""
    body = description["paths"]["/api/projects/{project}/operations"]["post"]["requestBody"]
    return list(body["content"]["application/json"]["schema"]["discriminator"]["mapping"])


class TestRows:
    def test_pages_joined_are_the_whole_listing(self, client: Client) -> None:
        whole = client.rows(collapse=True)
        for size in (1, 2, 3, 7, 500):
            pages = [
                client.get(ROWS, collapse=True, offset=k, limit=size) for k in range(0, len(whole), size)
            ]
            assert [item for page in pages for item in page["rows"]] == whole
            assert {page["total"] for page in pages} == {len(whole)}
        assert client.get(ROWS, offset=100)["rows"] == []

    def test_runs_of_unaligned_rows_are_one_item_until_opened(self, client: Client) -> None:
        rows = client.rows()
        target, source = [[row["id"] for row in rows if general(row) == kind] for kind in ("0-1", "1-0")]
        items = client.rows(collapse=True)
        runs = [item for item in items if "run" in item]
        assert [(run["side"], run["rows"]) for run in runs] == [("target", target), ("source", source)]
        assert all(run["count"] == 2 and run["run"] == run["rows"][0] for run in runs)
        opened = client.rows(collapse=True, open=f"{target[1]},999")
        assert [item["rows"] for item in opened if "run" in item] == [source]
        assert not [item for item in client.rows(collapse=True, order="worst") if "run" in item]
        assert not [item for item in client.rows(collapse=True, min_score=0.1) if "run" in item]

    def test_what_somebody_said_is_never_folded_away(self, client: Client) -> None:
        source = [row["id"] for row in client.rows() if general(row) == "1-0"]
        client.do("comment", row=source[0], text="why?")
        runs = [item["rows"] for item in client.rows(collapse=True) if "run" in item]
        assert not any(source[0] in rows for rows in runs)

    def test_the_place_of_a_row_counts_items(self, client: Client) -> None:
        items = client.rows(collapse=True)
        for row in client.rows():
            found = client.get(f"{ROWS}/{row['id']}", collapse=True)
            item = items[found["index"]]
            assert found["row"] == row
            assert row["id"] in item.get("rows", [item.get("id")])
        assert client.get(f"{ROWS}/{client.rows()[0]['id']}", kind="1-0")["index"] is None

    @pytest.mark.parametrize(
        ("query", "passes"),
        [
            ({"state": "needs-review"}, lambda r: r["state"] == "needs-review"),
            ({"state": "auto,confirmed"}, lambda r: r["state"] in ("auto", "confirmed")),
            ({"kind": "1-1,n-1"}, lambda r: general(r) in ("1-1", "n-1")),
            ({"kind": "0-1"}, lambda r: general(r) == "0-1"),
            ({"min_score": 0.6}, lambda r: r["score"] is not None and r["score"] >= 0.6),
            ({"min_score": 0.5, "max_score": 0.9}, lambda r: r["score"] and 0.5 <= r["score"] <= 0.9),
            ({"text": "MAYOR"}, lambda r: "mayor" in str(r).lower()),
            ({"text": "الميناء"}, lambda r: "الميناء" in "".join(texts(r, "target"))),
            ({"text": "mayor", "side": "target"}, lambda _: False),
            ({"text": r"\b\d{2} \w+s\b", "regex": True}, lambda r: "boats" in str(texts(r, "source"))),
            ({"flag": "any"}, lambda r: any(not f["ignored"] for f in r["flags"])),
            ({"flag": "numbers"}, lambda r: "numbers" in [f["name"] for f in r["flags"]]),
            ({"commented": True}, lambda r: r["comment"]),
            ({"keep": False}, lambda r: not r["keep"]),
            ({"deleted": True}, lambda r: r["deleted"]),
        ],
    )
    def test_a_filter_shows_what_a_naive_one_would(
        self, client: Client, query: dict[str, Any], passes: Callable[[Any], bool]
    ) -> None:
        found = client.rows(**query)
        for segment in (s for row in found for side in ("source", "target") for s in row[side]):
            segment["hits"] = []  # which are tested below
        assert found == [row for row in client.rows() if passes(row)]

    def test_deleted_rows_are_shown_only_when_asked_for(self, client: Client) -> None:
        row = client.rows()[1]
        client.do("delete", rows=[row["id"]])
        assert row["id"] not in [held["id"] for held in client.rows()]
        assert [held["id"] for held in client.rows(deleted=True)] == [row["id"]]

    def test_the_worst_rows_come_first(self, client: Client) -> None:
        client.do("mark", rows=[by_text(client, "She promised")["id"]], state="confirmed")
        scores = [row["score"] for row in client.rows(order="worst")]
        assert scores == [0.62, 0.88, 0.91, 0.97, None, None, None, None, 0.48]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"state": "maybe"}, 400),
            ({"kind": "2-7"}, 400),
            ({"open": "1,x"}, 400),
            ({"min_score": 0.9, "max_score": 0.1}, 400),
            ({"text": "(", "regex": True}, 400),
            ({"text": "x" * 2000}, 400),
            ({"min_score": "nan"}, 422),
            ({"min_score": 7}, 422),
            ({"offset": -1}, 422),
            ({"limit": 501}, 422),
            ({"offset": "9" * 400}, 422),
            ({"side": "both"}, 422),
        ],
    )
    def test_a_question_that_makes_no_sense_is_refused(
        self, client: Client, query: dict[str, Any], status: int
    ) -> None:
        answer = client.call("GET", ROWS, params=query)
        assert answer.status_code == status
        assert answer.json()["detail"].count("\n") == 0

    def test_a_pattern_that_takes_for_ever_is_given_up(self, tmp_path: Path) -> None:
        many = polyalign.Document.from_segments(["a" * 3000 + "!"] * 3, language="en").segments or ()
        side = polyalign.Side("en", many)
        path = made_project(tmp_path / "slow.polyalign", polyalign.Bitext(side, side, ()))
        with Desk([path], flagging=flagging()) as desk, client_of(desk) as client:
            answer = client.call("GET", ROWS, params={"text": "(a|aa)+(b|a*)+$", "regex": True})
        assert (answer.status_code, "too long" in answer.json()["detail"]) == (400, True)

    def test_the_next_row_goes_round(self, client: Client) -> None:
        rows = client.rows()
        open_rows = [r["id"] for r in rows if r["state"] == "needs-review" or r["kind"].count("0") == 0]
        seen, after = [], 0
        for _ in range(len(open_rows) + 1):
            found = client.get(f"{ROWS}/next", want="unconfirmed", after=after)
            after = found["row"]["id"]
            seen.append(after)
        assert seen == [*open_rows, open_rows[0]]
        assert client.get(f"{ROWS}/next", want="commented")["row"]["comment"] == "is it the mayor?"
        assert client.get(f"{ROWS}/next", want="commented", state="confirmed") == {"row": None, "index": None}
        assert client.get(f"{ROWS}/next", want="flagged")["row"]["flags"]

    def test_the_next_row_after_one_that_left_the_listing(self, client: Client) -> None:
        first, second, *_ = client.rows(kind="1-1")
        client.do("mark", rows=[first["id"]], state="confirmed")
        found = client.get(f"{ROWS}/next", want="unconfirmed", state="auto", after=first["id"])
        assert found["row"]["id"] == second["id"]

    @pytest.mark.parametrize(
        ("side", "said", "other"), [("source", SOURCE, "target"), ("target", TARGET, "source")]
    )
    def test_a_text_in_its_own_order(
        self, client: Client, side: str, said: tuple[str, ...], other: str
    ) -> None:
        path = f"/api/projects/p1/bitexts/1/texts/{side}"
        found = client.get(path)
        assert [segment["text"] for segment in found["segments"]] == list(said)
        assert [segment["number"] for segment in found["segments"]] == list(range(1, len(said) + 1))
        pages = [client.get(path, offset=k, limit=3)["segments"] for k in range(0, len(said), 3)]
        assert [segment for page in pages for segment in page] == found["segments"]
        for segment in found["segments"]:
            row = client.get(f"{ROWS}/{segment['row']}")["row"]
            assert segment["partners"] == [held["number"] for held in row[other]]
            assert segment["aligned"] == bool(segment["partners"])

    def test_half_a_character_in_a_file_of_json_does_not_stop_the_listing(self, tmp_path: Path) -> None:
        segments = polyalign.Document.from_segments(["half \ud800 of it"], language="en").segments or ()
        side = polyalign.Side("en", segments)
        path = made_project(tmp_path / "half.polyalign", polyalign.Bitext(side, side, ()))
        with Desk([path], flagging=flagging()) as desk, client_of(desk) as client:
            assert [texts(row, "source") for row in client.rows(kind="1-0")] == [["half \ufffd of it"]]
            assert client.get("/api/projects/p1/bitexts/1/texts/source")["total"] == 1


def first(client: Client, kind: str = "1-1") -> Any:
    return client.rows(kind=kind)[0]


class TestOperations:
    def test_link(self, client: Client) -> None:
        source, target = first(client, "1-0"), first(client, "0-1")
        ids = [source["source"][0]["id"], target["target"][0]["id"]]
        change = client.do("link", segments=ids)
        assert [texts(row, "source") for row in change["rows"] if row["target"]] == [[SOURCE[2]]]
        assert len(client.rows()) == 8

    def test_pinpoint(self, client: Client) -> None:
        one, other = by_text(client, SOURCE[0]), by_text(client, TARGET[6])
        change = client.do(
            "pinpoint", source_segment=one["source"][0]["id"], target_segment=other["target"][0]["id"]
        )
        row = client.get(f"{ROWS}/{change['focus']}")["row"]
        assert (texts(row, "source"), texts(row, "target")) == ([SOURCE[0]], [TARGET[6]])
        assert row["by_hand"]

    def test_divide(self, client: Client) -> None:
        row = first(client, "1-1")
        cells = [row[side][0] for side in ("source", "target")]
        at = [cell["text"].index(" ") + 1 for cell in cells]
        ids = [cell["id"] for cell in cells]
        change = client.do(
            "divide", source_segment=ids[0], source_at=at[0], target_segment=ids[1], target_at=at[1]
        )
        halves = [[texts(made, "source"), texts(made, "target")] for made in change["rows"]]
        wanted = [
            [cell["text"][: place - 1], cell["text"][place:]] for cell, place in zip(cells, at, strict=True)
        ]
        assert halves == [[[wanted[0][k]], [wanted[1][k]]] for k in (0, 1)]
        assert {(made["score"], made["origin"], made["state"]) for made in change["rows"]} == {
            (None, "person", "confirmed")
        }
        assert client.rows(origin="person") == client.rows(state="confirmed")

    def test_progress_counts_pairs_and_what_only_one_text_has_apart(self, client: Client) -> None:
        def progress() -> dict[str, Any]:
            found: dict[str, Any] = client.get("/api/projects/p1")["bitexts"][0]["progress"]
            return found

        pairs = [row for row in client.rows() if row["source"] and row["target"]]
        alone = [row for row in client.rows() if not (row["source"] and row["target"])]
        start = progress()
        assert (start["pairs"], start["alone"]) == (len(pairs), len(alone))
        assert start["expected"] == pytest.approx(sum(1 - row["score"] for row in pairs), abs=0.01)
        change = client.do("mark", rows=[pairs[0]["id"]], state="confirmed")
        assert change["progress"] == progress()
        client.do("mark", rows=[alone[0]["id"]], state="confirmed")
        assert (progress()["pairs_decided"], progress()["alone_decided"]) == (1, 1)

    def test_the_last_stop_of_a_round_is_what_only_one_text_has(self, client: Client) -> None:
        client.do(
            "mark",
            rows=[row["id"] for row in client.rows() if row["kind"] not in ("1-0", "0-1")],
            state="confirmed",
        )
        assert client.get(f"{ROWS}/next", want="unconfirmed")["row"] is None
        seen = []
        while row := client.get(f"{ROWS}/next", want="alone")["row"]:
            seen.append(row["id"])
            client.do("mark", rows=[row["id"]], state="confirmed")
        assert seen == [row["id"] for row in client.rows() if row["kind"] in ("1-0", "0-1")]

    def test_where_the_text_of_a_filter_is_found(self, client: Client) -> None:
        (row,) = client.rows(text="SHE PROMÍSED")
        told = {s["text"]: s["hits"] for side in ("source", "target") for s in row[side]}
        assert {text: [text[a:b] for a, b in hits] for text, hits in told.items() if hits} == {
            text: ["She promised"] for text in told if "She promised" in text
        }
        assert not any(s["hits"] for held in client.rows() for s in held["source"])

    def test_all_items_at_a_glance(self, client: Client) -> None:
        rows = client.rows()
        client.do("mark", rows=[rows[0]["id"]], state="confirmed")
        states = client.get(f"{ROWS}/overview")["states"]
        for row, letter in zip(client.rows(), states, strict=True):
            if row["state"] != "auto":
                assert letter == {"confirmed": "c", "rejected": "r", "needs-review": "n"}[row["state"]]
            elif row["score"] is not None:
                assert letter == str(min(4, int(5 * row["score"])))
            else:
                assert letter in "ub"
        folded = client.get(f"{ROWS}/overview", collapse=True)["states"]
        assert len(folded) == len(client.rows(collapse=True))

    def test_unlink(self, client: Client) -> None:
        client.do("unlink", row=first(client, "n-1")["id"])
        assert sorted(general(row) for row in client.rows()).count("1-0") == 4

    def test_merge(self, client: Client) -> None:
        rows = client.rows(kind="1-1")[:2]
        change = client.do("merge", rows=[row["id"] for row in rows])
        assert change["removed"] == [rows[1]["id"]]
        assert change["rows"][0]["kind"] == "2-2"

    @pytest.mark.parametrize("direction", ["up", "down"])
    def test_merge_with(self, client: Client, direction: str) -> None:
        rows = client.rows()
        change = client.do("merge_with", row=rows[1]["id"], direction=direction)
        merged = client.get(f"{ROWS}/{change['focus']}")["row"]
        other = rows[0] if direction == "up" else rows[2]
        assert set(texts(merged, "target")) == set(texts(rows[1], "target") + texts(other, "target"))

    def test_move(self, client: Client) -> None:
        row = by_text(client, "She promised")
        change = client.do("move", row=row["id"], side="source", direction="down")
        moved = next(held for held in change["rows"] if SOURCE[7] in texts(held, "source"))
        assert texts(moved, "source") == [SOURCE[6], SOURCE[7]]

    @pytest.mark.parametrize("at", [5, 20, 33])
    def test_split_and_join(self, client: Client, at: int) -> None:
        segment = by_text(client, TARGET[5])["target"][0]
        parts = client.do("split", segment=segment["id"], at=at)["rows"][0]["target"]
        assert [part["text"] for part in parts] == [TARGET[5][:at].rstrip(), TARGET[5][at:].lstrip()]
        joined = client.do("join", segments=[part["id"] for part in parts])["rows"][0]["target"]
        assert [part["text"] for part in joined] == [TARGET[5]]

    def test_edit_keeps_the_original(self, client: Client) -> None:
        segment = first(client)["source"][0]
        (row,) = client.do("edit", segment=segment["id"], text="The council <b>met</b>.")["rows"]
        assert (row["source"][0]["text"], row["source"][0]["original"]) == (
            "The council <b>met</b>.",
            SOURCE[0],
        )
        (row,) = client.do("edit", segment=segment["id"], text=SOURCE[0])["rows"]
        assert row["source"][0]["original"] is None

    def test_delete_and_bring_back(self, client: Client) -> None:
        ids = [row["id"] for row in client.rows()[:2]]
        assert all(row["deleted"] for row in client.do("delete", rows=ids)["rows"])
        assert len(client.rows()) == 7
        assert client.do("bring_back", rows=ids)["counts"]["auto"] == 8

    @pytest.mark.parametrize("state", STATES)
    def test_mark(self, client: Client, state: str) -> None:
        row = first(client)["id"]
        client.do("mark", rows=[row], state="rejected" if state == "auto" else "auto")
        client.do("mark", rows=[row], state=state, who="Ayşe")
        row = client.get(f"{ROWS}/{row}")["row"]
        change = client.do("mark", rows=[row["id"]], state=state)
        assert row["state"] == state
        assert change["counts"][state] == sum(held["state"] == state for held in client.rows())

    def test_keep_comment_and_who(self, client: Client) -> None:
        row = first(client)["id"]
        assert client.do("keep", rows=[row], kept=False)["rows"][0]["keep"] is False
        commented = client.do("comment", row=row, text="<img src=x onerror=alert(1)>", who="Ayşe")["rows"][0]
        assert (commented["comment"], commented["who"]) == ("<img src=x onerror=alert(1)>", "Ayşe")
        assert client.do("comment", row=row, text="")["rows"][0]["who"] == "tester"

    def test_ignore(self, client: Client) -> None:
        row = by_text(client, "It counted 40")["id"]
        flags = client.do("ignore", row=row, flag="numbers", ignored=True)["rows"][0]["flags"]
        assert {flag["name"]: flag["ignored"] for flag in flags}["numbers"]
        assert row not in [held["id"] for held in client.rows(flag="numbers")]
        client.do("ignore", row=row, flag="numbers", ignored=False)
        assert row in [held["id"] for held in client.rows(flag="numbers")]

    def test_undo_and_redo(self, client: Client) -> None:
        before = client.rows()
        change = client.do("merge_with", row=before[0]["id"], direction="down")
        after = client.rows()
        assert (change["undo"], change["redo"]) == ("merge", "")
        undone = client.post("/api/projects/p1/undo", {})
        assert (client.rows(), undone["redo"], undone["undo"]) == (before, "merge", "")
        client.post("/api/projects/p1/redo", {"who": "Ayşe"})
        assert client.rows() == after
        motions = [entry["motion"] for entry in client.get("/api/projects/p1/journal")]
        assert motions == ["redo", "undo", "do"]
        assert len(client.get("/api/projects/p1/journal", limit=1)) == 1

    def test_nothing_to_undo_is_said_so(self, client: Client) -> None:
        for turn in ("undo", "redo"):
            answer = client.call("POST", f"/api/projects/p1/{turn}", json={})
            assert (answer.status_code, turn in answer.json()["detail"]) == (400, True)

    def test_the_second_of_two_clients_is_told(self, client: Client) -> None:
        row, seen = first(client)["id"], client.get("/api/projects/p1")["revision"]
        client.do("mark", rows=[row], state="confirmed", seen=seen, who="Ayşe")
        answer = client.refused("comment", row=row, text="mine", seen=seen)
        assert answer.status_code == 409
        told = answer.json()
        assert (told["revision"], "Ayşe" in told["detail"]) == (seen + 1, True)
        assert [(held["id"], held["state"]) for held in told["rows"]] == [(row, "confirmed")]
        client.do("comment", row=row, text="mine", seen=told["revision"])

    def test_other_rows_may_change_meanwhile(self, client: Client) -> None:
        one, other = client.rows()[:2]
        seen = client.get("/api/projects/p1")["revision"]
        client.do("mark", rows=[one["id"]], state="confirmed", seen=seen)
        client.do("mark", rows=[other["id"]], state="rejected", seen=seen)
        undo = client.call("POST", "/api/projects/p1/undo", json={"seen": seen})
        assert undo.status_code == 409

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"operation": "explode"}, 422),
            ({"operation": "merge", "rows": []}, 422),
            ({"operation": "merge", "rows": [1]}, 400),
            ({"operation": "mark", "rows": [1], "state": "fine"}, 422),
            ({"operation": "mark", "rows": [2**70], "state": "auto"}, 422),
            ({"operation": "mark", "rows": [-1], "state": "auto"}, 422),
            ({"operation": "mark", "rows": [1], "state": "auto", "extra": 1}, 422),
            ({"operation": "mark", "rows": [True], "state": "auto"}, 422),
            ({"operation": "unlink", "row": 999}, 400),
            ({"operation": "split", "segment": 1, "at": 0}, 400),
            ({"operation": "edit", "segment": 1, "text": " "}, 400),
            ({"operation": "comment", "row": 1, "text": "\ud800"}, 400),
            ({"operation": "comment", "row": 1, "text": "", "who": "\ud800"}, 422),
            ({"operation": "ignore", "row": 1, "flag": "\ud800", "ignored": True}, 422),
            ({"operation": "comment", "row": 1, "text": "x" * 200_000}, 400),
            ({"operation": "comment", "row": 1, "text": "", "who": "w" * 200}, 422),
            ([], 422),
            (None, 422),
        ],
    )
    def test_what_makes_no_sense_changes_nothing(self, client: Client, body: Any, status: int) -> None:
        before = client.rows()
        answer = client.call(
            "POST", OPERATIONS, content=json.dumps(body), headers={"content-type": "application/json"}
        )
        assert answer.status_code == status, answer.text
        assert "\n" not in answer.json()["detail"]
        assert client.rows() == before

    @pytest.mark.parametrize(
        "body", [b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 100_000, b'{"operation":', b"null"]
    )
    def test_garbage_is_refused_in_one_line(self, client: Client, body: bytes) -> None:
        answer = client.call("POST", OPERATIONS, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422)
        assert "form" not in answer.json()["detail"]


_MOVES = st.lists(
    st.tuples(st.sampled_from(["merge_with", "unlink", "mark", "undo", "redo", "delete"]), st.integers(0, 8)),
    max_size=8,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=_MOVES)
def test_what_was_done_and_undone_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, moves: Any
) -> None:
    """Whatever is asked for, no segment is lost, and undoing everything gives the first state back."""
    path = made_project(tmp_path_factory.mktemp("law") / "law.polyalign")
    with Desk([path], flagging=flagging()) as desk, client_of(desk) as client:
        before = client.rows()
        for move, place in moves:
            rows = client.rows()
            row = rows[place % len(rows)]["id"] if rows else 1
            if move in ("undo", "redo"):
                client.call("POST", f"/api/projects/p1/{move}", json={})
            else:
                client.call("POST", OPERATIONS, json={"operation": move, **fields_of(move, row)})
            held = [s for r in client.rows() + client.rows(deleted=True) for s in r["source"] + r["target"]]
            assert sorted(segment["text"] for segment in held) == sorted(SOURCE + TARGET)
        while client.call("POST", "/api/projects/p1/undo", json={}).status_code == 200:
            pass
        assert client.rows() == before


def fields_of(move: str, row: int) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {
        "mark": {"rows": [row], "state": "confirmed"},
        "delete": {"rows": [row]},
        "merge_with": {"row": row, "direction": "down"},
    }
    return fields.get(move, {"row": row})


class TestExport:
    @pytest.mark.parametrize("name", "tsv json jsonl tmx xliff xliff1 xlsx moses parquet".split())
    def test_every_format_is_read_back(self, client: Client, tmp_path: Path, name: str) -> None:
        client.do("mark", rows=[first(client)["id"]], state="confirmed")
        answer = client.call("GET", "/api/projects/p1/bitexts/1/export", params={"format": name})
        assert answer.status_code == 200, answer.text
        path = saved(answer, tmp_path)
        found = polyalign.read_bitext(path)
        pairs = [
            [" ".join(s.text for s in side) for side in (r.source, r.target)] for r in found.rows() if r.bead
        ]
        assert len(pairs) == 5
        assert pairs[0] == [SOURCE[0], TARGET[0]]

    @pytest.mark.parametrize("name", "table html ladder docx epub tei vert".split())
    def test_formats_for_the_eye_are_sent_whole(self, client: Client, name: str) -> None:
        answer = client.call("GET", "/api/projects/p1/bitexts/1/export", params={"format": name})
        assert answer.status_code == 200
        assert len(answer.content) == int(answer.headers["content-length"]) > 10
        assert answer.headers["content-disposition"].startswith("attachment;")

    @pytest.mark.parametrize("name", ["pharaoh", "talp"])
    def test_words_are_linked_where_a_format_is_about_them(self, client: Client, name: str) -> None:
        answer = client.call("GET", "/api/projects/p1/bitexts/1/export", params={"format": name})
        with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
            lines = {file: files.read(file).decode().splitlines() for file in files.namelist()}
        assert [len(held) for held in lines.values()] == [5, 5, 5]
        assert all(re.fullmatch(r"(\d+-\d+ ?)+", line) for line in lines[f"pairs.{name}"])

    def test_states_scores_and_unaligned_rows(self, client: Client) -> None:
        row = first(client)["id"]
        client.do("mark", rows=[row], state="confirmed")

        def lines(**query: Any) -> list[Any]:
            answer = client.call(
                "GET", "/api/projects/p1/bitexts/1/export", params={"format": "jsonl", **query}
            )
            return [json.loads(line) for line in answer.text.splitlines() if '"source"' in line]

        assert len(lines(state="confirmed", unaligned=False)) == 1
        assert len(lines(unaligned=False)) == 5
        assert len(lines(unaligned=False, min_score=0.9)) == 2
        assert len(lines()) == 9

    def test_comments_and_flags_are_in_it(self, client: Client) -> None:
        answer = client.call("GET", "/api/projects/p1/bitexts/1/export", params={"format": "json"})
        found = polyalign.Bitext.from_json(answer.text)
        assert any(flag.startswith("numbers:") for bead in found.beads for flag in bead.review.flags)
        assert "is it the mayor?" in [bead.review.comment for bead in found.beads]

    @pytest.mark.parametrize(
        ("query", "status"), [({"format": "doc"}, 400), ({"state": "x"}, 400), ({"min_score": 2}, 422)]
    )
    def test_what_cannot_be_exported_is_refused(
        self, client: Client, query: dict[str, Any], status: int
    ) -> None:
        assert client.call("GET", "/api/projects/p1/bitexts/1/export", params=query).status_code == status


def saved(answer: Any, folder: Path) -> Path:
    """What was sent, under the name that was sent with it; moses unpacked."""
    name = unquote(answer.headers["content-disposition"].rpartition("''")[2])
    path = folder / name
    path.write_bytes(answer.content)
    if path.suffix != ".zip":
        return path
    import zipfile

    zipfile.ZipFile(path).extractall(folder)
    return folder / "pairs.en"


class TestConcordance:
    def test_hits_of_all_projects_and_where(self, client: Client) -> None:
        found = client.get("/api/concordance", text="lighthouse")
        (hit,) = found["hits"]
        line = " ".join(texts(hit["row"], "source"))
        ((start, end),) = hit["source_spans"]
        assert (line[start:end], hit["target_spans"], found["total"]) == ("lighthouse", [], 1)

    def test_a_pattern_on_one_side_in_pages(self, client: Client) -> None:
        whole = client.get("/api/concordance", text=r"\w+d\b", regex=True, side="source", limit=500)
        pages = [
            client.get("/api/concordance", text=r"\w+d\b", regex=True, side="source", offset=k, limit=2)
            for k in range(0, whole["total"], 2)
        ]
        assert [hit for page in pages for hit in page["hits"]] == whole["hits"]
        assert len(whole["hits"]) == whole["total"] > 2

    @pytest.mark.parametrize("name", ["tsv", "jsonl", "tmx", "json"])
    def test_hits_as_a_file(self, client: Client, tmp_path: Path, name: str) -> None:
        answer = client.call("GET", "/api/concordance/export", params={"format": name, "text": "the"})
        found = polyalign.read_bitext(saved(answer, tmp_path))
        hits = client.get("/api/concordance", text="the", limit=500)["hits"]
        assert len(found.beads) == sum(hit["row"]["kind"].count("0") == 0 for hit in hits)

    def test_nothing_to_look_for_is_refused(self, client: Client) -> None:
        assert client.call("GET", "/api/concordance", params={"text": " "}).status_code == 400


class TestDesk:
    def test_a_new_project_in_the_folder(self, client: Client, tmp_path: Path) -> None:
        made = client.post("/api/projects", {"name": "Bakü – باكو"})
        assert (made["name"], made["bitexts"]) == ("Bakü – باكو", [])
        assert (tmp_path / "Bakü – باكو.polyalign").exists()
        assert [project["id"] for project in client.get("/api/projects")] == ["p1", "p2"]
        assert client.call("POST", "/api/projects", json={"name": "Bakü – باكو"}).status_code == 400

    @pytest.mark.parametrize(
        "name", ["../x", "a/b", "a\\b", "..", ".hidden", " ", "\u202e", "x" * 300, "a:b", "\x00"]
    )
    def test_a_name_that_is_a_path_is_refused(self, client: Client, tmp_path: Path, name: str) -> None:
        before = sorted(tmp_path.parent.rglob("*"))
        assert client.call("POST", "/api/projects", json={"name": name}).status_code in (400, 422)
        assert sorted(tmp_path.parent.rglob("*")) == before

    def test_without_a_folder_nothing_is_made(self, tmp_path: Path) -> None:
        path = made_project(tmp_path / "one.polyalign")
        with Desk([path], flagging=flagging()) as desk, client_of(desk) as client:
            assert client.call("POST", "/api/projects", json={"name": "two"}).status_code == 403
            assert client.get("/api/session")["can_create"] is False

    def test_only_projects_of_the_folder_itself_are_opened(self, tmp_path: Path) -> None:
        folder, outside = tmp_path / "in", tmp_path / "out"
        for place in (folder, folder / "below", outside):
            place.mkdir()
            made_project(place / f"{place.name}.polyalign")
        (folder / "link.polyalign").symlink_to(outside / "out.polyalign")
        (folder / "broken.polyalign").write_bytes(b"no database at all" * 100)
        with Desk(folder=folder, flagging=flagging()) as desk, client_of(desk) as client:
            assert [project["name"] for project in client.get("/api/projects")] == ["in"]
            (note,) = client.get("/api/session")["notes"]
            assert "broken.polyalign" in note
            made_project(folder / "later.polyalign")
            assert [project["name"] for project in client.get("/api/projects")] == ["in", "later"]

    def test_a_project_twice_is_one(self, tmp_path: Path) -> None:
        path = made_project(tmp_path / "one.polyalign")
        with Desk([path, tmp_path / "." / "one.polyalign"], tmp_path) as desk:
            assert len(desk.projects()) == 1


def test_an_operation_that_is_sent_again_under_its_key_is_done_once(client: Client) -> None:
    row = client.rows()[0]["id"]
    fields = {"rows": [row], "state": "confirmed", "seen": 1, "key": "k", "project": "harbour"}
    assert client.do("mark", **fields)["revision"] == client.do("mark", **fields)["revision"]
    undo = {"seen": 2, "key": "u", "project": "harbour"}
    for _ in range(2):
        client.post("/api/projects/p1/undo", undo)
    assert client.rows()[0]["state"] == "auto"
    refused = client.refused("mark", rows=[row], state="confirmed", project="another")
    assert (refused.status_code, client.rows()[0]["state"]) == (421, "auto")
