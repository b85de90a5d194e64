# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer calibrate --fit-speed`: the speed curve from measured drives, shown and saved."""

from __future__ import annotations

import argparse
import dataclasses

from deepracer_core.calibration import AxisCalibration, Calibration
from deepracer_servo.calibration.calibration_command import open_session
from deepracer_servo.calibration.calibration_table import describe_throttle
from deepracer_servo.calibration.curve_picture import (
    BLUE,
    GREY,
    ORANGE,
    Plot,
    Series,
    draw_plots,
    save_picture,
)
from deepracer_servo.calibration.speed_fit import SpeedFit, fit_speed
from deepracer_servo.calibration.speed_rows import SpeedRow, read_speed_rows

NOTABLE_RESIDUAL = 0.1  # Share of the fitted speed.


def run_fit(options: argparse.Namespace) -> None:
    """Fit `options.fit_speed`, show it, draw it, and save it unless it is a dry run.

    Raises:
        CalibrationError: the drives or the calibration file are refused.
        ConfigError: the picture cannot be written.
    """
    session = open_session(options)
    old = session.calibration
    new, fit = fit_calibration(old, read_speed_rows(options.fit_speed), options.reference_battery)
    print(describe_fit(fit, new.throttle))
    picture = options.picture or options.fit_speed.with_suffix(".png")
    save_picture(picture, draw_plots([fit_plot(fit, old.throttle)]))
    print(f"\ndrawn in {picture}")
    if options.dry_run:
        print("nothing is saved: it was a dry run")
        return
    session.set(new, wheels_up=False)
    session.save()
    print(
        f"saved as {session.source}; a running servo node takes it up on\n"
        "  ros2 service call /servo_node/revert_calibration std_srvs/srv/Trigger"
    )


def fit_calibration(
    old: Calibration, rows: list[SpeedRow], reference: float | None = None
) -> tuple[Calibration, SpeedFit]:
    """Return a calibration with the speed curve that fits the rows, pulses as before."""
    reverses = old.throttle.curve[0][0] < 0.0
    fit = fit_speed(rows, reference, reverses)
    throttle = dataclasses.replace(old.throttle, curve=fit.curve)
    return dataclasses.replace(old, throttle=throttle), fit


def describe_fit(fit: SpeedFit, throttle: AxisCalibration) -> str:
    """Return all drives beside the curve, and the curve."""
    at = "as measured" if fit.reference is None else f"at {fit.reference:.2f} V"
    heads = ("line", "throttle", "battery [V]", "speed [m/s]", at, "curve", "residual")
    lines = ["".join(f"{head:>13}" for head in heads)]
    for entry in fit.rows:
        row = entry.row
        battery = "-" if row.battery is None else f"{row.battery:.2f}"
        notable = abs(entry.residual) > max(NOTABLE_RESIDUAL * abs(entry.fitted), 0.05)
        lines.append(
            f"{row.line:>13}{row.throttle:>13.3f}{battery:>13}{row.speed:>13.3f}"
            f"{entry.speed:>13.3f}{entry.fitted:>13.3f}{entry.residual:>+13.3f}"
            + ("  far off: measure again?" if notable else "")
        )
    lines += ["", describe_throttle(throttle), "", _limits(fit)]
    return "\n".join(lines)


def fit_plot(fit: SpeedFit, old: AxisCalibration) -> Plot:
    """Return the drives, the new curve and the old one."""
    at = "" if fit.reference is None else f" at {fit.reference:.2f} V"
    drives = [(entry.row.throttle, entry.speed) for entry in fit.rows]
    return Plot(
        "Speed curve",
        "throttle [share of full deflection]",
        f"speed [m/s]{at}",
        (
            Series([(share, speed) for speed, share in old.curve], GREY, "before"),
            Series([(share, speed) for speed, share in fit.curve], BLUE, "fitted"),
            Series(drives, ORANGE, "measured", joined=False),
        ),
    )


def _limits(fit: SpeedFit) -> str:
    speed, share = fit.curve[-1]
    text = f"Commands above {speed:.2f} m/s get throttle {share:g}, the fastest that was driven."
    if fit.mirrored:
        text += "\nReverse was not driven: it is taken to be like forward."
    return text
