# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Track geometry: by value on a circle, against shapely, and against a logged training run."""

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.errors import TrackError
from deepracer_core.track import Track, lap_progress
from deepracer_core.vehicle import DEEPRACER

POINTS = 361


def circle(radius: float, width: float = 0.8, clockwise: bool = False) -> Track:
    """A round track about the origin that starts at (radius, 0)."""
    angle = np.linspace(0.0, 2.0 * np.pi, POINTS) * (-1.0 if clockwise else 1.0)
    ring = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    ring[-1] = ring[0]
    half = width / 2.0
    rows = np.hstack((radius * ring, (radius - half) * ring, (radius + half) * ring))
    return Track.from_rows("circle", rows)


def test_length_and_direction_of_a_circle() -> None:
    track = circle(2.0)
    assert track.length == pytest.approx(4.0 * np.pi, rel=1e-4)
    assert track.closed
    assert track.is_ccw
    assert not circle(2.0, clockwise=True).is_ccw


def test_projection_on_a_circle() -> None:
    track = circle(2.0)
    angle = np.radians([10.0, 95.0, 200.0])
    points = 2.3 * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    projection = track.centre_line.project(points)
    np.testing.assert_allclose(projection.distance, 2.0 * angle, atol=1e-3)
    np.testing.assert_allclose(projection.offset, 0.3, atol=1e-3)
    np.testing.assert_allclose(projection.point, points * 2.0 / 2.3, atol=1e-3)


def test_places_along_the_line_invert_the_projection() -> None:
    track = circle(2.0)
    distance = np.linspace(0.0, track.length * 0.999, 50)
    points, heading = track.centre_line.at(distance)
    np.testing.assert_allclose(track.centre_line.project(points).distance, distance, atol=1e-9)
    expected = np.unwrap(distance / 2.0 + np.pi / 2.0)
    np.testing.assert_allclose(np.unwrap(heading), expected, atol=0.01)


def test_left_of_centre_is_towards_the_middle_only_when_driven_counter_clockwise() -> None:
    inside, outside = np.array([[1.9, 0.0]]), np.array([[2.1, 0.0]])
    assert circle(2.0).is_left_of_centre(inside)[0]
    assert not circle(2.0).is_left_of_centre(outside)[0]
    assert not circle(2.0, clockwise=True).is_left_of_centre(inside)[0]


def test_width_is_that_between_the_borders() -> None:
    track = circle(2.0, width=0.8)
    np.testing.assert_allclose(track.width(track.centre[:-1]), 0.8, atol=1e-3)


def test_waypoints_around_the_start_wrap() -> None:
    track = circle(2.0)
    pairs = track.closest_waypoints(np.array([0.0, 1e-6, track.length - 1e-6, track.length]))
    np.testing.assert_array_equal(pairs[:3], [[0, 1], [0, 1], [POINTS - 2, POINTS - 1]])
    np.testing.assert_array_equal(pairs[3], [POINTS - 1, 0])


@given(st.lists(st.tuples(*[st.floats(-3.0, 3.0)] * 2), min_size=1, max_size=30))
def test_road_and_projection_agree_with_shapely(points: list[tuple[float, float]]) -> None:
    track = circle(1.5, width=0.7)
    road = shapely.Polygon(track.outer, [track.inner])
    line = shapely.LineString(track.centre)
    array = np.array(points)
    clear = shapely.distance(road.boundary, shapely.points(array)) > 1e-9
    expected = shapely.contains_xy(road, array)
    np.testing.assert_array_equal(track.on_road(array)[clear], expected[clear])
    distance = shapely.distance(line, shapely.points(array))
    np.testing.assert_allclose(track.centre_line.project(array).offset, distance, atol=1e-9)


def test_an_open_track_has_a_road_and_no_rotation() -> None:
    x = np.linspace(0.0, 5.0, 11)
    rows = np.stack((x, 0 * x, x, 0 * x + 0.3, x, 0 * x - 0.3), axis=1)
    track = Track.from_rows("straight", rows)
    assert not track.closed
    points = np.array([[2.0, 0.2], [2.0, 0.4], [-0.1, 0.0], [5.1, 0.0]])
    np.testing.assert_array_equal(track.on_road(points), [True, False, False, False])
    assert track.is_left_of_centre(points[:1])[0]


def test_a_point_gives_the_same_bits_alone_and_among_others() -> None:
    track = circle(2.0)
    points = np.random.default_rng(0).uniform(-2.5, 2.5, (64, 2))
    together = track.centre_line.project(points)
    for i in range(64):
        alone = track.centre_line.project(points[i : i + 1])
        assert alone.distance[0] == together.distance[i]
        assert alone.offset[0] == together.offset[i]


@pytest.mark.parametrize(
    ("share", "start", "previous", "expected"),
    [
        (0.30, 0.25, 4.0, 5.0),
        (0.05, 0.95, 8.0, 10.0),  # over the line of the route
        (0.2501, 0.25, 99.9, 100.0),  # the lap is whole, and stays so
        (0.245, 0.25, 0.1, -0.5),  # rolled back over the start
        (0.25, 0.25, 0.0, 0.0),
    ],
)
def test_progress(share: float, start: float, previous: float, expected: float) -> None:
    result = lap_progress(np.array([share]), np.array([start]), np.array([previous]))
    assert result[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros((5, 4)), "shape"),
        (np.zeros(7), "shape"),
        (np.full((9, 6), np.nan), "NaN"),
        (np.zeros((9, 6)), "at least 4"),
        (np.zeros((0, 6)), "at least 4"),
        (np.zeros((9, 6), dtype=complex), "real numbers"),
        (np.array([["a"] * 6] * 9), "real numbers"),
    ],
)
def test_a_wrong_route_is_refused(content: np.ndarray, message: str, tmp_path: Path) -> None:
    np.save(tmp_path / "route.npy", content)
    with pytest.raises(TrackError, match=message):
        Track.from_route(tmp_path / "route.npy")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY garbage", b"PK\x03\x04"])
def test_a_file_that_is_no_array_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "route.npy"
    path.write_bytes(content)
    with pytest.raises(TrackError, match="cannot be read"):
        Track.from_route(path)
    with pytest.raises(TrackError, match="cannot be read"):
        Track.from_route(tmp_path / "missing.npy")


class LoggedRun:
    """A logged training run on re:Invent 2018, `prepare` rows aside where they do not count."""

    def __init__(self, file: Path, track: Track) -> None:
        with file.open() as lines:
            self.rows = list(csv.DictReader(lines))
        self.points = np.array([[float(r["X"]), float(r["Y"])] for r in self.rows])
        self.yaw = np.radians([float(r["yaw"]) for r in self.rows])
        self.driven = np.array([r["episode_status"] != "prepare" for r in self.rows])
        self.projection = track.centre_line.project(self.points)

    def column(self, name: str) -> np.ndarray:
        return np.array([r[name] for r in self.rows])

    def wheels(self) -> np.ndarray:
        heading = np.stack((np.cos(self.yaw), np.sin(self.yaw)), axis=1)
        base = self.points - DEEPRACER.front_point * heading
        poses = np.column_stack((base, self.yaw))
        np.testing.assert_allclose(DEEPRACER.front_points(poses), self.points, atol=1e-12)
        return DEEPRACER.wheel_points(poses)


@pytest.fixture(params=["0-iteration.csv", "9-iteration.csv"])
def logged(request: pytest.FixtureRequest, shared: Path) -> tuple[Track, LoggedRun]:
    track = Track.from_route(shared / "routes" / "reinvent_base.npy")
    return track, LoggedRun(shared / "oracle" / "training-simtrace" / request.param, track)


def test_logged_progress_is_reproduced(logged: tuple[Track, LoggedRun]) -> None:
    track, run = logged
    share = run.projection.distance / track.length
    expected = run.column("progress").astype(float)
    progress = np.zeros(len(share))
    for i, driven in enumerate(run.driven):
        if not driven:  # The log gives no start of an episode, but this row's progress.
            start, progress[i] = share[i] - expected[i] / 100.0, expected[i]
            continue
        step = (share[i : i + 1], np.array([start]), progress[i - 1 : i])
        progress[i] = lap_progress(*step)[0]
    assert len(progress) > 500
    np.testing.assert_allclose(progress, expected, atol=1e-6)


def test_logged_waypoints_wheels_and_rewards_are_reproduced(
    logged: tuple[Track, LoggedRun], shared: Path
) -> None:
    track, run = logged
    waypoint = track.nearest_waypoint(run.points, run.projection.distance)
    on_road = track.on_road(run.wheels())
    pairs = {
        "closest_waypoint": waypoint == run.column("closest_waypoint").astype(int),
        "all_wheels_on_track": on_road.all(axis=1)
        == (run.column("all_wheels_on_track") == "True"),
        "off_track": ~on_road.any(axis=1) == (run.column("episode_status") == "off_track"),
        "reward": np.isclose(
            sample_rewards(track, run, shared), run.column("reward").astype(float)
        ),
    }
    for name, equal in pairs.items():
        assert equal[run.driven].mean() >= 0.999, name


def sample_rewards(track: Track, run: LoggedRun, shared: Path) -> np.ndarray:
    """Evaluate the run's own reward function on what our geometry says."""
    scope: dict = {}
    exec((shared / "oracle" / "reward_function.py").read_text(), scope)
    width = track.width(run.projection.point)
    offset = run.projection.offset
    return np.array(
        [
            scope["reward_function"]({"track_width": w, "distance_from_center": d})
            for w, d in zip(width, offset, strict=True)
        ]
    )
