# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Boxes and bot cars: where they are, how they move, and what happens when a car meets them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pinhole import project

from deepracer_core.errors import ConfigError
from deepracer_core.track import Track
from deepracer_sim import rewards
from deepracer_sim.object_settings import CAR_LENGTH, TIME_TRIAL, ObjectSettings
from deepracer_sim.objects import CHANGE_AFTER, CLEAR_AHEAD, CLEAR_BEHIND, Objects
from deepracer_sim.simulation import STEP_TIME, Simulation, Status
from deepracer_sim.starts import Start

AHEAD = 2.0  # [m] from the first point of reinvent_base its first straight goes on for so long


def begun(settings: ObjectSettings, *starts: Start, track: str = "reinvent_base") -> Simulation:
    simulation = Simulation(track, len(starts), objects=settings)
    generators = [np.random.default_rng(i) for i in range(len(starts))]
    simulation.reset(np.arange(len(starts)), starts, generators)
    return simulation


def objects_of(simulation: Simulation) -> Objects:
    assert simulation.objects is not None
    return simulation.objects


def one_box(distance: float, lane: int, *starts: Start) -> Simulation:
    """Put a box `distance` [m] from the first point of reinvent_base."""
    length = Simulation("reinvent_base", 1).track.length
    places = ((distance / length, lane),)
    return begun(ObjectSettings("box", 1, places=places), *starts)


def check_places(simulation: Simulation, tracks: list[Track]) -> None:
    """Check that points, distances, sides and offsets of objects tell of the same places."""
    objects = objects_of(simulation)
    for car, track in enumerate(tracks):
        reverse = simulation.reverse[car]
        projection = track.centre_line.project(objects.points[car])
        driven = np.where(reverse, track.length - projection.distance, projection.distance)
        gap = (driven - objects.distance[car] + track.length / 2) % track.length - track.length / 2
        np.testing.assert_allclose(gap, 0.0, atol=0.03)
        np.testing.assert_allclose(objects.offset[car], projection.offset, atol=0.01)
        left = track.is_left_of_centre(objects.points[car]) ^ reverse
        off_the_line = objects.offset[car] > 0.02
        np.testing.assert_array_equal(
            objects.left_of_centre[car][off_the_line], left[off_the_line]
        )


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.floats(0.5, 2.2), st.integers(0, 1000), st.booleans())
def test_random_boxes_keep_clear_of_the_start_and_of_each_other(
    count: int, apart: float, seed: int, reverse: bool
) -> None:
    simulation = Simulation(
        "reinvent_base,Oval_track", 8, objects=ObjectSettings.boxes(count, apart)
    )
    generators = [np.random.default_rng(seed + i) for i in range(8)]
    starts = [Start(float(g.random()), reverse) for g in generators]
    simulation.reset(np.arange(8), starts, generators)
    objects = objects_of(simulation)
    for car in range(8):
        length = simulation.tracks[car % 2].length
        share = 1.0 - starts[car].share if reverse else starts[car].share
        ahead = np.sort((objects.distance[car] - share * length) % length)
        assert ahead[0] >= CLEAR_AHEAD - 1e-9
        assert ahead[-1] <= length - CLEAR_BEHIND + 1e-9
        assert (np.diff(ahead) >= apart - 1e-9).all()
    check_places(simulation, [simulation.tracks[car % 2] for car in range(8)])
    assert (objects.speed == 0.0).all()


def test_random_places_fill_the_lap_and_both_lanes() -> None:
    simulation = begun(ObjectSettings.boxes(4), *[Start(0.0, False)] * 200)
    objects = objects_of(simulation)
    counts, _ = np.histogram(objects.distance, 8, (CLEAR_AHEAD, simulation.track.length))
    assert counts.min() > 60
    assert objects.left_of_centre.mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(objects.offset, 0.762 / 4, atol=0.005)


def test_objects_are_drawn_anew_for_every_episode_and_alike_for_every_batch() -> None:
    simulation = begun(ObjectSettings.boxes(), *[Start(0.0, False)] * 3)
    first = objects_of(simulation).distance.copy()
    np.testing.assert_array_equal(
        objects_of(begun(ObjectSettings.boxes(), Start(0.0, False))).distance[0], first[0]
    )
    simulation.reset(np.array([1]), [Start(0.0, False)], [np.random.default_rng(9)])
    again = objects_of(simulation).distance
    np.testing.assert_array_equal(again[[0, 2]], first[[0, 2]])
    assert (again[1] != first[1]).all()


@pytest.mark.parametrize(("reverse", "inner_is_left"), [(False, True), (True, False)])
def test_given_places_count_in_driving_direction(reverse: bool, inner_is_left: bool) -> None:
    places = ((0.2, 1), (0.6, -1))
    simulation = begun(ObjectSettings("box", 2, places=places), Start(0.4, reverse))
    objects = objects_of(simulation)
    np.testing.assert_allclose(objects.distance[0] / simulation.track.length, [0.2, 0.6])
    np.testing.assert_array_equal(objects.left_of_centre[0], [inner_is_left, not inner_is_left])
    check_places(simulation, [simulation.track])


@pytest.mark.parametrize(("share", "moves"), [(0.5, False), (0.19, True), (0.21, True)])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_start_near_a_given_place_moves_back(share: float, moves: bool, reverse: bool) -> None:
    """Shares in driving direction; the box is at 0.2."""
    start = Start(1.0 - share if reverse else share, reverse)
    simulation = begun(ObjectSettings("box", 1, places=((0.2, 1),)), start)
    length = simulation.track.length
    along = simulation.track.centre_line.project(simulation.front_points()).distance[0]
    driven = length - along if reverse else along
    expected = 0.2 * length - CLEAR_AHEAD if moves else share * length
    assert driven == pytest.approx(expected, abs=1e-6)
    simulation.step(np.array([[0.0, 1.0]]))
    assert 0.0 < simulation.progress[0] < 1.0


@pytest.mark.parametrize("reverse", [False, True])
def test_bot_cars_follow_their_lane_in_the_cars_direction(reverse: bool) -> None:
    simulation = begun(ObjectSettings.bots(3, speed=0.5), Start(0.3, reverse))
    objects = objects_of(simulation)
    begin, lanes = objects.distance.copy(), objects.left_of_centre.copy()
    trace = [objects.points[0].copy()]
    for _ in range(150):
        simulation.step(np.zeros((1, 2)))
        trace.append(objects.points[0].copy())
    moved = (objects.distance - begin) % simulation.track.length
    np.testing.assert_allclose(moved, 150 * STEP_TIME * 0.5)
    check_places(simulation, [simulation.track])
    np.testing.assert_array_equal(objects.left_of_centre, lanes)
    for before, after in pairwise(trace):
        steps = np.hypot(*(after - before).T)
        assert (steps < 2.0 * 0.5 * STEP_TIME).all()
    way = trace[-1] - trace[-2]
    turned = np.arctan2(way[:, 1], way[:, 0]) - objects.heading[0]
    np.testing.assert_allclose((turned + np.pi) % (2 * np.pi) - np.pi, 0.0, atol=0.15)
    assert (objects.speed == 0.5).all()


def test_lane_changes_come_every_3_to_5_s_and_are_smooth() -> None:
    settings = ObjectSettings.bots(3, speed=0.5, lane_change=True)
    simulation = begun(settings, *[Start(0.0, False)] * 8)
    objects = objects_of(simulation)
    left, signed = [], []
    for _ in range(round(30.0 / STEP_TIME)):
        simulation.step(np.zeros((8, 2)))
        left.append(objects.left_of_centre.copy())
        signed.append(np.where(left[-1], objects.offset, -objects.offset))
    changed = np.diff(np.array(left).astype(int), axis=0) != 0
    times = [np.flatnonzero(column) * STEP_TIME for column in changed.reshape(len(changed), -1).T]
    pauses = np.concatenate([np.diff(when) for when in times])
    low, high = CHANGE_AFTER
    assert low - 2 * STEP_TIME <= pauses.min() < 3.5 < 4.5 < pauses.max() <= high + 2 * STEP_TIME
    assert np.abs(np.diff(signed, axis=0)).max() < 0.03
    check_places(simulation, [simulation.track] * 8)


@pytest.mark.parametrize("lane", [1, -1])
def test_a_car_that_drives_into_a_box_has_crashed_where_their_edges_meet(lane: int) -> None:
    simulation = one_box(AHEAD, lane, Start(0.0, False))
    # In the middle of the box's lane.
    objects = objects_of(simulation)
    simulation.state[0, 1] = objects.points[0, 0, 1]
    for _ in range(60):
        before = simulation.state[0, 0]
        simulation.step(np.array([[0.0, 1.0]]))
        if simulation.status[0]:
            break
    assert Status(simulation.status[0]).label == "crashed"
    assert simulation.crashed[0]
    edge = objects.points[0, 0, 0] - 0.4 / 2 - CAR_LENGTH / 2
    assert before < edge <= simulation.state[0, 0]
    assert rewards.progress(simulation)[0] == -1.0


def test_a_car_passes_a_box_in_the_other_lane() -> None:
    simulation = one_box(AHEAD, 1, Start(0.0, False))
    objects = objects_of(simulation)
    simulation.state[0, 1] -= objects.offset[0, 0]  # the outer lane, on a straight along x
    for _ in range(60):
        simulation.step(np.array([[0.0, 1.0]]))
        assert simulation.status[0] == Status.IN_PROGRESS
        if simulation.state[0, 0] > objects.points[0, 0, 0] + 0.5:
            return
    pytest.fail("the car did not pass")


def test_a_crash_counts_before_leaving_the_road_and_ends_with_a_new_start() -> None:
    simulation = one_box(AHEAD, 1, Start(0.0, False))
    box = objects_of(simulation).points[0, 0]
    simulation.state[0, :2] = box
    simulation.step(np.zeros((1, 2)))
    assert simulation.status[0] == Status.CRASHED
    simulation.reset(np.arange(1), [Start(0.0, False)])
    assert not simulation.crashed[0]
    assert simulation.status[0] == Status.IN_PROGRESS


def test_a_box_is_seen_where_a_pinhole_camera_shows_it() -> None:
    simulation = one_box(AHEAD, 1, Start(0.0, False))
    empty = Simulation("reinvent_base", 1)
    empty.reset(np.arange(1), [Start(0.0, False)])
    changed = (simulation.colour_frames() != empty.colour_frames()).any(axis=3)[0]
    x, y = objects_of(simulation).points[0, 0]
    pose = simulation.state[0, :3]
    corners = [
        project(np.array([x + dx, y + dy, z]), pose)
        for dx in (-0.15, 0.15)
        for dy in (-0.2, 0.2)
        for z in (0.0, 0.25)
    ]
    rows, columns = np.nonzero(changed)
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    found = [columns.min(), rows.min(), columns.max(), rows.max()]
    np.testing.assert_allclose(found, [left, top, right, bottom], atol=1.0)
    brown = simulation.colour_frames()[0, rows[0] + 5, int(columns.mean())]
    np.testing.assert_array_equal(brown, [79, 97, 123])


def test_a_time_trial_has_no_objects() -> None:
    simulation = Simulation("reinvent_base", 1, objects=TIME_TRIAL)
    assert simulation.objects is None
    assert not simulation.crashed.any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "wall"}, "kind is 'wall', allowed are none, box, bot_car"),
        ({"count": 0}, "count is 0, allowed is 1 to 20"),
        ({"count": 2, "places": ((0.1, 1),)}, "1 places are given for 2 objects"),
        ({"count": 1, "places": ((1.1, 1),)}, "cannot be at 1.1, 1: give a share"),
        ({"count": 1, "places": ((0.1, 0),)}, "cannot be at 0.1, 0: give a share"),
    ],
)
def test_settings_that_place_nothing_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ObjectSettings(**{"kind": "box", **changes})


@pytest.mark.parametrize(
    ("settings", "track", "message"),
    [
        (ObjectSettings.boxes(10, 2.0), "reinvent_base", "10 objects, 2 m apart, do not fit on"),
        (ObjectSettings.boxes(4, 2.0), "Oval_track,Straight_track", "not fit on Straight_track"),
        (
            ObjectSettings("box", 12, places=tuple((i / 12, 1) for i in range(12))),
            "reinvent_base",
            "no start on reinvent_base is clear",
        ),
    ],
)
def test_more_objects_than_a_track_has_room_for_are_refused(
    settings: ObjectSettings, track: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Simulation(track, 2, objects=settings)


def test_random_objects_need_generators() -> None:
    simulation = Simulation("reinvent_base", 1, objects=ObjectSettings.boxes())
    with pytest.raises(ConfigError, match="need generators"):
        simulation.reset(np.arange(1), [Start(0.0, False)])


def test_an_open_track_has_its_objects_between_start_and_end() -> None:
    settings = ObjectSettings.bots(2, speed=1.0)
    simulation = begun(
        settings, *[Start(0.0, False), Start(1.0, True)] * 10, track="Straight_track"
    )
    objects = objects_of(simulation)
    assert objects.distance.min() > CLEAR_AHEAD
    for _ in range(150):
        simulation.step(np.zeros((20, 2)))
    np.testing.assert_allclose(objects.distance, simulation.track.length)


def test_a_start_moves_back_past_all_that_stand_too_near() -> None:
    length = Simulation("reinvent_base", 1).track.length
    places = tuple((at / length, 1) for at in (6.0, 5.2, 4.4))
    simulation = begun(ObjectSettings("box", 3, places=places), Start(5.5 / length, False))
    along = simulation.track.centre_line.project(simulation.front_points()).distance[0]
    assert along == pytest.approx(4.4 - CLEAR_AHEAD, abs=1e-5)
