# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import cv2
import numpy as np
import pytest

from deepracer_camera.camera import open_camera
from deepracer_camera.settings import CameraSettings
from deepracer_camera.video_camera import VideoCamera, list_pictures
from deepracer_core.errors import ConfigError, DeviceError

LEVELS = (10, 60, 110, 160, 210)


def picture(level, height=120, width=160):
    return np.full((height, width, 3), level, np.uint8)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, level in enumerate(LEVELS):
        # Without natural order frame_10 would come between frame_8 and frame_9.
        cv2.imwrite(str(folder / f"frame_{number + 8}.png"), picture(level))
    (folder / "notes.txt").write_text("not a picture")
    return folder


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "drive.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 200.0, (320, 240))
    for level in LEVELS:
        writer.write(picture(level, 240, 320))
    writer.release()
    return path


def levels(camera, count):
    frames = [camera.read() for _ in range(count)]
    camera.close()
    assert all(frame.image.shape == (120, 160, 3) for frame in frames)
    return [round(float(frame.image.mean())) for frame in frames]


def test_pictures_play_in_natural_order(folder):
    assert [path.name for path in list_pictures(folder)] == [
        f"frame_{number}.png" for number in (8, 9, 10, 11, 12)
    ]
    camera = VideoCamera(folder, 0.0, 240.0, True, lambda: 0)
    assert levels(camera, 7) == [*LEVELS, 10, 60]


def test_a_video_plays_at_its_own_size_and_loops(video):
    camera = VideoCamera(video, 0.0, 30.0, True, lambda: 0)
    assert levels(camera, 7) == pytest.approx([*LEVELS, 10, 60], abs=3)


@pytest.mark.parametrize("source", ["folder", "video"])
def test_the_end_without_loop_is_no_error(source, request):
    camera = VideoCamera(request.getfixturevalue(source), 240.0, 240.0, False, lambda: 0)
    for _ in LEVELS:
        assert camera.read() is not None
    assert camera.read() is None
    assert camera.read() is None
    camera.close()


@pytest.mark.parametrize(
    ("fps", "folder_fps", "period"), [(0.0, 30.0, 1 / 200), (50.0, 30.0, 1 / 50)]
)
def test_the_rate_is_the_recordings_own_or_the_given_one(video, fps, folder_fps, period):
    camera = VideoCamera(video, fps, folder_fps, True, lambda: 0)
    assert camera._pacer._period == pytest.approx(period)
    camera.close()


def test_a_folder_has_the_rate_of_the_settings(folder):
    settings = CameraSettings(backend="video", video=str(folder), fps=25.0)
    camera = open_camera(settings, lambda: 0)
    assert camera._pacer._period == pytest.approx(1 / 25.0)
    camera.close()


def test_a_path_without_anything_is_a_wrong_setting(tmp_path):
    with pytest.raises(ConfigError, match="no video at .*nothing.mp4"):
        VideoCamera(tmp_path / "nothing.mp4", 0.0, 30.0, True, lambda: 0)


def test_a_file_that_is_no_video_is_a_wrong_setting(tmp_path):
    path = tmp_path / "drive.mp4"
    path.write_bytes(b"this is no video" * 100)
    with pytest.raises(ConfigError, match=r"drive\.mp4 is not a video"):
        VideoCamera(path, 0.0, 30.0, True, lambda: 0)


def test_a_folder_without_pictures_is_a_wrong_setting(tmp_path):
    with pytest.raises(ConfigError, match="holds no pictures"):
        VideoCamera(tmp_path, 0.0, 30.0, True, lambda: 0)


def test_a_damaged_first_picture_is_a_wrong_setting(tmp_path):
    (tmp_path / "frame.png").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match=r"frame\.png is not a picture"):
        VideoCamera(tmp_path, 0.0, 30.0, True, lambda: 0)


def test_a_recording_that_vanishes_while_it_loops_is_a_device_error(video):
    camera = VideoCamera(video, 240.0, 30.0, True, lambda: 0)
    for _ in LEVELS:
        camera.read()
    video.unlink()
    with pytest.raises((DeviceError, ConfigError), match=r"drive\.mp4"):
        camera.read()
    camera.close()
