# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car's sensors, and its extent: it is as large as the real one, and does not see itself."""

import math
import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element

import cv2
import numpy as np
import pytest
from sdf_frames import car_model, numbers, sdf_frames, urdf_frames

from deepracer_core.vehicle import DEEPRACER
from deepracer_gazebo.car import describe_car
from deepracer_gazebo.car_urdf import robot_description

HALF_CAR = (0.324 / 2, 0.1962 / 2)  # [m] of the published car's rectangle
ENDS = ("min", "max")


@pytest.fixture(scope="module")
def model() -> Element:
    return car_model()


def test_the_camera_is_the_vehicles() -> None:
    model = car_model(fps=30.0)
    sensor = model.find("link[@name='base_link']/sensor[@type='camera']")
    camera = sensor.find("camera")
    assert sensor.findtext("topic") == "/image_raw"
    assert float(sensor.findtext("update_rate")) == 30.0
    assert float(camera.findtext("horizontal_fov")) == DEEPRACER.camera.horizontal_fov
    assert (camera.findtext("image/width"), camera.findtext("image/height")) == ("160", "120")
    assert camera.findtext("image/format") == "R8G8B8"
    assert camera.findtext("optical_frame_id") == "camera_optical"
    assert (camera.findtext("clip/near"), camera.findtext("clip/far")) == ("0.02", "300")
    assert sensor.find("pose").get("relative_to") == "camera_link"
    assert not numbers(sensor.findtext("pose")).any()
    looks = sdf_frames(model)["camera_link"]
    np.testing.assert_allclose(looks[:3, 3], (0.14529, 0.0, 0.13033))
    pitch = DEEPRACER.camera.pitch
    np.testing.assert_allclose(looks[:3, 0], (math.cos(pitch), 0.0, -math.sin(pitch)), atol=1e-9)


def test_the_optical_frame_looks_along_z_with_y_down(model: Element) -> None:
    link, optical = (sdf_frames(model)[name] for name in ("camera_link", "camera_optical"))
    np.testing.assert_allclose(optical[:3, 2], link[:3, 0], atol=1e-9)
    np.testing.assert_allclose(optical[:3, 1], -link[:3, 2], atol=1e-9)


def test_a_lidar_only_where_it_is_wanted(model: Element) -> None:
    assert model.find(".//sensor[@type='gpu_lidar']") is None
    assert car_model(lidar=True).find(".//sensor[@type='gpu_lidar']") is not None


def test_the_lidar_is_the_published_one() -> None:
    model = car_model(lidar=True)
    sensor = model.find("link[@name='base_link']/sensor[@type='gpu_lidar']")
    assert float(sensor.findtext("update_rate")) == 10.0
    assert sensor.findtext("lidar/scan/horizontal/samples") == "64"
    angles = [float(sensor.findtext(f"lidar/scan/horizontal/{end}_angle")) for end in ENDS]
    assert angles == [-2.618, 2.618]
    assert [float(sensor.findtext(f"lidar/range/{end}")) for end in ENDS] == [0.15, 12.0]
    assert sensor.findtext("lidar/range/resolution") == sensor.findtext("lidar/noise/stddev")
    assert float(sensor.findtext("lidar/noise/stddev")) == 0.01
    assert sensor.find("pose").get("relative_to") == sensor.findtext("gz_frame_id") == "lidar_link"
    assert not numbers(sensor.findtext("pose")).any()
    place = sdf_frames(model)["lidar_link"]
    np.testing.assert_allclose(place[:3, 3], (0.029, 0.0, 0.184249))
    np.testing.assert_allclose(place[:3, 0], (-1.0, 0.0, 0.0), atol=1e-9)  # looks backwards


def corners_of_all(kind: str) -> np.ndarray:
    """Return the corners (N, 3) [m] of boxes around each visual or collision, wheels ahead."""
    robot = ElementTree.fromstring(robot_description())
    frames, corners = urdf_frames(robot), []
    unit = np.array(np.meshgrid(*[(-0.5, 0.5)] * 3)).reshape(3, -1)
    for link in robot.findall("link"):
        for part in link.findall(kind):
            origin, box = part.find("origin"), part.find("geometry/box")
            cylinder = part.find("geometry/cylinder")
            if box is not None:
                size = numbers(box.get("size"))
            else:
                across = 2 * float(cylinder.get("radius"))
                size = np.array([across, across, float(cylinder.get("length"))])
            turn, _ = cv2.Rodrigues(np.zeros(3))
            for angle, axis in zip(numbers(origin.get("rpy")), np.eye(3), strict=True):
                turn = cv2.Rodrigues(angle * axis)[0] @ turn
            points = (turn @ (unit * size[:, None])).T + numbers(origin.get("xyz"))
            corners.append(
                points @ frames[link.get("name")][:3, :3].T + frames[link.get("name")][:3, 3]
            )
    return np.concatenate(corners)


@pytest.mark.parametrize("kind", ["visual", "collision"])
def test_the_car_is_as_large_as_the_published_one(kind: str) -> None:
    corners = corners_of_all(kind)
    assert (np.abs(corners[:, :2]).max(axis=0) <= HALF_CAR).all()
    assert corners[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert corners[:, 2].max() <= 0.194
    assert np.ptp(corners[:, 0]) > 0.3


def test_nothing_touches_or_weighs_above_or_beside_what_is_seen() -> None:
    seen, touching = corners_of_all("visual")[:, 1:], corners_of_all("collision")[:, 1:]
    low, high = seen.min(axis=0) - 1e-6, seen.max(axis=0) + 1e-6
    assert (touching >= low).all() and (touching <= high).all()
    for solid in describe_car().links[0].solids:
        middle, half = np.array(solid.xyz)[1:], np.array(solid.shape)[1:] / 2.0
        assert (middle - half >= low).all() and (middle + half <= high).all()


def test_the_camera_sees_nothing_of_its_own_car() -> None:
    camera = DEEPRACER.camera
    eye = corners_of_all("visual") - (camera.forward, 0.0, camera.height)
    ahead = eye[:, 0] * math.cos(camera.pitch) - eye[:, 2] * math.sin(camera.pitch)
    up = eye[:, 0] * math.sin(camera.pitch) + eye[:, 2] * math.cos(camera.pitch)
    lowest = -math.tan(math.atan(camera.height_px / 2 / camera.focal_length))
    in_view = (ahead > 0.0) & (up > lowest * ahead)
    assert not in_view.any()
