"""The table of the fault harness: what was tried, how often, and what was lost."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.harness import LEDGER


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if not LEDGER:
        return
    tried, lost = Counter[str](), Counter[str]()
    for fault, faults in LEDGER:
        tried[fault] += 1
        lost[fault] += bool(faults)
    terminalreporter.section("faults")
    width = max(map(len, tried))
    terminalreporter.write_line(f"{'fault':{width}}  tried  lost")
    for fault in tried:
        terminalreporter.write_line(f"{fault:{width}}  {tried[fault]:5}  {lost[fault]:4}")
    terminalreporter.write_line(f"{'all':{width}}  {tried.total():5}  {lost.total():4}")
    for fault, faults in LEDGER:
        for line in faults:
            terminalreporter.write_line(f"LOST {fault}: {line}")
