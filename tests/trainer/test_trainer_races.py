# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluation: laps, clocks, resets and penalties, counted by hand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.errors import ConfigError
from deepracer_inference.policy import LoadedPolicy, load_policy
from deepracer_sim.object_settings import ObjectSettings
from deepracer_sim.randomization import Randomization
from deepracer_sim.simulation import Simulation, Status
from deepracer_sim.starts import Start
from deepracer_trainer.race_rules import RaceRules, World
from deepracer_trainer.races import Race

ONE_WAY = World(direction="ccw")
STEP = 1.0 / 15.0


def straight_on(speed: float, stack_size: int = 1) -> LoadedPolicy:
    """Return a model that never steers."""
    seen: list[tuple[int, ...]] = []

    def infer(tensor: np.ndarray) -> np.ndarray:
        seen.append(tensor.shape)
        return np.array([1.0], np.float32)

    metadata = SimpleNamespace(action_space=DiscreteActionSpace((Action(0.0, speed),)))
    policy = SimpleNamespace(infer=infer, stack_size=stack_size, seen=seen)
    return LoadedPolicy("straight_on", "0", metadata, policy)


@pytest.fixture(scope="module")
def shipped(repository: Path) -> LoadedPolicy:
    return load_policy(repository / "models" / "reinvent_v1")


def test_a_trial_is_one_lap_and_its_time_is_that_of_the_steps(shipped: LoadedPolicy) -> None:
    race = Race(shipped, ONE_WAY, RaceRules(), 2)
    trials = race.drive()
    assert [(t.start, t.direction, t.status) for t in trials] == [
        (0.0, "ccw", "lap_complete"),
        (0.5, "ccw", "lap_complete"),
    ]
    for trial, episode in zip(
        trials, sorted(race.judge.episodes, key=lambda e: e.number), strict=True
    ):
        assert trial.completion == 100.0
        assert trial.lap_times == (trial.time_s,)
        assert 11.0 < trial.time_s < 13.0
        assert any(e.length * STEP == pytest.approx(trial.time_s) for e in race.judge.episodes)
        assert episode.progress >= 100.0


def test_in_four_minutes_there_are_as_many_laps_as_fit(shipped: LoadedPolicy) -> None:
    race = Race(shipped, ONE_WAY, RaceRules(duration=30.0), 1)
    (trial,) = race.drive()
    assert trial.status == "time_up"
    assert trial.time_s == pytest.approx(30.0)
    assert len(trial.lap_times) == 2
    assert 200.0 < trial.completion < 300.0
    # A flying start saves the time of the standing one.
    assert trial.lap_times[1] < trial.lap_times[0]
    assert [lap.status for lap in race.judge.laps] == ["lap_complete", "lap_complete", "time_up"]
    assert [lap.began for lap in race.judge.laps[1:]] == [
        lap.ended for lap in race.judge.laps[:-1]
    ]
    assert sum(lap.completion for lap in race.judge.laps) == pytest.approx(trial.completion)


def test_a_lap_after_another_is_a_whole_one(shipped: LoadedPolicy) -> None:
    race = Race(shipped, ONE_WAY, RaceRules(duration=30.0), 1)
    race.drive()
    lengths = [
        float(np.hypot(*np.diff((e.steps.x, e.steps.y), axis=1)).sum())
        for e in race.judge.episodes[:2]
    ]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.02)


def test_without_resets_the_first_mishap_ends_a_trial() -> None:
    race = Race(straight_on(1.0), ONE_WAY, RaceRules(), 1)
    (trial,) = race.drive()
    assert trial.status == "off_track"
    assert (race.judge.laps[0].incidents, race.judge.laps[0].resets) == ({"off_track": 1}, 0)
    assert (trial.lap_times, trial.resets, trial.penalty_s) == ((), 0, 0.0)
    assert 0.0 < trial.completion < 100.0


def test_resets_put_the_car_back_where_it_was_and_cost_their_penalty() -> None:
    rules = RaceRules(resets=2, penalty=3.0)
    race = Race(straight_on(1.0), ONE_WAY, rules, 1)
    (trial,) = race.drive()
    assert (trial.resets, trial.penalty_s, trial.status) == (2, 6.0, "off_track")
    (episode,) = race.judge.episodes
    assert trial.time_s == pytest.approx(episode.length * STEP + 6.0)
    assert trial.time_s == pytest.approx(episode.ended - episode.began)
    assert trial.completion == pytest.approx(episode.progress, abs=0.1)
    steps, line = episode.steps, episode.track.centre_line
    *resets, end = np.flatnonzero(steps.status == Status.OFF_TRACK)
    assert len(resets) == 2 and end == episode.length
    for at in resets:
        assert steps.time[at + 1] - steps.time[at] == pytest.approx(STEP + 3.0)
        # A step has been driven since it was put back.
        ends = line.project(np.stack((steps.x[at : at + 2], steps.y[at : at + 2]), axis=1))
        assert ends.distance[1] == pytest.approx(ends.distance[0], abs=0.3)
        assert ends.offset[1] == pytest.approx(0.0, abs=0.05)
    assert (np.diff(steps.progress) > -1.0).all()
    (lap,) = race.judge.laps
    assert (lap.incidents, lap.resets) == ({"off_track": 3}, 2)


def test_enough_resets_bring_any_car_round() -> None:
    (trial,) = Race(straight_on(1.0), ONE_WAY, RaceRules(resets=100, penalty=0.0), 1).drive()
    assert trial.status == "lap_complete"
    assert trial.resets > 3
    assert trial.completion == 100.0


def test_a_penalty_counts_against_the_time_that_there_is() -> None:
    rules = RaceRules(duration=20.0, resets=1000, penalty=60.0)
    race = Race(straight_on(1.0), ONE_WAY, rules, 1)
    (trial,) = race.drive()
    assert (trial.status, trial.resets) == ("time_up", 1)
    assert trial.time_s > 60.0
    assert len(race.judge.episodes) == 1


def test_a_car_that_stands_is_immobilized_and_a_slow_one_runs_out_of_time() -> None:
    (standing,) = Race(straight_on(0.0), ONE_WAY, RaceRules(), 1).drive()
    assert (standing.status, standing.time_s) == ("immobilized", pytest.approx(15 * STEP))
    rules = RaceRules(resets=1000, penalty=0.0)
    (slow,) = Race(straight_on(0.05), ONE_WAY, rules, 1).drive()
    assert (slow.status, slow.time_s) == ("time_up", pytest.approx(100.0))


def test_a_longer_track_gives_a_lap_more_time() -> None:
    """A car that stands takes a second for each reset, and its penalty."""
    world = World("reInvent2019_track,reinvent_base", direction="ccw")
    trials = Race(straight_on(0.0), world, RaceRules(resets=1000, penalty=10.0), 1).drive()
    for trial, limit in zip(trials, (23.12 / 0.2, 100.0), strict=True):
        assert (trial.status, trial.resets) == ("time_up", np.ceil(limit / 11.0))


def test_a_blocked_road_is_never_driven_round() -> None:
    blocked = ObjectSettings("box", 2, places=((0.5, 1), (0.5, -1)))
    race = Race(straight_on(1.0), World(direction="ccw", objects=blocked), RaceRules(0, 30, 0), 1)
    (trial,) = race.drive()
    assert (trial.status, trial.resets, trial.lap_times) == ("crashed", 30, ())
    assert 45.0 < trial.completion < 50.0
    line = race.judge.simulation.track.centre_line
    driven = np.concatenate(
        [
            line.project(np.stack((e.steps.x, e.steps.y), axis=1)).distance
            for e in race.judge.episodes
        ]
    )
    assert 0.45 < driven[driven < 0.9 * line.length].max() / line.length < 0.5


@pytest.mark.parametrize("kind", ["box", "bot_car"])
def test_resets_leave_objects_where_they_are(kind: str) -> None:
    objects = ObjectSettings(kind, 6)
    race = Race(straight_on(1.0), World(objects=objects, seed=2), RaceRules(0, 5, 0.0), 2)
    assert min(trial.resets for trial in race.drive()) == 5
    fresh = Simulation("reinvent_base", 4, objects=objects)
    generators = [np.random.default_rng([2, car]) for car in range(4)]
    starts = [Start(share, way) for way in (False, True) for share in (0.0, 0.5)]
    fresh.reset(np.arange(4), starts, generators)
    steps = max(round(lap.ended / STEP) for lap in race.judge.laps)
    for _ in range(steps):
        fresh.step(np.zeros((4, 2)))
    np.testing.assert_allclose(race.judge.simulation.objects.distance, fresh.objects.distance)


def test_a_car_that_is_put_behind_the_start_of_its_lap_drives_a_whole_one() -> None:
    """Bots come from behind, faster than the car."""
    world = World(direction="ccw", objects=ObjectSettings.bots(3, speed=1.0), seed=1)
    race = Race(straight_on(0.3), world, RaceRules(0, 1000, 0.0), 2)
    assert all(0.0 <= trial.completion < 100.0 for trial in race.drive())
    assert all((race.judge._before >= 0.0).tolist())


def test_on_an_open_track_every_lap_begins_at_its_start() -> None:
    race = Race(straight_on(1.0), World("Straight_track"), RaceRules(30.0), 1)
    for trial in race.drive():
        assert (trial.status, trial.time_s) == ("time_up", pytest.approx(30.0))
        assert len(trial.lap_times) == 5
        assert 500.0 < trial.completion < 600.0
    for episode in race.judge.episodes:
        assert np.isfinite(episode.steps.progress).all()
        first = episode.track.centre_line.project(
            np.array([[episode.steps.x[0], episode.steps.y[0]]])
        )
        driven = first.distance[0]
        begin = episode.track.length - driven if episode.reverse else driven
        assert begin < 0.3
    assert len(race.judge.laps) == 12


def test_every_track_has_its_trials_in_both_directions() -> None:
    world = World("reinvent_base,Oval_track")
    trials = Race(straight_on(2.0), world, RaceRules(), 2).drive()
    assert [(t.track, t.direction, t.start) for t in trials] == [
        (track, way, start) for way in ("ccw", "cw") for start in (0.0, 0.5) for track in (0, 1)
    ]
    assert all(t.status == "off_track" for t in trials)


def test_boxes_are_hit_and_random_worlds_repeat_with_their_seed() -> None:
    world = World(objects=ObjectSettings.boxes(12, 0.5), randomization=Randomization.full())
    rules = RaceRules(resets=3)
    first, again = (Race(straight_on(1.0), world, rules, 3).drive() for _ in range(2))
    assert first == again
    other = World(objects=world.objects, randomization=world.randomization, seed=1)
    assert Race(straight_on(1.0), other, rules, 3).drive() != first
    assert any(trial.status == "crashed" or trial.resets for trial in first)


def test_a_model_sees_stacks_of_its_size() -> None:
    model = straight_on(1.0, stack_size=4)
    Race(model, ONE_WAY, RaceRules(), 1).drive()
    assert set(model.policy.seen) == {(4, 120, 160)}


@pytest.mark.parametrize("change", [{"duration": -1.0}, {"resets": -1}, {"penalty": 1e9}])
def test_rules_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        RaceRules(**change)
