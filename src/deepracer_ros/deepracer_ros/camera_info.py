# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The camera's geometry as sensor_msgs/CameraInfo."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from deepracer_core.vehicle import CameraSpec


def camera_info(camera: CameraSpec, stamp: Time, frame_id: str) -> CameraInfo:
    """Return the message for a picture that `camera` took: a pinhole without distortion."""
    intrinsics = camera.intrinsics()
    message = CameraInfo(header=Header(stamp=stamp, frame_id=frame_id))
    message.width = camera.width
    message.height = camera.height_px
    message.distortion_model = "plumb_bob"
    message.d = [0.0] * 5
    message.k = intrinsics.ravel()
    message.r = np.eye(3).ravel()
    message.p = np.hstack([intrinsics, np.zeros((3, 1))]).ravel()
    return message
