# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Starts of the closed loop, as an evaluation tells them."""

WHOLE_LAP = {
    "start": 0.0, "direction": "ccw", "completion": 100.0, "time_s": 9.5, "status": "lap_complete",
}  # fmt: skip
HALF_A_LAP = {**WHOLE_LAP, "completion": 50.0, "status": "off_track"}
