# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What was measured: against the goals, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from deepracer_bringup.parity.closed_loop import Row, is_complete
from deepracer_bringup.parity.frames import FramePair, draw_worst
from deepracer_bringup.parity.open_loop import Divergence, draw_divergences, worst_at
from deepracer_core.atomic_file import replace_file
from deepracer_core.errors import ConfigError
from deepracer_servo.calibration.curve_picture import save_picture

MOST_DIFFERENT = 2.0  # [grey levels]
LEAST_SIMILAR = 0.95
JUDGED_AT = 3.0  # [s] of the open loop
FARTHEST_APART = 0.10  # [m]

REPORT, FRAMES_PICTURE, ERRORS_PICTURE = "report.md", "frames_worst.png", "open_loop.png"
_TIMES = (1.0, 2.0, 3.0, 5.0, 10.0)  # [s]


class Verdict(NamedTuple):
    """One goal: what it is about, what was measured, what was wanted, and whether it is met."""

    what: str
    measured: str
    goal: str
    is_met: bool


@dataclass
class Results:
    """What was measured so far; empty where it was not.

    Attributes:
        frames: what was seen.
        open_loop: what the same pulses did.
        closed_loop: what became of each start, by simulator.
    """

    frames: Sequence[FramePair] = ()
    open_loop: Sequence[Divergence] = ()
    closed_loop: dict[str, list[Row]] | None = None

    def __bool__(self) -> bool:
        """Say whether anything was measured."""
        return bool(self.frames or self.open_loop or self.closed_loop)

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` writes; what was not measured is null."""
        return {
            "frames": self._frames(),
            "open_loop": self._open_loop(),
            "closed_loop": self.closed_loop,
        }

    def _frames(self) -> dict[str, float] | None:
        if not self.frames:
            return None
        return {
            "mean_abs_diff": float(np.mean([pair.mean_abs_diff for pair in self.frames])),
            "ssim": float(np.mean([pair.ssim for pair in self.frames])),
        }

    def _open_loop(self) -> dict[str, float] | None:
        if not self.open_loop:
            return None
        position, heading = worst_at(self.open_loop, JUDGED_AT)
        return {"position_m_at_3s": position, "heading_rad_at_3s": heading}

    def verdicts(self) -> Iterator[Verdict]:
        """Yield how it compares with each goal that was measured."""
        if (frames := self._frames()) is not None:
            different, alike = frames["mean_abs_diff"], frames["ssim"]
            yield Verdict(
                "frames, mean absolute difference [grey levels]",
                f"{different:.2f}",
                f"<= {MOST_DIFFERENT:g}",
                different <= MOST_DIFFERENT,
            )
            yield Verdict(
                "frames, SSIM", f"{alike:.3f}", f">= {LEAST_SIMILAR:g}", alike >= LEAST_SIMILAR
            )
        if (apart := self._open_loop()) is not None:
            position = apart["position_m_at_3s"]
            yield Verdict(
                f"open loop, position after {JUDGED_AT:g} s [m]",
                f"{position:.3f}",
                f"<= {FARTHEST_APART:g}",
                position <= FARTHEST_APART,
            )
        for simulator, rows in (self.closed_loop or {}).items():
            done = sum(map(is_complete, rows))
            yield Verdict(
                f"closed loop, whole laps, {simulator}",
                f"{done}",
                f"{len(rows)}",
                done == len(rows),
            )

    def markdown(self, title: str) -> str:
        """Return the report."""
        parts = [f"# {title}", self.summary()]
        parts += [*self._frame_part(), *self._open_part(), *self._closed_part()]
        return "\n\n".join(parts) + "\n"

    def summary(self) -> str:
        """Return all goals in a table."""
        rows = [
            (each.what, each.measured, each.goal, "met" if each.is_met else "missed")
            for each in self.verdicts()
        ]
        return table(("", "measured", "goal", ""), rows)

    def _frame_part(self) -> Iterator[str]:
        if not self.frames:
            return
        measured = {
            "mean absolute difference [grey levels]": [each.mean_abs_diff for each in self.frames],
            "SSIM": [each.ssim for each in self.frames],
        }
        rows = [
            (name, *(f"{number:.3f}" for number in (min(values), np.median(values), max(values))))
            for name, values in measured.items()
        ]
        yield "## Frames"
        yield f"{len(self.frames)} places, 160x120 grey, below the horizon."
        yield table(("", "least", "median", "most"), rows)
        yield f"![the least alike]({FRAMES_PICTURE})"

    def _open_part(self) -> Iterator[str]:
        if not self.open_loop:
            return
        rows = []
        for name, errors in self.open_loop:
            reached = [time for time in _TIMES if time <= errors.time[-1] + 0.1]
            rows += [
                (name, f"{time:g}", *(f"{error:.3f}" for error in errors.at(time)))
                for time in reached
            ]
        yield "## Open loop"
        yield table(("pulses", "time [s]", "position [m]", "heading [rad]"), rows)
        yield f"![errors over time]({ERRORS_PICTURE})"

    def _closed_part(self) -> Iterator[str]:
        if not self.closed_loop:
            return
        rows = [
            (
                simulator,
                f"{row['start']:.2f}",
                row["direction"],
                f"{row['completion']:.1f}",
                f"{row['time_s']:.2f}",
                row["status"],
            )
            for simulator, trials in self.closed_loop.items()
            for row in trials
        ]
        header = ("simulator", "start", "direction", "completion [%]", "time [s]", "status")
        yield "## Closed loop"
        yield table(header, rows)


def save_report(folder: Path, title: str, results: Results) -> None:
    """Write the report and its pictures; ConfigError where that is not possible."""
    if results.frames:
        save_picture(folder / FRAMES_PICTURE, draw_worst(results.frames))
    if results.open_loop:
        save_picture(folder / ERRORS_PICTURE, draw_divergences(results.open_loop))
    try:
        replace_file(folder / REPORT, results.markdown(title).encode())
    except OSError as error:
        raise ConfigError(f"{folder / REPORT} cannot be written: {error.strerror}") from None


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown that is also one to the eye."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(f'{cell:<{width}}' for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )
