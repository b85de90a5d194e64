# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Lets the simulated car drive laps, times them and records the drive.

It waits for a model, switches the servo node to AUTONOMOUS, once, and then follows odometry. A car
off the road is put back by the simulator, which is asked for it as `recover`. Events and, at the
end, the recording go to the folder `report` (`deepracer_bringup.recording`); the node ends with
the last lap.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import Image
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from deepracer_bringup.race import Race, RaceSettings, Verdict, latency_summary_ms
from deepracer_bringup.recording import EventWriter, Recorder
from deepracer_core.calibration import Calibration
from deepracer_core.pulses import Pulses
from deepracer_interfaces.msg import DriveState, PwmPulses
from deepracer_interfaces.srv import SetMode
from deepracer_ros.image_messages import image_to_bgr
from deepracer_ros.odometry import odometry_pose
from deepracer_ros.parameters import declare_settings
from deepracer_ros.qos import COMMAND, LATCHED, SENSOR
from deepracer_ros.spin import run_node
from deepracer_sim.starts import is_reverse
from deepracer_sim.track_files import load_track

PERIOD = 0.2  # [s]
SLOW_START = 8.0  # [s]
PUT_BACK_WITHIN = 30.0  # [s]; Gazebo's car brakes before it is moved, and rests afterwards
LONGEST_SILENCE = 5.0  # Without odometry for so long [s], the simulator is gone.


class RaceNode(Node):
    """Marshal of one race."""

    def __init__(self) -> None:
        """Prepare; TrackError or ConfigError where the parameters are bad."""
        super().__init__("race_node")
        self._settings = settings = declare_settings(self, RaceSettings)
        track = load_track(settings.track).track
        reverse = is_reverse(track, settings.direction)
        self._race = Race(track, reverse, settings.laps)
        self._report = Path(settings.report)
        self._events = EventWriter(self._report)
        self._recorder = Recorder(settings.film_length)
        self._latencies: list[float] = []
        self._steering_angle = 0.0
        self._response = Calibration()
        self._drive = DriveState()
        self._driving = self._waiting = False
        self._refusal = "the servo node does not answer"
        self._asked: Future | None = None
        self._put_back_by: float | None = None  # While it is, on the steady clock [s].
        self._began = time.monotonic()
        self._heard: float | None = None
        self._connect()

    def _connect(self) -> None:
        self.create_subscription(DriveState, "drive_state", self._on_drive_state, LATCHED)
        self.create_subscription(Odometry, "odom", self._on_odometry, SENSOR)
        self.create_subscription(Image, "image_raw", self._on_image, SENSOR)
        self.create_subscription(PwmPulses, "pwm", self._on_pulses, COMMAND)
        self.create_subscription(Float64, "latency", self._on_latency, 100)
        self._set_mode = self.create_client(SetMode, "servo_node/set_mode")
        self._recover = self.create_client(Trigger, "recover")
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(PERIOD, self._supervise, clock=steady)

    def destroy_node(self) -> None:
        """Close the events, then end."""
        self._events.close()
        super().destroy_node()

    def _supervise(self) -> None:
        if not self._driving:
            self._get_ready()
        elif self._silence() > LONGEST_SILENCE:
            self._end(f"no odometry for {self._silence():.0f} s: the simulator is gone")
        elif self._put_back_by is not None and time.monotonic() > self._put_back_by:
            self._end(f"the car was not put back in {PUT_BACK_WITHIN:g} s: no answer")
        elif self._drive.mode != DriveState.AUTONOMOUS:
            self._end(f"the servo node left AUTONOMOUS: {self._drive.stop_reason}")
        else:
            lap = self._race.current
            self._write("progress", completion=lap.completion, time_s=lap.time_s)

    def _silence(self) -> float:
        assert self._heard is not None  # A drive begins after the first odometry.
        return time.monotonic() - self._heard

    def _get_ready(self) -> None:
        waited = time.monotonic() - self._began
        if waited > SLOW_START and not self._waiting:
            self._waiting = True
            self._write("waiting", seconds=waited)
        if self._drive.mode == DriveState.AUTONOMOUS:
            self._driving = True
            self._heard = time.monotonic()
            self._write("started", seconds=waited)
        elif waited > self._settings.patience:
            reason = self._refusal if self._heard else "the simulator sends no odometry"
            self._end(f"not ready after {self._settings.patience:g} s: {reason}")
        elif self._is_complete() and not self._asked:
            self._asked = self._set_mode.call_async(SetMode.Request(mode=DriveState.AUTONOMOUS))
            self._asked.add_done_callback(self._on_answer)

    def _is_complete(self) -> bool:
        """Tell whether the simulator runs, and the servo node knows a model."""
        ready = self._heard and self._drive.model_id and self._set_mode.service_is_ready()
        return bool(ready)

    def _on_answer(self, answer: Future) -> None:
        response = answer.result()
        if not response.success:
            self._refusal, self._asked = response.message, None

    def _on_drive_state(self, state: DriveState) -> None:
        self._drive = state
        if not self._driving:
            self._refusal = state.stop_reason or self._refusal

    def _on_odometry(self, message: Odometry) -> None:
        self._heard = time.monotonic()
        if not self._driving or self._race.is_over:
            return
        pose = odometry_pose(message)
        self._recorder.pose(pose)
        if self._put_back_by is not None:
            return  # How it brakes before it is moved, maybe over the road, is no drive.
        verdict = self._race.pose(pose)
        if verdict.recover:
            self._put_back_by = time.monotonic() + PUT_BACK_WITHIN
            answer = self._recover.call_async(Trigger.Request())
            answer.add_done_callback(self._on_recovered)
        if verdict.lap is not None:
            self._note_lap(verdict)

    def _on_recovered(self, answer: Future) -> None:
        self._put_back_by = None
        response = answer.result()
        if not response.success:
            self._end(f"the car was not put back: {response.message}")

    def _note_lap(self, verdict: Verdict) -> None:
        reason = verdict.reason and ", ".join(filter(None, (verdict.reason, self._stopped)))
        lap = verdict.lap
        assert lap is not None
        self._write(
            "lap",
            time_s=lap.time_s,
            completion=lap.completion,
            off_track=lap.off_track,
            reason=reason,
        )
        if self._race.is_over:
            self._end("")

    @property
    def _stopped(self) -> str:
        return "" if self._drive.enabled else self._drive.stop_reason

    def _on_image(self, message: Image) -> None:
        if self._driving:
            frame_time = _seconds(message.header.stamp)
            self._recorder.frame(frame_time, image_to_bgr(message), self._steering_angle)

    def _on_pulses(self, message: PwmPulses) -> None:
        pulses = Pulses(message.steering_ns, message.throttle_ns)
        self._steering_angle = self._response.action(pulses).steering_angle

    def _on_latency(self, message: Float64) -> None:
        if self._driving:
            self._latencies.append(message.data)

    def _write(self, event: str, **facts: Any) -> None:
        self._events.write({"event": event, **facts})

    def _end(self, error: str) -> None:
        self._timer.cancel()
        self._recorder.save(self._report)
        self._write("end", error=error, latency_ms=latency_summary_ms(self._latencies))
        os.kill(os.getpid(), signal.SIGTERM)  # Ends the spinning in order, as for anybody's stop.


def _seconds(stamp: Any) -> float:
    return stamp.sec + stamp.nanosec * 1e-9


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(RaceNode)


if __name__ == "__main__":
    sys.exit(main())
