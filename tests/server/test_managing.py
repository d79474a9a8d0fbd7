"""Projects as files over HTTP: names, copies, what is deleted and comes back; files that are looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import polyalign
from polyalign.server.desk import Desk
from polyalign.store import Store
from tests.helpers.places import DATA, SEEDS
from tests.helpers.server_client import TOKENS, Client, client, client_of, made_project
from tests.helpers.workers import flagging

__all__ = ["client"]

TURKISH = DATA / "baku.tr.txt"


def names(client: Client) -> list[str]:
    return [project["name"] for project in client.get("/api/projects")]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


class TestNames:
    def test_a_project_is_renamed_with_its_file_and_its_history(self, client: Client, tmp_path: Path) -> None:
        row = client.rows()[0]["id"]
        client.do("mark", rows=[row], state="confirmed")
        told = client.call("PATCH", "/api/projects/p1", json={"name": "مرفأ"}).json()
        assert (told["id"], told["name"], told["undo"]) == ("p1", "مرفأ", "mark")
        assert files(tmp_path) == {"مرفأ.polyalign"}
        client.post("/api/projects/p1/undo", {})
        assert client.rows()[0]["state"] == "auto"

    @pytest.mark.parametrize("name", ["", "..", "a/b", "C:x", "\u202e", "x" * 81])
    def test_a_name_that_is_none(self, client: Client, tmp_path: Path, name: str) -> None:
        assert client.call("PATCH", "/api/projects/p1", json={"name": name}).status_code in (400, 422)
        assert files(tmp_path) == {"harbour.polyalign"}
        assert len(client.rows()) == 9

    def test_a_name_that_another_has(self, client: Client) -> None:
        client.post("/api/projects", {"name": "pier"})
        answer = client.call("PATCH", "/api/projects/p1", json={"name": "pier"})
        assert answer.status_code == 400
        assert "already" in answer.json()["detail"]
        assert client.call("PATCH", "/api/projects/p1", json={"name": "harbour"}).status_code == 200


class TestWork:
    def test_work_that_began_before_a_rename_ends_in_the_project(self, client: Client) -> None:
        text = {"text": "Two ships came. The harbour was closed."}
        job = client.post("/api/projects/p1/pair", {"source": text, "target": text | {"language": "en"}})[
            "job"
        ]
        client.call("PATCH", "/api/projects/p1", json={"name": "port"})
        assert client.over(job, seconds=250)["state"] == "done"
        assert len(client.get("/api/projects/p1")["bitexts"]) == 2


class TestCopies:
    def test_a_copy_has_all_and_goes_its_own_way(self, client: Client, tmp_path: Path) -> None:
        row = client.rows()[0]["id"]
        client.do("mark", rows=[row], state="confirmed")
        copy = client.post("/api/projects/p1/copy")
        assert (copy["id"], copy["name"], copy["undo"]) == ("p2", "harbour 2", "mark")
        client.post("/api/projects/p2/undo", {})
        assert client.rows()[0]["state"] == "confirmed"
        assert client.post("/api/projects/p1/copy")["name"] == "harbour 3"
        with Store(tmp_path / "harbour 2.polyalign") as store:
            assert store.rows(1)[0].state == "auto"

    def test_the_file_of_a_project_is_the_project(self, client: Client, tmp_path: Path) -> None:
        client.do("mark", rows=[client.rows()[0]["id"]], state="rejected")
        answer = client.call("GET", "/api/projects/p1/file")
        assert "harbour.polyalign" in answer.headers["content-disposition"]
        (tmp_path / "got.polyalign").write_bytes(answer.content)
        with Store(tmp_path / "got.polyalign") as store:
            assert [row.state for row in store.rows(1)][:2] == ["rejected", "auto"]
            assert store.undoable == "mark"


class TestDeleting:
    def test_what_is_deleted_can_be_brought_back(self, client: Client, tmp_path: Path) -> None:
        client.do("comment", row=client.rows()[0]["id"], text="mine")
        gone = client.call("DELETE", "/api/projects/p1").json()
        assert names(client) == []
        assert client.call("GET", "/api/projects/p1").status_code == 404
        assert client.get("/api/deleted") == [gone]
        assert files(tmp_path) == {"harbour.polyalign-deleted"}
        back = client.post(f"/api/deleted/{gone['id']}/back")
        assert (back["name"], client.get("/api/deleted")) == ("harbour", [])
        rows = client.get(f"/api/projects/{back['id']}/bitexts/1/rows")["rows"]
        assert rows[0]["comment"] == "mine"

    def test_no_name_gets_lost(self, client: Client, tmp_path: Path) -> None:
        """Deleted twice under one name, and brought back beside another of that name."""
        made_project(tmp_path / "second.polyalign")
        client.call("DELETE", "/api/projects/p1")
        (second,) = client.get("/api/projects")
        client.call("PATCH", f"/api/projects/{second['id']}", json={"name": "harbour"})
        client.call("DELETE", f"/api/projects/{second['id']}")
        first, other = client.get("/api/deleted")
        assert first["id"] != other["id"]
        for gone in (first, other):
            client.post(f"/api/deleted/{gone['id']}/back")
        assert len(set(names(client))) == 2

    def test_its_jobs_end_with_it(self, client: Client) -> None:
        text = " ".join(f"The ship {k} left the harbour at noon." for k in range(3_000))
        sent = {"source": {"text": text, "language": "en"}, "target": {"text": text, "language": "tr"}}
        job = client.post("/api/projects/p1/pair", sent)["job"]
        client.call("DELETE", "/api/projects/p1")
        assert client.get(f"/api/jobs/{job}")["state"] == "cancelled"

    def test_an_empty_project_is_gone(self, client: Client, tmp_path: Path) -> None:
        empty = client.post("/api/projects", {"name": "empty"})
        assert client.call("DELETE", f"/api/projects/{empty['id']}").json()["id"] == ""
        assert files(tmp_path) == {"harbour.polyalign"}
        again = client.post("/api/projects", {"name": "empty"})
        assert again["id"] not in (empty["id"], "p1")

    @pytest.mark.parametrize("name", ["x", "..%2fharbour", "harbour"])
    def test_what_is_not_deleted_is_not_brought_back(self, client: Client, name: str) -> None:
        assert client.call("POST", f"/api/deleted/{name}/back").status_code == 404

    def test_only_projects_of_the_folder(self, tmp_path: Path) -> None:
        """A project that was named to the server stays where its user has it."""
        (tmp_path / "folder").mkdir()
        path = made_project(tmp_path / "mine.polyalign")
        with Desk([path], tmp_path / "folder", flagging=flagging()) as desk, client_of(desk) as client:
            for method, place in (("DELETE", ""), ("POST", "/copy"), ("PATCH", "")):
                sent: dict[str, Any] = {"json": {"name": "x"}} if method == "PATCH" else {}
                assert client.call(method, f"/api/projects/p1{place}", **sent).status_code == 403
        assert path.exists()

    def test_a_reader_deletes_nothing(self, client: Client, tmp_path: Path) -> None:
        client.token = TOKENS.reader
        for method, place in (
            *(("DELETE", "projects/p1"), ("PATCH", "projects/p1"), ("POST", "projects/p1/copy")),
            *(("POST", "deleted/x/back"), ("POST", "look")),
        ):
            assert client.call(method, f"/api/{place}").status_code == 403
        assert files(tmp_path) == {"harbour.polyalign"}


class TestLooking:
    def test_texts_pairs_and_what_is_neither(self, client: Client, tmp_path: Path) -> None:
        pairs = tmp_path / "pairs.tsv"
        pairs.write_text("tr\ten\nEvet, geldi.\tYes, he came.\nHayır.\tNo.\n", encoding="utf-8")
        given = [SEEDS / "baku.ar.txt", SEEDS / "baku.en.txt", TURKISH, pairs]
        sent = [("file", (path.name, path.read_bytes())) for path in given]
        sent.append(("file", ("x.pdf", b"%PDF-1.4 nothing")))
        found = client.call("POST", "/api/look", files=sent).json()
        assert [one["name"] for one in found] == [path.name for path in given] + ["x.pdf"]
        assert [(one["kind"], one["languages"]) for one in found] == [
            *(("text", [tag]) for tag in ("ar", "en", "tr")),
            *(("pairs", ["tr", "en"]), ("nothing", [])),
        ]
        assert "x.pdf" in found[-1]["error"]
        assert not any(one["error"] for one in found[:-1])
        assert polyalign.detect(given[0].read_text("utf-8")).language == "ar"

    def test_nothing_and_no_files(self, client: Client) -> None:
        assert client.call("POST", "/api/look", json={}).status_code == 400
        answer = client.call("POST", "/api/look", files=[("other", ("a.txt", b"One."))])
        assert answer.json() == []
