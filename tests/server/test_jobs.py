"""Long work: in children that can be ended, one at a time, with news of how far it is."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any, ClassVar

import pytest

import polyalign
from polyalign.parts import Bead
from polyalign.progress import Stage
from polyalign.server.answers import Job
from polyalign.server.desk import Desk
from polyalign.server.events import Events
from polyalign.server.jobs import MAX_WAITING, Jobs, Task, folder
from polyalign.server.refusals import BusyError, UnknownError
from polyalign.server.work import Passages, Realign, Text, Typed, Upload
from tests.helpers.server_client import (
    OPERATIONS,
    ROWS,
    SOURCE,
    TARGET,
    Client,
    Fatal,
    Slow,
    client_of,
    made_project,
)
from tests.helpers.server_client import client as client
from tests.helpers.tiny_marian import Tiny

ENGLISH = "The ship left the port at dawn. Forty workers stayed behind. The mayor spoke to them."
ARABIC = "غادرت السفينة الميناء عند الفجر. بقي أربعون عاملا. تحدث إليهم العمدة."


@pytest.fixture
def seen() -> list[Job]:
    """All that was published."""
    return []


@pytest.fixture
def jobs(seen: list[Job]) -> Iterator[Jobs]:
    made = Jobs(seen.append)
    yield made
    made.close()


def job(jobs: Jobs, order: Any, keep: Callable[[Any], dict[str, int]] = lambda _: {}) -> Job:
    return jobs.start(Job("", "pair", "p1", None), Task(order, keep, folder()))


def over(jobs: Jobs, name: str) -> Job:
    return waited(jobs, name, lambda job: job.over)


def waited(jobs: Jobs, name: str, until: Callable[[Job], bool]) -> Job:
    end = time.monotonic() + 180  # a child process loads what it needs, on a machine with many guests
    while not until(jobs.job(name)):
        assert time.monotonic() < end, jobs.job(name)
        time.sleep(0.01)
    return jobs.job(name)


class TestJobs:
    def test_progress_is_told_and_the_result_kept(self, jobs: Jobs, seen: list[Job]) -> None:
        kept: list[int] = []

        def keep(result: int) -> dict[str, int]:
            kept.append(result)
            return {"bitext": result}

        found = over(jobs, job(jobs, Slow(3), keep).id)
        assert (found.state, found.result, kept) == ("done", {"bitext": 3}, [3])
        told = [(one.state, one.says, one.done, one.total) for one in seen]
        assert told[:2] == [("waiting", "", 0, None), ("running", "", 0, None)]
        assert ("running", "stepping: 2 of 3 steps", 2, 3) in told
        assert told[-1][0] == "done"

    @pytest.mark.parametrize(
        ("how", "error"),
        [
            ("killed", "ended from outside"),
            ("broken", "failed inside polyalign: ZeroDivisionError"),
            ("refused", "this text is refused: give another"),
            ("memory", "memory ran out"),
        ],
    )
    def test_what_fails_says_why_in_one_line(self, jobs: Jobs, how: str, error: str, caplog: Any) -> None:
        found = over(jobs, job(jobs, Fatal(how)).id)
        assert (found.state, found.result) == ("failed", None)
        assert error in found.error
        assert "secret" not in found.error
        assert ("a secret" in caplog.text) == (how == "broken")
        assert over(jobs, job(jobs, Fatal("noisy")).id).state == "done"

    @pytest.mark.parametrize(
        "last", ["import sys; sys.stdin.close()", """print('{"says": "half a li', end="")"""]
    )
    def test_a_child_that_dies_before_or_while_it_speaks_was_ended_from_outside(
        self, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, last: str
    ) -> None:
        def dead(_: str) -> subprocess.Popen[bytes]:
            child = subprocess.Popen([sys.executable, "-c", last], stdin=PIPE, stdout=PIPE)
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            return child

        monkeypatch.setattr("polyalign.server.jobs.started", dead)
        begun = job(jobs, Fatal("noisy"))
        assert "ended from outside" in over(jobs, begun.id).error

    def test_a_failure_to_keep_the_result_is_one_of_the_job(self, jobs: Jobs, caplog: Any) -> None:
        def keep(_: Any) -> dict[str, int]:
            raise ZeroDivisionError("a secret")

        found = over(jobs, job(jobs, Fatal("noisy"), keep).id)
        assert (found.state, "secret" in found.error, "a secret" in caplog.text) == ("failed", False, True)

    def test_a_running_job_ends_at_once_when_cancelled(self, jobs: Jobs) -> None:
        slow = job(jobs, Slow())
        waited(jobs, slow.id, lambda now: now.done > 1)
        begun = time.monotonic()
        assert jobs.cancel(slow.id).state == "cancelled"
        assert over(jobs, job(jobs, Slow(1)).id).state == "done"
        assert time.monotonic() - begun < 20
        assert jobs.job(slow.id).state == "cancelled"

    def test_a_waiting_job_never_begins_when_cancelled(self, jobs: Jobs, seen: list[Job]) -> None:
        first, second = job(jobs, Slow(20)), job(jobs, Slow(1))
        jobs.cancel(second.id)
        over(jobs, first.id)
        assert [one.state for one in seen if one.id == second.id] == ["waiting", "cancelled"]

    def test_what_is_over_cannot_be_cancelled(self, jobs: Jobs) -> None:
        done = over(jobs, job(jobs, Slow(1)).id)
        assert jobs.cancel(done.id) == done
        with pytest.raises(UnknownError):
            jobs.cancel("j99")

    def test_one_at_a_time_and_not_too_many(self, jobs: Jobs) -> None:
        first = job(jobs, Slow())
        waited(jobs, first.id, lambda now: now.state == "running")
        names = [job(jobs, Slow(1)).id for _ in range(MAX_WAITING)]
        with pytest.raises(BusyError):
            job(jobs, Slow(1))
        assert [one.state for one in jobs.listed()].count("running") == 1
        for name in names:
            jobs.cancel(name)
        assert job(jobs, Slow(1)).state == "waiting"

    def test_the_files_of_a_job_go_with_it(self, jobs: Jobs) -> None:
        places = []
        for order in (Slow(1), Fatal("broken"), Slow()):
            place = folder()
            places.append(place)
            begun = jobs.start(Job("", "pair", "p1", None), Task(order, lambda _: {}, place))
        waited(jobs, begun.id, lambda now: now.state == "running")
        jobs.cancel(begun.id)
        jobs.close()
        assert not [place for place in places if place.exists()]

    def test_closing_ends_the_work(self) -> None:
        jobs = Jobs()
        names = [job(jobs, Slow()).id for _ in range(3)]
        jobs.close()
        assert {jobs.job(name).state for name in names} == {"cancelled"}


class TestEvents:
    def test_every_stream_gets_what_is_published_while_it_is_open(self) -> None:
        async def hear() -> list[list[str]]:
            events = Events()
            streams = [events.stream(), events.stream()]
            for stream in streams:
                assert (await anext(stream)).startswith("retry:")
            await asyncio.to_thread(events.publish, "job", Job("j1", "pair", "p1", None))
            events.publish("revision", {"text": "سطر\nثان"})
            events.close()
            return [[news async for news in stream] for stream in streams]

        one, other = asyncio.run(hear())
        assert one == other
        assert one[0].startswith('event: job\ndata: {"id": "j1"')
        assert one[1].count("\n") == 3
        assert json.loads(one[1].split("data: ")[1]) == {"text": "سطر\nثان"}

    def test_a_sign_of_life_when_nothing_happens(self) -> None:
        async def hear() -> list[str]:
            stream = Events(pulse=0.01).stream()
            heard = [await anext(stream) for _ in range(3)]
            await stream.aclose()  # type: ignore[attr-defined]
            return heard

        assert asyncio.run(hear())[1:] == [": still here\n\n"] * 2

    def test_a_stream_that_is_gone_costs_nothing(self) -> None:
        events = Events()

        async def leave() -> None:
            stream = events.stream()
            await anext(stream)
            await stream.aclose()  # type: ignore[attr-defined]

        asyncio.run(leave())
        events.publish("job", {})
        assert not events._open

    def test_a_page_far_behind_is_let_go(self) -> None:
        async def hear() -> int:
            events = Events()
            stream = events.stream()
            await anext(stream)
            for _ in range(2000):
                events.publish("job", {})
            return len([news async for news in stream])

        assert asyncio.run(hear()) == 0


def files(**texts: tuple[str, bytes]) -> dict[str, Any]:
    return {"files": {field: (name, io.BytesIO(data)) for field, (name, data) in texts.items()}}


def beside(folder: Path) -> list[Path]:
    """What stands beside a folder, but the cache that the first test of a process makes."""
    return sorted(path for path in folder.parent.iterdir() if path.name != "polyalign-cache")


class TestDocumentsThatComeIn:
    def test_two_texts_become_a_bitext(self, client: Client) -> None:
        body = {
            "source": {"text": ENGLISH, "name": "<b>one"},
            "target": {"text": ARABIC, "language": "ar"},
            "mode": "parallel",
        }
        found = client.over(client.post("/api/projects/p1/pair", body)["job"])
        assert (found["state"], found["result"]) == ("done", {"bitext": 2})
        (bitext,) = client.get("/api/projects/p1")["bitexts"][1:]
        assert (bitext["source"]["path"], bitext["target"]["path"]) == ("<b>one", "target")
        assert (bitext["source"]["language"], bitext["target"]["language"]) == ("en", "ar")
        rows = client.get("/api/projects/p1/bitexts/2/rows")["rows"]
        assert [row["kind"] for row in rows] == ["1-1"] * 3
        assert client.post(OPERATIONS, {"operation": "unlink", "row": rows[0]["id"]})["bitext"] == 2

    def test_two_files_become_a_bitext(self, client: Client, tmp_path: Path) -> None:
        sent = files(
            source=("../../é.txt", ENGLISH.encode("utf-16")), target=("b.html", f"<p>{ARABIC}</p>".encode())
        )
        before = beside(tmp_path)
        answer = client.call("POST", "/api/projects/p1/pair", data={"target_language": "ar"}, **sent)
        assert answer.status_code == 202
        assert client.over(answer.json()["job"])["state"] == "done"
        bitext = client.get("/api/projects/p1")["bitexts"][1]
        assert (bitext["name"], bitext["source"]["path"]) == ("é.txt – b.html", "é.txt")
        assert beside(tmp_path) == before

    @pytest.mark.parametrize("suffix", ["tmx", "json", "xliff", "xlsx", "tsv"])
    def test_a_file_of_pairs_is_read(self, client: Client, suffix: str) -> None:
        export = client.call("GET", "/api/projects/p1/bitexts/1/export", params={"format": suffix})
        sent = files(file=(f"pairs.{suffix}", export.content))
        answer = client.call("POST", "/api/projects/p1/bitexts", **sent)
        found = client.over(answer.json()["job"])
        assert (found["kind"], found["state"]) == ("read", "done"), found
        rows = client.get(f"/api/projects/p1/bitexts/{found['result']['bitext']}/rows", kind="1-1")["rows"]
        assert rows[0]["source"][0]["text"] == SOURCE[0]

    def test_the_languages_asked_for_are_taken_of_a_file(self, client: Client) -> None:
        variants = "".join(
            f'<tuv xml:lang="{tag}"><seg>{text}</seg></tuv>'
            for tag, text in (("en", "Light"), ("ar", "ضوء"), ("tr", "Işık"))
        )
        data = f'<tmx version="1.4"><header srclang="en"/><body><tu>{variants}</tu></body></tmx>'.encode()
        for asked, state in (("ar", "done"), ("fr", "failed")):
            answer = client.call(
                "POST",
                "/api/projects/p1/bitexts",
                data={"source_language": "tr", "target_language": asked},
                **files(file=("pairs.xml", data)),
            )
            assert client.over(answer.json()["job"])["state"] == state
        (bitext,) = client.get("/api/projects/p1")["bitexts"][1:]
        assert (bitext["source"]["language"], bitext["target"]["language"]) == ("tr", "ar")
        wrong = {"source_language": "not a tag"}
        answer = client.call("POST", "/api/projects/p1/bitexts", data=wrong, **files(file=("a.tmx", data)))
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("name", "data", "error"),
        [
            ("bad.tmx", b"no XML", "bad.tmx: line 1"),
            ("bad.json", b"{}", "not a bitext"),
            ("bad.exe", b"x", "bad.exe: no bitext is read from this suffix"),
            ("none", b"x", "none: no bitext is read"),
            ("bomb.tmx.gz", b"\x1f\x8b\x08\x00broken", "bomb.tmx.gz"),
        ],
    )
    def test_a_bad_file_fails_under_its_own_name(
        self, client: Client, name: str, data: bytes, error: str
    ) -> None:
        answer = client.call("POST", "/api/projects/p1/bitexts", **files(file=(name, data)))
        found = client.over(answer.json()["job"])
        assert found["state"] == "failed"
        assert error in found["error"]
        assert "polyalign-" not in found["error"]
        assert len(client.get("/api/projects/p1")["bitexts"]) == 1

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({"json": {}}, 422),
            ({"json": {"source": {"text": "a"}, "target": {"text": "b", "language": "../x"}}}, 422),
            ({"json": {"source": {"text": "a"}, "target": {"text": "b"}, "mode": "x"}}, 422),
            ({"content": b"[" * 99999, "headers": {"content-type": "application/json"}}, 422),
            ({"content": b"x"}, 400),
            ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
            ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=y"}}, 400),
            ({"data": {"source": "text"}, "files": {"target": ("t", b"x")}}, 422),
            ({"files": {"source": ("s", b"x")}}, 400),
            ({"files": [("source", ("s", b"x"))] * 3}, 400),
            (
                {"files": {"source": ("s", b"x"), "target": ("t", b"x")}, "data": {"target_language": "??"}},
                422,
            ),
        ],
    )
    def test_what_is_no_pair_is_refused(self, client: Client, asked: dict[str, Any], status: int) -> None:
        answer = client.call("POST", "/api/projects/p1/pair", **asked)
        assert answer.status_code == status, answer.text
        assert isinstance(answer.json()["detail"], str)
        assert client.get("/api/jobs") == []

    @pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=y"])
    def test_a_damaged_form_has_a_fault(self, client: Client, kind: str) -> None:
        """The page says it in its own language by that word, or by the message: `refused.form`."""
        answer = client.call("POST", "/api/projects/p1/pair", content=b"x", headers={"content-type": kind})
        assert answer.json()["fault"] == "damaged"
        assert re.fullmatch(r"the form cannot be read \(.+\): send it again", answer.json()["detail"])

    def test_an_empty_text_fails_in_words(self, client: Client) -> None:
        body = {"source": {"text": " "}, "target": {"text": "b"}}
        found = client.over(client.post("/api/projects/p1/pair", body)["job"])
        assert (found["state"], found["error"]) == ("failed", "source is empty: give a text with sentences")


class TestPairAtOnce:
    """Two texts in, a bitext out, in one call; no project knows of it."""

    BODY: ClassVar = {
        "source": {"text": ENGLISH, "language": "en"},
        "target": {"text": ARABIC, "language": "ar"},
    }

    def test_in_the_format_that_is_asked_for(self, client: Client) -> None:
        before = client.get("/api/projects")
        answer = client.call("POST", "/api/pair?format=jsonl&unaligned=false&wait=600", json=self.BODY)
        rows = [json.loads(line) for line in answer.text.splitlines()]
        assert answer.status_code == 200, answer.text
        assert [(row["source"], row["target"]) for row in rows] == [([i], [i]) for i in range(len(rows))]
        assert rows
        assert "filename" in answer.headers["content-disposition"]
        files = {"source": ("en.txt", ENGLISH.encode()), "target": ("ar.txt", ARABIC.encode())}
        tmx = client.call("POST", "/api/pair?format=tmx&wait=600", files=files)
        assert tmx.text.startswith("<?xml")
        assert "en-ar.tmx" in tmx.headers["content-disposition"]
        assert client.get("/api/projects") == before

    def test_what_takes_longer_is_a_job_with_a_result(self, client: Client) -> None:
        answer = client.call("POST", "/api/pair?wait=0", json=self.BODY)
        assert answer.status_code == 202
        job = answer.json()["job"]
        assert client.over(job)["state"] == "done"
        found = client.get(f"/api/jobs/{job}/result")
        assert (found["schema"], len(found["beads"])) == ("polyalign.bitext/1", len(ARABIC.split(". ")))

    @pytest.mark.parametrize(
        ("query", "text", "status"), [("", " ", 400), ("?format=doc", "One.", 400), ("?wait=-1", "One.", 422)]
    )
    def test_what_cannot_be_is_refused(self, client: Client, query: str, text: str, status: int) -> None:
        body = {"source": {"text": text}, "target": {"text": "Two."}}
        assert client.call("POST", f"/api/pair{query}", json=body).status_code == status
        assert client.call("GET", "/api/jobs/j99/result").status_code == 404


class TestWorkOnABitext:
    def test_what_nobody_settled_is_aligned_anew(self, client: Client) -> None:
        rows = client.rows()
        kept = [row for row in rows if row["comment"]]
        client.do("mark", rows=[rows[0]["id"]], state="confirmed")
        parted = next(
            row for row in client.rows(kind="1-1") if row not in kept and row["id"] != rows[0]["id"]
        )
        client.do("unlink", row=parted["id"])  # so that there is something to do
        rows = client.rows()
        found = client.over(client.post("/api/projects/p1/bitexts/1/realign")["job"])
        assert (found["kind"], found["state"], found["bitext"]) == ("realign", "done", 1), found
        after = client.rows()
        assert [row for row in after if row["comment"]] == kept
        assert after[0]["state"] == "confirmed"
        held = [segment["text"] for row in after for side in ("source", "target") for segment in row[side]]
        assert sorted(held) == sorted(SOURCE + TARGET)
        undone = client.post("/api/projects/p1/undo", {})
        assert (undone["operation"], [r["id"] for r in client.rows()]) == ("realign", [r["id"] for r in rows])

    def test_what_it_would_change_is_taken_or_left(self, client: Client) -> None:
        """Each change by itself: what is taken is done, what is left stays, and one undo takes it back."""
        for row in client.rows(kind="1-1")[1:3]:
            client.do("unlink", row=row["id"])
        rows = client.rows()
        found = client.over(client.post("/api/projects/p1/bitexts/1/realign", {"preview": True})["job"])
        assert client.rows() == rows
        number, count = found["result"]["proposals"], found["result"]["changes"]
        proposed = client.get(f"/api/projects/p1/proposals/{number}")
        assert [change["number"] for change in proposed] == list(range(count))
        for change in proposed:
            sentences = [
                sorted(s["text"] for row in change[when] for side in ("source", "target") for s in row[side])
                for when in ("before", "after")
            ]
            assert sentences[0] == sentences[1]
            assert {row["id"] for row in change["before"]} <= {row["id"] for row in rows}
        gone = {row["id"] for row in proposed[0]["before"]}
        asked = {"proposals": number, "chosen": [0], "key": "k"}
        for _ in range(2):  # whose answer got lost asks again
            made = client.post("/api/projects/p1/realigned", asked)
            assert set(made["removed"]) == gone
        after = client.rows()
        assert {row["id"] for row in rows} - {row["id"] for row in after} == gone
        assert [row["origin"] for row in after if row["id"] not in {r["id"] for r in rows} and row["target"]]
        client.post("/api/projects/p1/undo", {})
        assert [row["id"] for row in client.rows()] == [row["id"] for row in rows]
        client.do("mark", rows=[min(gone)], state="rejected")
        refused = client.call("POST", "/api/projects/p1/realigned", json={"proposals": number, "chosen": [0]})
        assert refused.status_code == 409
        unknown = client.call("GET", "/api/projects/p1/proposals/99")
        assert (unknown.status_code, "realign once more" in unknown.json()["detail"]) == (400, True)

    def test_a_row_that_changed_meanwhile_stops_it(self, client: Client) -> None:
        row = client.rows(kind="1-1")[0]["id"]
        jobs: Jobs = client.app.state.parts.jobs
        slow = job(jobs, Slow())
        started = client.post("/api/projects/p1/bitexts/1/realign")["job"]
        client.do("mark", rows=[row], state="rejected")
        before = client.rows()
        jobs.cancel(slow.id)
        found = client.over(started)
        assert found["state"] == "failed"
        assert found["error"]
        assert client.rows() == before

    def test_beads_come_back_under_the_ids_of_the_project(self) -> None:
        source = Passages("en", dict(zip((70, 10, 30), ENGLISH.split(". "), strict=True)))
        target = Passages("ar", dict(zip((5, 9, 7), ARABIC.split(". "), strict=True)))
        said: list[Stage] = []
        beads = Realign(source, target, "parallel").result(said.append)
        assert [(bead.source, bead.target) for bead in beads] == [((70,), (5,)), ((10,), (9,)), ((30,), (7,))]
        assert all(isinstance(bead, Bead) for bead in beads)
        assert said
        assert Realign(source, Passages("ar", {})).result(said.append) == ()

    def test_without_a_model_nothing_is_translated(self, client: Client) -> None:
        assert client.get("/api/session")["translators"] is False
        answer = client.call("POST", "/api/projects/p1/bitexts/1/translate")
        assert (answer.status_code, "models pull" in answer.json()["detail"]) == (503, True)

    def test_an_installed_model_translates_beside_the_page(
        self, client: Client, tiny_ar_en: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path / "models"))
        tiny_ar_en.copied(tmp_path / "models" / "ar-en")
        assert client.get("/api/session")["translators"] is True
        started = client.call("POST", "/api/projects/p1/bitexts/1/translate").json()["job"]
        found = client.over(started if isinstance(started, str) else started["id"])
        assert (found["state"], found["error"]) == ("done", "")
        sides = [(row["source"], row["target"]) for row in client.rows()]
        # what so small a model makes of texts that it never saw is no translation, and comes as ""
        assert all(s["translation"] is not None for _, target in sides for s in target)
        assert all(s["translation"] is None for source, _ in sides for s in source)
        assert client.get("/api/projects/p1")["undo"] == "translate"

    def test_a_job_is_cancelled_over_http(self, client: Client) -> None:
        slow = job(client.app.state.parts.jobs, Slow())
        assert client.call("DELETE", f"/api/jobs/{slow.id}").json()["state"] == "cancelled"
        assert [held["id"] for held in client.get("/api/jobs")] == [slow.id]
        assert client.call("DELETE", "/api/jobs/j99").status_code == 404

    def test_too_many_jobs_are_refused(self, client: Client) -> None:
        jobs: Jobs = client.app.state.parts.jobs
        running = job(jobs, Slow())
        waited(jobs, running.id, lambda now: now.done > 1)  # else it leaves the queue when it is full
        for _ in range(MAX_WAITING):
            job(jobs, Slow())
        answer = client.call("POST", "/api/projects/p1/bitexts/1/realign")
        assert answer.status_code == 429


def test_notes_and_errors_name_a_file_as_the_user_does(tmp_path: Path) -> None:
    upload = Upload(tmp_path / "source.md", "my notes.md")
    upload.path.write_bytes(b"")
    with pytest.raises(polyalign.InputError, match=r"^my notes\.md"):
        Text(upload).document()
    upload.path.write_text("# A title\n\nSome text.", encoding="utf-8")
    document = Text(upload, "en").document()
    assert (document.path, document.language) == ("my notes.md", "en")
    assert str(tmp_path) not in " ".join(document.notes)
    assert Typed("Some text.", "x", "en").document().text == "Some text."


def test_findings_are_those_of_the_text_as_it_is_now(tmp_path: Path) -> None:
    with Desk([made_project(tmp_path / "a.polyalign")]) as desk, client_of(desk) as client:
        row = client.rows(flag="numbers")[0]
        segment = row["source"][0]
        client.do("edit", segment=segment["id"], text=segment["text"].replace("40", "41"))
        assert "numbers" not in [flag["name"] for flag in client.get(f"{ROWS}/{row['id']}")["row"]["flags"]]
        client.post("/api/projects/p1/undo", {})
        assert client.get(f"{ROWS}/{row['id']}")["row"]["flags"] == row["flags"]
