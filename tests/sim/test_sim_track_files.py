# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The shipped tracks match the community's routes, and unusable track files are refused."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from deepracer_core.errors import TrackError
from deepracer_core.track import Polyline, Track
from deepracer_sim.track_files import load_track, track_names

TOLERANCE = 0.03  # [m]
SURFACES = {"reinvent_carpet", "reinvent_concrete", "reinvent_wood"}
CLOSED = {
    "AWS_track",
    "Bowtie_track",
    "Oval_track",
    "reInvent2019_track",
    "reinvent_base",
    *SURFACES,
}
NAMES = sorted(CLOSED | {"Straight_track"})

DRAWING = """
title: Stadium
appearance: grey
start: {x: 2.0, y: 0.5, heading: 0}
width: 0.762
segments:
  - straight: 1.5
  - left: {radius: 1.0, angle: 180}
  - straight: 3.0
  - left: {radius: 1.0, angle: 180}
  - straight: 1.5
"""


@pytest.fixture(params=NAMES)
def pair(request: pytest.FixtureRequest, shared: Path) -> tuple[Track, Track]:
    """A shipped track and the route that it describes."""
    name = request.param
    route = "reinvent_base" if name in SURFACES else name
    return load_track(name).track, Track.from_route(shared / "routes" / f"{route}.npy")


def furthest(line: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how far [m] any point of `line`, not only its corners, is from `other`."""
    path = Polyline(line)
    points, _ = path.at(np.arange(0.0, path.length, 0.02))
    return float(Polyline(other).project(points).offset.max())


@pytest.mark.parametrize("line", ["centre", "inner", "outer"])
def test_lines_follow_the_route_both_ways(pair: tuple[Track, Track], line: str) -> None:
    ours, route = (getattr(track, line) for track in pair)
    repeated = np.hypot(*np.diff(route, axis=0).T) == 0.0
    route = route[~np.append(repeated, False)]
    assert furthest(ours, route) < TOLERANCE
    assert furthest(route, ours) < TOLERANCE


def test_length_start_and_direction_are_the_routes(pair: tuple[Track, Track]) -> None:
    ours, route = pair
    assert ours.closed == route.closed
    assert ours.length == pytest.approx(route.length, rel=0.003)
    assert np.hypot(*(ours.centre[0] - route.centre[0])) < 0.01
    directions = [np.subtract(*track.centre[[1, 0]]) for track in pair]
    ours_heading, route_heading = (np.arctan2(dy, dx) for dx, dy in directions)
    assert ours_heading == pytest.approx(route_heading, abs=np.radians(3))


def test_waypoint_numbers_mean_the_same_places(pair: tuple[Track, Track]) -> None:
    """Reward functions name waypoints by their number."""
    ours, route = pair
    assert len(ours.centre) == len(route.centre)
    assert np.hypot(*(ours.centre - route.centre).T).max() < 0.08


def test_names() -> None:
    assert track_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_heading_is_continuous_around_the_lap(name: str) -> None:
    track = load_track(name).track
    steps = np.diff(track.centre, axis=0)
    if track.closed:
        steps = np.concatenate((steps, steps[:1]))
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    spacing = np.hypot(*steps[0])
    tightest_radius = 0.8
    assert np.abs(turns).max() <= spacing / tightest_radius
    assert turns.sum() == pytest.approx(2 * np.pi if track.closed else 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_road_has_its_width_everywhere(name: str) -> None:
    track = load_track(name).track
    drawn = {"reInvent2019_track": 1.0668, "reinvent_base": 0.762}
    width = drawn.get("reinvent_base" if name in SURFACES else name, 0.6096)
    np.testing.assert_allclose(track.width(track.centre), width, atol=0.005)


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_closed_tracks_close_to_the_bit(name: str) -> None:
    track = load_track(name).track
    for line in (track.centre, track.inner, track.outer):
        np.testing.assert_array_equal(line[0], line[-1])


def test_surfaces_share_the_shape_and_differ_in_looks() -> None:
    base = load_track("reinvent_base")
    looks = {base.appearance}
    for name in SURFACES:
        description = load_track(name)
        np.testing.assert_array_equal(description.track.centre, base.track.centre)
        assert description.name == description.track.name == name
        looks.add(description.appearance)
    assert len(looks) == 4


def test_a_file_of_ones_own_is_a_track(tmp_path: Path) -> None:
    path = tmp_path / "stadium.yaml"
    path.write_text(DRAWING)
    description = load_track(path)
    assert (description.name, description.title) == ("stadium", "Stadium")
    assert description.track.length == pytest.approx(6.0 + 2 * np.pi, rel=1e-3)
    assert description.appearance == load_track("Oval_track").appearance


@pytest.mark.parametrize("name", ["Oval_track", "reinvent_wood"])
def test_a_file_may_borrow_a_shipped_shape(tmp_path: Path, name: str) -> None:
    path = tmp_path / "green.yml"
    path.write_text(f"{{title: Green, appearance: reinvent, shape: {name}}}")
    shipped = load_track(name).track
    np.testing.assert_array_equal(load_track(str(path)).track.inner, shipped.inner)


def test_a_borrowed_shape_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "green.yml"
    path.write_text("{title: Green, appearance: reinvent, shape: Oval}")
    with pytest.raises(TrackError, match="unknown track 'Oval'; did you mean Oval_track"):
        load_track(path)


def test_a_route_file_is_a_grey_track(tmp_path: Path) -> None:
    track = load_track("reinvent_base").track
    path = tmp_path / "some_route.npy"
    np.save(path, np.hstack((track.centre, track.inner, track.outer)))
    description = load_track(str(path))
    assert description.name == description.title == "some_route"
    assert description.appearance == load_track("Oval_track").appearance
    np.testing.assert_array_equal(description.track.outer, track.outer)


@pytest.mark.parametrize("name", ["reinvent_bse", "Reinvent_Base"])
def test_an_unknown_name_lists_the_names_and_the_close_ones(name: str) -> None:
    with pytest.raises(TrackError) as error:
        load_track(name)
    assert "did you mean reinvent_base" in str(error.value)
    assert all(known in str(error.value) for known in NAMES)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (DRAWING, "", "must hold keys with values"),
        ("{x: 2.0", "[x: 2.0", "is not YAML"),
        ("title: Stadium", "", "it lacks title"),
        ("title: Stadium", "title: 2026-99-99", "is not YAML"),
        ("width:", "shape: Oval_track\nwidth:", "it has unknown segments, start, width; use"),
        ("width:", "surface: ice\nwidth:", "it has unknown surface; use .*closed"),
        ("width: 0.762", "width: wide", "width is 'wide'; it must be a number"),
        ("width: 0.762", "width: .nan", "width is nan; it must be at most 1000000"),
        ("width: 0.762", f"width: 1{'0' * 400}", "width is 10+; it must be at most 1000000"),
        ("width: 0.762", "width: -1", "width is -1.0 m; it must be above 0"),
        ("appearance: grey", "appearance: gray", "appearance 'gray'; did you mean grey"),
        ("heading: 0", "heading: 0, z: 1", "start has unknown z; use heading, x, y"),
        ("start: {x: 2.0, y: 0.5, heading: 0}", "start: 3", "start is 3; it must have heading"),
        ("width:", "closed: 1\nwidth:", "closed is 1; it must be true or false"),
        ("width:", "waypoints: 9.5\nwidth:", "waypoints is 9.5; it must be a whole number"),
        ("straight: 3.0", "straight: 3.1", "ends 0.100 m from the start"),
        ("straight: 3.0", "straight: -3", "segment 3 length is -3; it must be above 0"),
        ("straight: 3.0", "bend: 3.0", "segment 3 is {'bend': 3.0}; use straight: LENGTH"),
        ("{radius: 1.0, angle: 180}", "{radius: 1.0}", "segment 2 lacks angle"),
        ("{radius: 1.0, angle: 180}", "{radius: 1.0, angle: 0}", "segment 2 angle is 0; it must"),
        ("{radius: 1.0, angle: 180}", "{radius: 0.3, angle: 180}", "radius of 0.300 m; .* above"),
    ],
)
def test_unusable_track_files_are_refused_in_one_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(DRAWING.replace(old, new, 1))
    with pytest.raises(TrackError, match=message) as error:
        load_track(path)
    assert str(error.value).startswith(f"track file {path}: ")
    assert "\n" not in str(error.value)


def test_segments_must_be_a_list(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(DRAWING.split("segments:")[0] + "segments: 3\n")
    with pytest.raises(TrackError, match="segments must be a list"):
        load_track(path)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(TrackError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_track("nowhere.yaml")
    with pytest.raises(TrackError, match=r"nowhere\.npy"):
        load_track("nowhere.npy")


def test_a_route_whose_borders_meet_is_refused(tmp_path: Path) -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 80)
    ring = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    inner = 2.1 * ring
    inner[20] = 2.9 * ring[20]
    np.save(tmp_path / "route.npy", np.hstack((2.5 * ring, inner, 2.9 * ring)))
    with pytest.raises(TrackError, match=r"0 m apart beside x -0\.05, y 2\.50; a road is at"):
        load_track(tmp_path / "route.npy")


@pytest.mark.parametrize("scale", [1e-3, 1e3, 1e6])
def test_a_route_that_is_not_in_metres_is_refused(scale: float, tmp_path: Path) -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 80)
    ring = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    np.save(tmp_path / "route.npy", scale * np.hstack((2.5 * ring, 2.1 * ring, 2.9 * ring)))
    with pytest.raises(TrackError, match="is it in metres"):
        load_track(tmp_path / "route.npy")
