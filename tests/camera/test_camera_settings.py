# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

from dataclasses import fields

import pytest

from deepracer_camera.camera import FACTORIES, open_camera
from deepracer_camera.fake_camera import FakeCamera
from deepracer_camera.settings import BACKENDS, CameraSettings, FakeFaults
from deepracer_core.errors import ConfigError


def test_every_backend_has_a_factory():
    assert tuple(FACTORIES) == BACKENDS


@pytest.mark.parametrize("settings", [CameraSettings, FakeFaults])
def test_every_setting_has_a_description(settings):
    assert all(field.metadata["description"] for field in fields(settings))


def test_the_backend_is_made_by_name():
    assert isinstance(open_camera(CameraSettings(backend="fake"), lambda: 0), FakeCamera)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"backend": "webcam"}, ("'webcam'", "v4l2, video, fake")),
        ({"backend": "video"}, ("video", "a folder")),
        ({"fps": 0.0}, ("fps is 0.0", "1.0 to 240.0")),
        ({"fps": float("nan")}, ("fps is nan",)),
        ({"width": 20}, ("width is 20", "160")),
        ({"jpeg_quality": 101}, ("jpeg_quality is 101", "1 to 100")),
        ({"retry_first": 2.0, "retry_longest": 1.0}, ("retry_longest", "retry_first")),
    ],
)
def test_a_wrong_setting_names_its_value_and_what_is_allowed(values, words):
    with pytest.raises(ConfigError) as error:
        CameraSettings(**values)
    assert all(word in str(error.value) for word in words)


def test_a_fault_beyond_its_range_is_refused():
    with pytest.raises(ConfigError, match="fake_stamp_offset is nan"):
        FakeFaults(fake_stamp_offset=float("nan"))
