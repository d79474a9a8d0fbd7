"""What several reviewers say of one row: answers to its comment, and the decision of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from polyalign.errors import UsageError
from polyalign.parts import State
from polyalign.store.journal import Transaction, now

JOINT = ""  # who a decision is of that was settled between reviewers


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the comment of a row; that without a text says who wrote the comment."""

    text: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided on a row; `who` is empty for what was settled between several."""

    who: str
    state: State
    at: str


def commented(tx: Transaction, row: int, text: str, who: str) -> None:
    """Who wrote the comment of the row; with the comment its answers go."""
    for number, said in _replies(tx, row):
        if not text or not said:
            tx.write("replies", (number,), None)
    if text:
        tx.insert("replies", {"bead": row, "text": "", "who": who, "at": now()})


def reply(tx: Transaction, row: int, text: str, who: str) -> int:
    """An answer to the comment of the row. Raises UsageError where there is no comment."""
    bead = tx.read("beads", row)
    if bead is None or not bead["comment"]:
        raise UsageError("there is no comment to answer: write one")
    if not text.strip():
        raise UsageError("the answer is empty: write something")
    tx.insert("replies", {"bead": row, "text": text.strip(), "who": who, "at": now()})
    return row


def answered(comment: str, answers: Sequence[tuple[str, str]]) -> str:
    """A comment with the answers to it below, each after the name of who gave it, as exports have it."""
    return "\n".join([comment, *(f"{who}: {text}" if who else text for text, who in answers)])


def answers_to(tx: Transaction, row: int) -> str:
    """The answers to the comment of the row as exports have them."""
    asked = "SELECT text, who FROM replies WHERE bead = ? AND text <> ''"
    return answered("", tx.connection.execute(asked, (row,)).fetchall())


def decided(tx: Transaction, rows: Iterable[int], state: State, who: str) -> None:
    """What somebody decided on the rows; nothing any more for "auto". What was settled counts no more."""
    for row in rows:
        if _decision(tx, row, who) == state:
            continue
        for number, by in _verdicts(tx, row):
            if by in (who, JOINT):
                tx.write("verdicts", (number,), None)
        if state != "auto":
            tx.insert("verdicts", {"bead": row, "who": who, "state": state, "at": now()})


def _decision(tx: Transaction, row: int, who: str) -> str:
    """What somebody decided on the row, where nothing was settled since; else "auto"."""
    asked = "SELECT state FROM verdicts WHERE bead = ? AND who = ? AND NOT (who <> ? AND EXISTS"
    asked += " (SELECT 1 FROM verdicts AS other WHERE other.bead = verdicts.bead AND other.who = ?))"
    found = tx.connection.execute(asked, (row, who, JOINT, JOINT)).fetchone()
    return found[0] if found else "auto"


def forget(tx: Transaction, row: int) -> None:
    """What was decided on the row, as it is another one now."""
    for number, _ in _verdicts(tx, row):
        tx.write("verdicts", (number,), None)


def moved(tx: Transaction, row: int, gone: int) -> None:
    """What was said of a row that goes, over to the one in its place; decisions were on another row."""
    has_author = any(not said for _, said in _replies(tx, row))
    for number, said in _replies(tx, gone):
        if said or not has_author:
            tx.update("replies", number, bead=row)
        else:
            tx.write("replies", (number,), None)
    forget(tx, gone)


def _replies(tx: Transaction, row: int) -> list[tuple[int, str]]:
    found = tx.connection.execute("SELECT id, text FROM replies WHERE bead = ? ORDER BY id", (row,))
    return found.fetchall()


def _verdicts(tx: Transaction, row: int) -> list[tuple[int, str]]:
    return tx.connection.execute("SELECT id, who FROM verdicts WHERE bead = ?", (row,)).fetchall()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two reviewers agree on the rows that both decided: Cohen's kappa, None where chance says all."""

    one: str
    other: str
    rows: int
    agreed: int
    kappa: float | None


def agreements(verdicts: Mapping[int, Sequence[Decision]]) -> tuple[Agreement, ...]:
    """The agreement of each two reviewers who decided the same rows, in the order of their names."""
    by = {row: {v.who: v.state for v in held if v.who != JOINT} for row, held in verdicts.items()}
    names = sorted({who for held in by.values() for who in held})
    found = []
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            pairs = [(held[one], held[other]) for held in by.values() if one in held and other in held]
            if pairs:
                agreed = sum(a == b for a, b in pairs)
                found.append(Agreement(one, other, len(pairs), agreed, kappa(pairs)))
    return tuple(found)


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa (1960) of pairs of decisions; None where both always decided the same one thing."""
    size = len(pairs)
    observed = sum(a == b for a, b in pairs) / size
    states = {state for pair in pairs for state in pair}
    chance = sum(sum(a == s for a, _ in pairs) * sum(b == s for _, b in pairs) / size**2 for s in states)
    return None if chance >= 1 else (observed - chance) / (1 - chance)


def disputed(verdicts: Sequence[Decision]) -> bool:
    """Whether reviewers decided otherwise than each other, and nobody settled it."""
    settled = any(verdict.who == JOINT for verdict in verdicts)
    return not settled and len({verdict.state for verdict in verdicts}) > 1
