# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car's path from camera to pulses, without ROS: what one processor makes of some pictures.

It prints JSON: what the processor is and can do, the first pulses of each model and all that was
imported on the way. Two machines that run it on the same pictures must agree on the pulses.

usage: python drive_path.py PICTURES MODEL...
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import openvino

from deepracer_camera.camera import Frame, open_camera
from deepracer_camera.settings import CameraSettings
from deepracer_core.calibration import Calibration
from deepracer_core.observation import to_tensor
from deepracer_inference.policy import LoadedPolicy, load_policy
from deepracer_servo.devices.pwm_output import FakePwmOutput
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import Mode
from deepracer_servo.driver import Driver
from deepracer_servo.freshness import Moment
from deepracer_servo.settings import ServoSettings

PERIOD_NS = 33_333_333
# Numbers by which OpenCV knows what a processor can do (CpuFeatures in its cvdef.h).
CPU_FEATURES = {"sse4_2": 7, "avx": 10, "avx2": 11, "avx512f": 13}


class FrameClock:
    """Time that moves by one period a frame, so that no command is stale on a slow processor."""

    def __init__(self) -> None:
        """Start one period after zero, which no stamp may be."""
        self._now_ns = PERIOD_NS

    def tick(self) -> int:
        """Move on to the next frame and return its stamp [ns]."""
        self._now_ns += PERIOD_NS
        return self._now_ns

    def moment(self) -> Moment:
        """Return the present time on both clocks of the servo."""
        return Moment(self._now_ns, self._now_ns)


class Car:
    """One model at the wheel, in mode AUTONOMOUS, over a device that remembers."""

    def __init__(self, loaded: LoadedPolicy, clock: FrameClock) -> None:
        """Tell the servo's driver of the model and enable it."""
        self.control = DriveControl(ServoSettings(), Calibration())
        self.device = FakePwmOutput()
        self._loaded = loaded
        self._driver = Driver(
            self.control, self.device, clock.moment, lambda output: None, lambda status, age: None
        )
        self._driver.change(
            lambda control, now: control.set_model(loaded.id, loaded.metadata.text)
        )
        self._driver.change(lambda control, now: control.set_mode(Mode.AUTONOMOUS))

    def drive(self, frame: Frame) -> list[float]:
        """Write the pulses for a frame, and return what the policy put out."""
        loaded = self._loaded
        values = loaded.policy.infer(to_tensor(frame.image)).tolist()
        index = loaded.metadata.action_space.decode(values).index
        self._driver.change(
            lambda control, now: control.policy_output(
                frame.stamp_ns, loaded.id, values, index, now
            )
        )
        return values


def drive(pictures: Path, model: Path) -> dict[str, Any]:
    """Drive by every picture of a folder: pulses [ns] and the policy's output, a row each."""
    clock = FrameClock()
    car = Car(load_policy(model), clock)
    camera = open_camera(
        CameraSettings(backend="video", video=str(pictures), video_fps=240.0, loop=False),
        clock.tick,
    )
    values, pulses = [], []
    while (frame := camera.read()) is not None:
        values.append(car.drive(frame))
        pulses.append(car.device.written[-1])
    camera.close()
    return {"values": values, "pulses": pulses, "accepted": car.control.accepted}


def main(pictures: str, *models: str) -> None:
    """Drive with each model and print the result."""
    drives = [drive(Path(pictures), Path(model)) for model in models]
    result = {
        "processor": openvino.Core().get_property("CPU", "FULL_DEVICE_NAME"),
        "features": [name for name, i in CPU_FEATURES.items() if cv2.checkHardwareSupport(i)],
        "drives": drives,
        "imported": sorted({name.partition(".")[0] for name in sys.modules}),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
