# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's observer: enables the car as soon as it can drive, and takes down its pulses.

Usage: pulse_recorder_node.py SECONDS. It prints a JSON object a line: `ready`, `first_pulse`,
`recording` and, after so many seconds, `recorded`.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import rclpy
from builtin_interfaces.msg import Time
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo

from deepracer_interfaces.msg import DriveState, PwmPulses
from deepracer_interfaces.srv import SetMode
from deepracer_ros.executor import LeanExecutor
from deepracer_ros.qos import LATCHED

PATIENCE = 60.0  # [s]
TICK = 0.01  # [s]
WARM_UP = 2.0  # [s]
UNDER_WAY = 0.5  # [s], that a frame may take to become a pulse before it counts as dropped
# Nothing may be lost on the way to the observer.
EVERYTHING = QoSProfile(depth=1000, reliability=ReliabilityPolicy.BEST_EFFORT)


class PulseRecorder(Node):
    """Collects stamps [ns]."""

    def __init__(self) -> None:
        """Listen to camera and servo node."""
        super().__init__("pulse_recorder_node")
        self.captured: list[int] = []
        self.arrived: list[float] = []  # When those were heard of, on the steady clock [s].
        self.written: dict[int, int] = {}  # By the stamp of the frame: when its pulse was.
        self._state = DriveState()
        self.create_subscription(CameraInfo, "camera_info", self._on_frame, EVERYTHING)
        self.create_subscription(PwmPulses, "pwm", self._on_pulses, EVERYTHING)
        self.create_subscription(DriveState, "drive_state", self._on_state, LATCHED)
        self._set_mode = self.create_client(SetMode, "servo_node/set_mode")
        self._asked = False

    def enable(self) -> None:
        """Ask for AUTONOMOUS once there is a model to drive."""
        if self._state.model_id and not self._asked and self._set_mode.service_is_ready():
            self._asked = True
            self._set_mode.call_async(SetMode.Request(mode=DriveState.AUTONOMOUS))

    def _on_frame(self, message: CameraInfo) -> None:
        self.captured.append(_nanoseconds(message.header.stamp))
        self.arrived.append(time.monotonic())

    def _on_pulses(self, message: PwmPulses) -> None:
        source = _nanoseconds(message.source_stamp)
        if source:
            # Pulses are repeated; the first is the one that the frame waited for.
            self.written.setdefault(source, _nanoseconds(message.header.stamp))

    def _on_state(self, state: DriveState) -> None:
        self._state = state


def _nanoseconds(stamp: Time) -> int:
    return stamp.sec * 10**9 + stamp.nanosec


def _say(event: str, content: Any) -> None:
    print(json.dumps({event: content}), flush=True)


def _spin(executor: LeanExecutor, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        executor.spin_once(timeout_sec=TICK)


def main(seconds: float) -> int:
    """Observe one start; returns the exit status."""
    rclpy.init()
    node = PulseRecorder()
    executor = LeanExecutor()
    executor.add_node(node)
    _say("ready", {})
    deadline = time.monotonic() + PATIENCE
    while not node.written:
        if time.monotonic() > deadline:
            return 1
        executor.spin_once(timeout_sec=TICK)
        node.enable()
    _say("first_pulse", {"monotonic": time.monotonic()})
    _spin(executor, WARM_UP)
    _say("recording", {})
    first = len(node.captured)
    _spin(executor, seconds)
    captured, arrived = node.captured[first:], node.arrived[first:]
    _spin(executor, UNDER_WAY)
    latencies = [(node.written[at] - at) * 1e-9 for at in captured if at in node.written]
    dropped = len(captured) - len(latencies)
    pace = _pace(captured, arrived)
    recorded = {"captured": len(captured), "dropped": dropped, "latencies_s": latencies}
    _say("recorded", {**recorded, "real_time_factor": pace})
    return 0


def _pace(captured: list[int], arrived: list[float]) -> float | None:
    """Return how many seconds [by stamps] passed in each second; None for less than two frames."""
    if len(captured) < 2:
        return None
    return (captured[-1] - captured[0]) * 1e-9 / (arrived[-1] - arrived[0])


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
