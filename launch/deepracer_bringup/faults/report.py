# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The verdicts of many injections as a table for people and as JSON for programs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepracer_bringup.faults.verdict import Verdict

LEVELS = (50, 99, 100)  # [%]


@dataclass(frozen=True)
class Row:
    """One fault, and the verdict of each of its injections (at least one)."""

    name: str
    verdicts: list[Verdict]

    @property
    def caught(self) -> int:
        """How many of the injections were caught."""
        return sum(not verdict.problem for verdict in self.verdicts)

    @property
    def missed(self) -> bool:
        """Whether one was not."""
        return self.caught < len(self.verdicts)

    @property
    def lost(self) -> bool:
        """Whether the car did not come back in the end."""
        return bool(self.verdicts) and self.verdicts[-1].lost

    def level_ms(self, percent: float) -> float | None:
        """Return the time [ms] within which so many [%] were neutral; None: some never were."""
        times = [verdict.neutral_after for verdict in self.verdicts]
        level = float(np.percentile(times, percent, method="higher"))
        return None if math.isinf(level) else round(level * 1e3, 1)

    @property
    def moved_m(self) -> float:
        """The longest way of the car after the fault [m]."""
        return round(max(verdict.moved for verdict in self.verdicts), 3)

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        levels = map(self.level_ms, LEVELS)
        times = ("never" if level is None else f"{level:.0f}" for level in levels)
        return (
            self.name,
            str(len(self.verdicts)),
            str(self.caught),
            *times,
            f"{self.moved_m:.2f}",
        )

    def problems(self) -> list[str]:
        """Return what went wrong, a line a kind of problem."""
        counts = Counter(verdict.problem for verdict in self.verdicts if verdict.problem)
        return [f"{self.name}: {count} x {problem}" for problem, count in counts.items()]


def table(rows: Sequence[Row]) -> list[str]:
    """Return the lines of the table, of what went wrong, and of the result."""
    above = _line(("", "", "", "neutral", "within", "[ms]", "moved"))
    header = _line(("fault", "times", "caught", "p50", "p99", "max", "[m]"))
    problems = [problem for row in rows for problem in row.problems()]
    caught = sum(not row.missed for row in rows)
    result = f"{caught} of {len(rows)} faults are caught, each time"
    return [above, header, *(_line(row.cells()) for row in rows), *problems, result]


def _line(cells: Sequence[str]) -> str:
    name, *numbers = cells
    return f"{name:34s}" + "".join(f"{number:>9s}" for number in numbers)


def to_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what `--json` writes; a time that never came is null."""
    return {
        "faults": [
            {
                "name": row.name,
                "count": len(row.verdicts),
                "caught": row.caught,
                "p50_ms": row.level_ms(50),
                "p99_ms": row.level_ms(99),
                "max_ms": row.level_ms(100),
                "moved_m": row.moved_m,
            }
            for row in rows
        ]
    }
