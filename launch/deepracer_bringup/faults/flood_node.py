# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Says a thousand messages a second on the topic that its parameter `flooded` names.

It is a process of its own, since whoever publishes to a process that was killed may be held up for
a second by the shared memory that the dead one had locked.
"""

from __future__ import annotations

import struct

from builtin_interfaces.msg import Time
from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from deepracer_interfaces.msg import DriveCommand, PolicyOutput
from deepracer_ros.qos import COMMAND, SENSOR
from deepracer_ros.spin import run_node

PERIOD = 0.001  # [s]
OTHER_MODEL_ID = "b" * 64
# The stamp of a serialized message that begins with a header, behind four bytes of its encoding.
_STAMP, _STAMP_AT = struct.Struct("<iI"), 4


class FloodNode(Node):
    """Floods one topic at a time, or none."""

    def __init__(self) -> None:
        """Be silent."""
        super().__init__("flood_node")
        self._picture = b""
        self._floods = {
            "": lambda: None,
            "image_raw": self._repeat_picture,
            "policy_output": self._answer_for_another_model,
            "drive": self._command,
        }
        self._flood = self._floods[""]
        self._image = self.create_publisher(Image, "image_raw", COMMAND)
        self._output = self.create_publisher(PolicyOutput, "policy_output", COMMAND)
        self._drive = self.create_publisher(DriveCommand, "drive", COMMAND)
        self.declare_parameter("flooded", "")
        self.add_on_set_parameters_callback(self._change)
        self.create_subscription(Image, "image_raw", self._look, SENSOR, raw=True)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(
            PERIOD, lambda: self._flood(), clock=steady, autostart=False
        )

    def _change(self, parameters: list[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            if parameter.name == "flooded":
                self._timer.cancel()
                self._flood = self._floods[parameter.value]
                if parameter.value:
                    self._timer.reset()
        return SetParametersResult(successful=True)

    def _look(self, picture: bytes) -> None:
        if self._flood != self._repeat_picture:
            self._picture = picture

    def _repeat_picture(self) -> None:
        self._image.publish(self._picture)

    def _answer_for_another_model(self) -> None:
        seconds, nanoseconds = _STAMP.unpack_from(self._picture, _STAMP_AT)
        header = Header(stamp=Time(sec=seconds, nanosec=nanoseconds))
        self._output.publish(PolicyOutput(header=header, model_id=OTHER_MODEL_ID, action=1))

    def _command(self) -> None:
        self._drive.publish(DriveCommand(speed=1.0))


if __name__ == "__main__":
    raise SystemExit(run_node(FloodNode))
