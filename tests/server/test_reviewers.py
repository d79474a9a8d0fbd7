"""Several reviewers, corrected scores, presets of exports, figures: the laws, and the same over HTTP."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.errors import UsageError
from polyalign.formats import read_bitext
from polyalign.server.calibrating import LEAST, Calibration, fitted
from polyalign.server.presets import PRESETS
from polyalign.server.statistics import worked
from polyalign.store import Store
from polyalign.store.reviewers import kappa
from polyalign.store.rows import PARTS
from tests.helpers.server_client import Client, Served, made_project
from tests.helpers.server_client import client as client

EVIL = "<img src=x onerror=alert(1)>"
BITEXT = "/api/projects/p1/bitexts/1"
STATES = st.sampled_from(["confirmed", "rejected", "needs-review"])
DECIDED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=LEAST, max_size=60)


def calibrated(decided: Iterable[tuple[float, bool]]) -> Calibration:
    return fitted(Counter((round(score * PARTS), right) for score, right in decided))


class TestCalibration:
    def test_few_decisions_leave_scores_as_they_are(self) -> None:
        curve = calibrated([(0.9, False)] * (LEAST - 1))
        assert curve == Calibration()
        assert curve.probability(0.37) == 0.37

    @given(DECIDED)
    def test_it_rises_and_does_not_depend_on_the_order(self, decided: list[tuple[float, bool]]) -> None:
        curve = calibrated(decided)
        assert curve == calibrated(decided[::-1])
        values = [value for _, value in curve.curve]
        assert values == sorted(values)
        assert all(0 <= value <= 1 for value in values)
        assert curve.decisions == len(decided)

    def test_scores_that_are_right_stay_and_wrong_ones_move(self) -> None:
        """Of 2,000 pairs: where scores are exact the curve is the diagonal, else it comes near the truth."""
        chance = Random(7)
        scores = [chance.random() for _ in range(2_000)]
        exact = calibrated((s, chance.random() < s) for s in scores)
        squared = calibrated((s, chance.random() < s**2) for s in scores)
        for score in (0.2, 0.5, 0.8, 0.95):
            assert exact.probability(score) == pytest.approx(score, abs=0.05)
            assert squared.probability(score) == pytest.approx(score**2, abs=0.05)

    def test_the_fit_is_the_maximum(self) -> None:
        """As SciPy's minimiser finds it on the same penalised likelihood."""
        from math import log

        from scipy.optimize import minimize

        chance = Random(3)
        decided = [(round(chance.random(), 2), chance.random() < 0.6) for _ in range(200)]

        def loss(at: list[float]) -> float:
            curve = Calibration(at[0], at[1], at[2], 1)
            ps = [(curve.probability(s), right) for s, right in decided]
            fit = -sum(log(p if right else 1 - p) for p, right in ps)
            return fit + 2 * (at[0] - 1) ** 2 + 2 * (at[1] - 1) ** 2 + at[2] ** 2 / 2

        best = minimize(loss, [1, 1, 0], bounds=[(0, None), (0, None), (None, None)])
        ours = calibrated(decided)
        assert loss([ours.a, ours.b, ours.c]) == pytest.approx(best.fun, abs=0.05)

    def test_what_is_expected_says_that_it_is_corrected(self, client: Client) -> None:
        before = client.get("/api/projects/p1")["bitexts"][0]["progress"]
        assert (before["decisions"], before["curve"]) == (0, None)
        found = client.get(f"{BITEXT}/calibration")
        assert (found["curve"], found["expected"]) == ([], found["uncorrected"])


class TestKappa:
    @given(st.lists(st.tuples(STATES, STATES), min_size=1, max_size=40))
    def test_it_is_symmetric_and_at_most_one(self, pairs: list[tuple[str, str]]) -> None:
        found = kappa(pairs)
        other = kappa([(b, a) for a, b in pairs])
        assert found == other if found is None or other is None else found == pytest.approx(other)
        assert found is None or found <= 1
        assert (found is None or found == 1) == all(a == b for a, b in pairs)

    def test_a_table_by_hand(self) -> None:
        """70 of 100 agree, where the margins (.5 .3 .2 and .6 .3 .1) alone give .41."""
        table = {("a", "a"): 44, ("a", "b"): 5, ("a", "c"): 1, ("b", "a"): 7, ("b", "b"): 20, ("b", "c"): 3}
        table |= {("c", "a"): 9, ("c", "b"): 5, ("c", "c"): 6}
        pairs = [pair for pair, count in table.items() for _ in range(count)]
        assert kappa(pairs) == pytest.approx((0.70 - 0.41) / (1 - 0.41))


class TestSeveral:
    def test_threads_and_verdicts_over_real_http(self, tmp_path: Path) -> None:
        with Served(made_project(tmp_path / "harbour.polyalign")) as served, served.client() as client:

            def do(operation: str, **fields: object) -> Any:
                answer = client.post("/api/projects/p1/operations", json={"operation": operation, **fields})
                assert answer.status_code == 200, answer.text
                return answer.json()

            rows = client.get(f"{BITEXT}/rows").json()["rows"]
            ids = [row["id"] for row in rows if row.get("source") and row.get("target")]
            do("comment", row=ids[0], text=EVIL, who="Ada")
            (row,) = do("reply", row=ids[0], text=EVIL, who="Bo")["rows"]
            assert [(r["who"], r["text"]) for r in row["replies"]] == [("Ada", ""), ("Bo", EVIL)]
            do("mark", rows=ids[:4], state="confirmed", who="Ada")
            do("mark", rows=ids[:3], state="confirmed", who="Bo")
            do("mark", rows=ids[3:4], state="rejected", who="Bo")
            found = client.get(f"{BITEXT}/agreement").json()
            (pair,) = found["agreements"]
            assert (pair["one"], pair["other"], pair["rows"], pair["agreed"]) == ("Ada", "Bo", 4, 3)
            assert [row["id"] for row in found["disputed"]] == [ids[3]]
            do("settle", rows=[ids[3]], state="confirmed", who="Ada")
            found = client.get(f"{BITEXT}/agreement").json()
            assert (found["disputed"], found["agreements"][0]["agreed"]) == ([], 3)
            figures = client.get(f"{BITEXT}/statistics").json()
            assert sum(share["accepted"] for share in figures["shares"]) == 4
            assert {one["who"] for one in figures["work"]} == {"Ada", "Bo"}

    def test_undo_takes_back_a_verdict_and_a_reply(self, tmp_path: Path) -> None:
        with Store(made_project(tmp_path / "x.polyalign"), who="Ada") as store:
            row = store.rows(1)[0].id
            with pytest.raises(UsageError):
                store.reply(row, "to nothing")
            store.comment(row, "?")
            store.reply(row, "!", who="Bo")
            store.mark([row], "rejected", who="Bo")
            assert (len(store.replies(row)), len(store.verdicts_of(row))) == (2, 1)
            store.mark([row], "auto", who="Bo")
            assert store.verdicts_of(row) == ()
            store.undo()
            assert [v.who for v in store.verdicts_of(row)] == ["Bo"]
            store.undo()
            store.undo()
            assert [(r.who, r.text) for r in store.replies(row)] == [("Ada", "")]
            store.comment(row, "")
            assert store.replies(row) == ()

    def test_a_thread_goes_with_its_row_and_decisions_do_not(self, tmp_path: Path) -> None:
        with Store(made_project(tmp_path / "x.polyalign"), who="Ada") as store:
            one, other = (row.id for row in store.rows(1)[:2])
            for row in (one, other):
                store.comment(row, f"on {row}")
                store.reply(row, f"answer {row}", who="Bo")
                store.mark([row], "confirmed")
            (merged,) = store.merge([one, other]).rows
            said = {reply.text for reply in store.replies(merged.id)}
            assert said == {"", f"answer {one}", f"answer {other}"}
            assert store.verdicts_of(merged.id) == ()

    def test_hours_without_pauses(self) -> None:
        at = ["2026-01-01T10:00:00Z", "2026-01-01T10:02:00Z", "2026-01-01T18:00:00Z"]
        (one,) = worked([("Ada", time, 10) for time in at])
        assert (one.operations, one.rows) == (3, 30)
        assert one.hours == pytest.approx((120 + 15 + 15) / 3600, abs=1e-3)


class TestPresets:
    def test_nothing_unreviewed_unless_asked(self, client: Client, tmp_path: Path) -> None:
        refused = client.call("GET", f"{BITEXT}/presets/memoq")
        assert (refused.status_code, "confirmed" in refused.json()["detail"]) == (400, True)
        ids = [row["id"] for row in client.rows() if row["source"] and row["target"]]
        client.do("mark", rows=ids[:2], state="confirmed")
        client.do("mark", rows=ids[2:3], state="rejected")
        told = {one["name"]: one for one in client.get(f"{BITEXT}/presets")}
        assert told.keys() == PRESETS.keys()
        assert told["memoq"]["pairs"] == 2
        assert told["memoq"]["left_out"] == {"unreviewed": 2, "rejected": 1, "alone": 4}
        path = tmp_path / "x.tmx"
        for asked, count in ((False, 2), (True, 4)):
            answer = client.call("GET", f"{BITEXT}/presets/memoq", params={"unreviewed": asked})
            path.write_bytes(answer.content)
            assert len(read_bitext(path).beads) == count

    def test_the_glossary_goes_along_where_the_tool_looks_for_it(self, client: Client) -> None:
        term = {"source_language": "en", "target_language": "ar", "source": EVIL, "targets": ["أ", "ب"]}
        client.do("add_terms", given=[term])
        names = {}
        for name in ("omegat", "memoq"):
            answer = client.call("GET", f"{BITEXT}/presets/{name}", params={"unreviewed": True})
            archive = zipfile.ZipFile(io.BytesIO(answer.content))
            names[name] = {
                path.rpartition("/")[0] + "|" + path.rpartition(".")[2] for path in archive.namelist()
            }
            if name == "omegat":
                inside = next(path for path in archive.namelist() if path.endswith(".utf8"))
                assert archive.read(inside).decode() == f"{EVIL}\tأ, ب\n"
        assert names == {"omegat": {"tm|tmx", "glossary|utf8"}, "memoq": {"|tmx", "|tbx"}}

    @pytest.mark.parametrize("name", ["x", "..", EVIL])
    def test_what_is_no_preset_is_refused(self, client: Client, name: str) -> None:
        assert client.call("GET", f"{BITEXT}/presets/{name}").status_code in (400, 404, 422)


class TestReturned:
    def test_a_spreadsheet_comes_back_over_http(self, client: Client) -> None:
        """What a colleague changed is told first, then taken over; one undo takes it back."""
        import openpyxl

        sent = client.call("GET", f"{BITEXT}/presets/colleague", params={"unreviewed": True}).content
        book = openpyxl.load_workbook(io.BytesIO(sent))
        sheet = book.worksheets[0]
        cell = next(c for row in sheet.iter_rows() for c in row if str(c.value).startswith("The council met"))
        cell.value = f"The council met {EVIL}"
        changed = io.BytesIO()
        book.save(changed)
        where = "/api/projects/p1/update"
        for dry in (True, False):
            files = {"file": ("back.xlsx", changed.getvalue())}
            answer = client.call("POST", where, params={"dry": dry}, files=files)
            assert answer.status_code == 200, answer.text
            (one,) = answer.json()["changes"]
            assert (one["what"], one["after"], one["why"]) == ("source", f"The council met {EVIL}", "")
            held = client.rows()[0]["source"][0]["text"]
            assert (EVIL in held) == (not dry)
        client.post("/api/projects/p1/undo", {})
        assert EVIL not in client.rows()[0]["source"][0]["text"]

    @pytest.mark.parametrize("data", [b"", b"PK", b"<x/>"])
    def test_what_did_not_come_from_here_is_refused(self, client: Client, data: bytes) -> None:
        answer = client.call("POST", "/api/projects/p1/update", files={"file": ("x.xlsx", data)})
        assert answer.status_code == 400
        assert "/tmp" not in answer.json()["detail"]
