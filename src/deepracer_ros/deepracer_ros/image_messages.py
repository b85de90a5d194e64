# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures to and from sensor_msgs/Image.

cv_bridge converts where it is installed; the ROS wheels do not have it, and there numpy does the
same for the three encodings that cameras and simulators of this project put out.
"""

from __future__ import annotations

from array import array

import cv2
import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from deepracer_core.errors import ConfigError

try:
    from cv_bridge import CvBridge
except ImportError:
    CvBridge = None

# How many bytes a pixel has, and what turns it into BGR.
ENCODINGS: dict[str, tuple[int, int | None]] = {
    "bgr8": (3, None),
    "rgb8": (3, cv2.COLOR_RGB2BGR),
    "mono8": (1, cv2.COLOR_GRAY2BGR),
}


def bgr_to_image(image: NDArray[np.uint8], stamp: Time, frame_id: str) -> Image:
    """Return a BGR picture (height, width, 3) as a message with encoding bgr8."""
    height, width, channels = image.shape
    message = Image(header=Header(stamp=stamp, frame_id=frame_id))
    message.height = height
    message.width = width
    message.encoding = "bgr8"
    message.step = width * channels
    # An array goes into the message without a copy; a bytes object would be converted one by one.
    message.data = array("B", image.tobytes())
    return message


def bgr_to_jpeg(
    image: NDArray[np.uint8], stamp: Time, frame_id: str, quality: int
) -> CompressedImage:
    """Return a BGR picture (height, width, 3) as a JPEG message; `quality` is 1 to 100."""
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    message = CompressedImage(header=Header(stamp=stamp, frame_id=frame_id), format="jpeg")
    message.data = array("B", jpeg.tobytes())
    return message


def image_to_bgr(message: Image) -> NDArray[np.uint8]:
    """Return the picture of a message as BGR uint8 (height, width, 3).

    Raises:
        ConfigError: the encoding is another, or the data does not fit the size.
    """
    if message.encoding not in ENCODINGS:
        raise ConfigError(
            f"image has encoding {message.encoding!r}, supported are {', '.join(ENCODINGS)}: "
            "set it in the camera's driver"
        )
    channels, conversion = ENCODINGS[message.encoding]
    row = message.width * channels
    size = message.step * message.height
    if not 0 < row <= message.step or not 0 < size == len(message.data):
        raise ConfigError(
            f"image of {message.width}x{message.height} {message.encoding} has "
            f"{len(message.data)} bytes in rows of {message.step}: the message is damaged"
        )
    if CvBridge is not None:
        bridged: NDArray[np.uint8] = CvBridge().imgmsg_to_cv2(message, "bgr8")
        return bridged
    return _convert(message, channels, conversion)


def _convert(message: Image, channels: int, conversion: int | None) -> NDArray[np.uint8]:
    """Convert with numpy; without a conversion the result is the message's own memory."""
    rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
    pixels = rows[:, : message.width * channels]
    if channels > 1:
        pixels = pixels.reshape(message.height, message.width, channels)
    if conversion is None:
        return pixels
    converted: NDArray[np.uint8] = cv2.cvtColor(pixels, conversion)  # type: ignore[assignment]
    return converted
