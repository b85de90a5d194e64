# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where a camera shows a point, by OpenCV's pinhole model and not by ours."""

import cv2
import numpy as np

from deepracer_core.vehicle import DEEPRACER, CameraSpec


def project(
    point: np.ndarray, pose: np.ndarray, camera: CameraSpec = DEEPRACER.camera
) -> np.ndarray:
    """Return the pixel (u, v) of a world point, seen from a car's pose (x, y, yaw)."""
    x, y, yaw = pose
    forward = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    eye = np.array([x, y, 0.0]) + camera.forward * forward + [0.0, 0.0, camera.height]
    # Rows: the camera's right, down and viewing direction in the world.
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    look = np.cos(camera.pitch) * forward - np.sin(camera.pitch) * np.array([0.0, 0.0, 1.0])
    rotation = np.stack((right, np.cross(look, right), look))
    vector, _ = cv2.Rodrigues(rotation)
    pixel, _ = cv2.projectPoints(
        point[None], vector, -rotation @ eye, camera.intrinsics(), np.zeros(4)
    )
    return pixel[0, 0]
