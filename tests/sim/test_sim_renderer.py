# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Frames: geometry by projecting known points, equality of grey and colour, of one and many."""

from dataclasses import replace

import numpy as np
import pytest
from dark_room import spotted_ground
from pinhole import project

from deepracer_core.observation import to_grey
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.painter import paint
from deepracer_sim.renderer import Renderer
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import random_start
from deepracer_sim.track_files import load_track

CAMERA = DEEPRACER.camera


@pytest.mark.parametrize("yaw", [0.0, 0.7, 2.0, -1.3, 3.1])
@pytest.mark.parametrize(("ahead", "left"), [(0.4, 0.0), (0.5, 0.15), (0.7, -0.25), (1.0, 0.4)])
def test_a_spot_on_the_floor_appears_where_a_pinhole_camera_shows_it(
    yaw: float, ahead: float, left: float
) -> None:
    pose = np.array([4.0, 3.0, yaw])
    forward, side = np.array([np.cos(yaw), np.sin(yaw)]), np.array([-np.sin(yaw), np.cos(yaw)])
    spot = pose[:2] + ahead * forward + left * side
    frame = Renderer(spotted_ground(spot[None]), CAMERA).bgr(pose[None])[0, :, :, 0]
    rows, columns = np.nonzero(frame[45:] > 100)  # below the walls
    rows += 45
    expected = project(np.array([*spot, 0.0]), pose)
    assert len(rows)
    assert columns.mean() == pytest.approx(expected[0], abs=1.0)
    assert rows.mean() == pytest.approx(expected[1], abs=1.0)


@pytest.mark.parametrize("yaw", [0.0, 0.4, 1.5, -2.5])
def test_wall_edges_appear_where_a_pinhole_camera_shows_them(yaw: float) -> None:
    ground = spotted_ground(np.empty((0, 2)))
    pose = np.array([4.0, 3.0, yaw])
    frame = Renderer(ground, CAMERA).bgr(pose[None])[0, :, :, 0]
    x_low, y_low, x_high, y_high = ground.rectangle
    along = np.linspace(0.0, 1.0, 400)
    low_high = [(x_low, y_low, x_high, y_low), (x_high, y_low, x_high, y_high)]
    low_high += [(x_high, y_high, x_low, y_high), (x_low, y_high, x_low, y_low)]
    checked = 0
    for x0, y0, x1, y1 in low_high:
        for x, y in zip(x0 + along * (x1 - x0), y0 + along * (y1 - y0), strict=True):
            if (x - pose[0]) * np.cos(yaw) + (y - pose[1]) * np.sin(yaw) < 0.3:
                continue  # behind the camera
            for height, below, above in ((0.0, 0, 90), (1.0, 90, 180)):
                u, v = project(np.array([x, y, height]), pose)
                if 0 <= u < 159 and 3 <= v < 116:
                    column = frame[:, round(u)]
                    assert column[int(v) + 3] == below
                    assert column[int(v) - 3] == above
                    checked += 1
    assert checked > 100


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    simulation = Simulation("reinvent_base", 64)
    generator = np.random.default_rng(1)
    starts = [random_start(simulation.track, "both", generator) for _ in range(64)]
    simulation.reset(np.arange(64), starts)
    simulation.state[:, :3] += generator.normal(0.0, 0.2, (64, 3))
    return simulation


def test_grey_frames_are_to_the_bit_what_the_car_makes_of_colour_frames(
    simulation: Simulation,
) -> None:
    colour = simulation.renderer.bgr(simulation.state[:, :3])
    grey = simulation.frames()
    assert colour.shape == (64, 120, 160, 3)
    for frame, expected in zip(grey, colour, strict=True):
        np.testing.assert_array_equal(frame, to_grey(expected))


def test_one_car_sees_the_same_bits_as_among_others(simulation: Simulation) -> None:
    together = simulation.frames()
    for car in range(64):
        np.testing.assert_array_equal(simulation.frames(np.array([car]))[0], together[car])


@pytest.mark.parametrize("position", [(-50.0, 3.0), (1e6, -1e6), (8.57, 5.79)])
def test_cars_that_left_the_field_get_a_frame_all_the_same(
    position: tuple[float, float], simulation: Simulation
) -> None:
    poses = np.array([[*position, yaw] for yaw in np.linspace(-3.0, 3.0, 16)])
    frames = simulation.renderer.bgr(poses)
    assert frames.shape == (16, 120, 160, 3)


def test_without_walls_the_field_reaches_the_horizon() -> None:
    description = load_track("Oval_track")
    renderer = Renderer(paint(description.track, description.appearance), CAMERA)
    frame = renderer.bgr(np.array([[3.0, 0.96, 0.0]]))[0]
    sky, field = (np.array(getattr(description.appearance, n)[::-1]) for n in ("sky", "field"))
    horizon = (CAMERA.height_px - 1) / 2 - CAMERA.focal_length * np.tan(CAMERA.pitch)
    assert (frame[: int(horizon) - 1] == sky).all()
    assert (frame[int(horizon) + 2, [0, -1]] == field).all()


def test_a_steeper_camera_sees_the_horizon_higher() -> None:
    description = load_track("Oval_track")
    ground = paint(description.track, description.appearance)
    sky = np.array(description.appearance.sky[::-1])
    pose = np.array([[3.0, 0.96, 0.0]])
    rows = [
        (Renderer(ground, replace(CAMERA, pitch=pitch)).bgr(pose)[0] == sky).all(axis=2).sum()
        for pitch in (0.1, 0.2, 0.3)
    ]
    assert rows[0] > rows[1] > rows[2] > 0
