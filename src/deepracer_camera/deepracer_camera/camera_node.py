# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes what a camera sees: image_raw, camera_info and, for viewers, image_raw/compressed.

Frames are published from the capture's thread, as soon as they are there. A camera that is missing
or fails is on /diagnostics and is opened again without end; settings that can never work end the
node with exit status 2. The fake camera can be told to fail while it runs, by parameters.
"""

from __future__ import annotations

from functools import partial

import cv2
from rclpy.node import Node
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from deepracer_camera.camera import Frame, open_camera
from deepracer_camera.capture import Capture, CaptureState
from deepracer_camera.settings import CameraSettings, FakeFaults
from deepracer_core.vehicle import DEEPRACER
from deepracer_ros.camera_info import camera_info
from deepracer_ros.diagnostics import ERROR, OK, WARN, DiagnosticsReporter, Health
from deepracer_ros.image_messages import bgr_to_image, bgr_to_jpeg
from deepracer_ros.parameters import declare_settings, follow_settings
from deepracer_ros.qos import NO_PUBLISHER_EVENTS, SENSOR
from deepracer_ros.spin import run_node

SILENCE = 1.0
"""A camera that has not delivered a frame for so long is reported [s]."""


class CameraNode(Node):
    """Runs one camera back end."""

    def __init__(self) -> None:
        """Open the camera; ConfigError where the settings can never work."""
        super().__init__("camera_node")
        self._settings = declare_settings(self, CameraSettings)
        quiet = {"event_callbacks": NO_PUBLISHER_EVENTS}
        self._image = self.create_publisher(Image, "image_raw", SENSOR, **quiet)
        self._jpeg = self.create_publisher(
            CompressedImage, "image_raw/compressed", SENSOR, **quiet
        )
        self._info = self.create_publisher(CameraInfo, "camera_info", SENSOR, **quiet)
        self._faults = FakeFaults()
        if self._settings.backend == "fake":
            self._set_faults(declare_settings(self, FakeFaults))
            follow_settings(self, self._faults, self._set_faults)
        clock = self.get_clock()
        self._capture = Capture(
            partial(
                open_camera,
                self._settings,
                lambda: clock.now().nanoseconds,
                lambda: self._faults,
            ),
            self._publish,
            self._settings.retry_first,
            self._settings.retry_longest,
        )
        self._said = ""
        self._reporter = DiagnosticsReporter(self, "camera", self._health)
        # One frame is too little work to share, and OpenCV's idle workers spin.
        cv2.setNumThreads(1)
        self._capture.start()

    def destroy_node(self) -> None:
        """Release the camera, then the node."""
        self._capture.close()
        super().destroy_node()

    def _set_faults(self, faults: FakeFaults) -> None:
        self._faults = faults

    def _publish(self, frame: Frame) -> None:
        stamp = Time(nanoseconds=frame.stamp_ns).to_msg()
        frame_id = self._settings.frame_id
        self._image.publish(bgr_to_image(frame.image, stamp, frame_id))
        if self._info.get_subscription_count():
            self._info.publish(camera_info(DEEPRACER.camera, stamp, frame_id))
        if self._jpeg.get_subscription_count():
            quality = self._settings.jpeg_quality
            self._jpeg.publish(bgr_to_jpeg(frame.image, stamp, frame_id, quality))

    def _health(self) -> Health:
        status = self._capture.status()
        level, message = OK, f"{self._settings.backend} camera runs"
        if status.state is CaptureState.ENDED:
            level, message = WARN, status.state.value
        elif status.error or status.state is not CaptureState.RUNNING:
            level, message = ERROR, status.error or status.state.value
        elif status.age is None or status.age > SILENCE:
            level, message = ERROR, "the camera is open, but delivers no frames"
        if message != self._said:
            log = self.get_logger()
            # Two calls: rclpy raises where one call's severity changes.
            if level == OK:
                log.info(message)
            else:
                log.warning(message)
            self._said = message
        values = {
            "backend": self._settings.backend,
            "frames": status.frames,
            "rate [Hz]": status.rate,
            "failures": status.failures,
            "since last frame [s]": "none yet" if status.age is None else status.age,
        }
        return level, message, values


def main() -> int:
    """Run the camera node."""
    return run_node(CameraNode)


if __name__ == "__main__":
    raise SystemExit(main())
