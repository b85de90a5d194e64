# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Randomisation: what each strength does, and that it does nothing else."""

from dataclasses import fields, replace

import numpy as np
import pytest

from deepracer_core.errors import ConfigError
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim import counter_random, dynamics
from deepracer_sim.actuators import Actuators
from deepracer_sim.randomization import EXACT, Draws, Randomization
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import Start

FULL = Randomization.full()
NAMES = [entry.name for entry in fields(Randomization)]
CARS = 24
EVERYONE = np.arange(CARS)


def generators(count: int = CARS, seed: int = 0) -> list[np.random.Generator]:
    return [np.random.default_rng(seed + i) for i in range(count)]


def begun(randomization: Randomization, count: int = CARS, seed: int = 0) -> Simulation:
    """Return cars at their starts."""
    simulation = Simulation("Oval_track,reinvent_base", count, randomization=randomization)
    starts = [Start(i / count, i % 2 == 0) for i in range(count)]
    simulation.reset(np.arange(count), starts, generators(count, seed))
    return simulation


def drive(simulation: Simulation, steps: int = 6) -> list[np.ndarray]:
    """Drive and return all that happens."""
    trace = [simulation.frames().copy()]
    for _ in range(steps):
        simulation.step(np.tile([0.2, 1.5], (simulation.count, 1)))
        trace += [simulation.state.copy(), simulation.frames().copy()]
    return trace


@pytest.fixture(scope="module")
def exact() -> list[np.ndarray]:
    return drive(begun(EXACT))


@pytest.mark.parametrize("name", NAMES)
def test_each_strength_changes_something_and_only_its_own_side(
    name: str, exact: list[np.ndarray]
) -> None:
    trace = drive(begun(replace(EXACT, **{name: getattr(FULL, name)})))
    same_motion = all(np.array_equal(a, b) for a, b in zip(trace[1::2], exact[1::2], strict=True))
    same_pictures = all(np.array_equal(a, b) for a, b in zip(trace[::2], exact[::2], strict=True))
    assert not (same_motion and same_pictures)
    is_visual = NAMES.index(name) >= NAMES.index("camera_pitch")
    assert same_motion == is_visual


def test_a_strength_of_zero_is_exact_to_the_bit_whatever_else_is_on(
    exact: list[np.ndarray],
) -> None:
    """Whole runs cannot show it, so each value that a car is given does."""
    simulation = begun(replace(EXACT, noise=1e-9))
    for mine, theirs in zip(drive(simulation), exact, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(simulation.car, dynamics.parameters(DEEPRACER, CARS))


def test_one_strength_does_not_change_what_another_draws() -> None:
    biased = begun(replace(EXACT, steering_bias=0.03))
    both = begun(replace(FULL, steering_bias=0.03))
    np.testing.assert_array_equal(*(s._variation.actuators.steering_bias for s in (biased, both)))


def test_everything_at_once_is_the_same_alone_and_in_a_batch() -> None:
    batch = drive(begun(FULL))
    for car in (0, 5, 23):
        name = ("Oval_track", "reinvent_base")[car % 2]
        single = Simulation(name, 1, randomization=FULL)
        single.reset(np.arange(1), [Start(car / CARS, car % 2 == 0)], generators(1, car))
        for alone, together in zip(drive(single), batch, strict=True):
            np.testing.assert_array_equal(alone[0], together[car])


def test_each_episode_draws_anew() -> None:
    simulation = Simulation("Oval_track", 1, randomization=FULL)
    generator = np.random.default_rng(0)
    frames = []
    for _ in range(2):
        simulation.reset(np.arange(1), [Start(0.2, False)], [generator])
        frames.append(simulation.frames())
    assert (frames[0] != frames[1]).mean() > 0.5


def test_what_is_random_needs_generators() -> None:
    simulation = Simulation("Oval_track", 1, randomization=FULL)
    with pytest.raises(ConfigError, match="need generators"):
        simulation.reset(np.arange(1), [Start(0.0, False)])


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("friction", dynamics.ACCELERATION),
        ("friction", dynamics.BRAKING),
        ("wheelbase", dynamics.WHEELBASE),
        ("understeer", dynamics.UNDERSTEER),
        ("steering_lag", dynamics.STEERING_LAG),
        ("speed_lag", dynamics.SPEED_LAG),
    ],
)
def test_dynamics_are_off_by_a_factor_within_its_bounds(field: str, column: int) -> None:
    simulation = Simulation("Oval_track", 400, randomization=replace(EXACT, **{field: 0.5}))
    simulation.reset(np.arange(400), [Start(0.0, False)] * 400, generators(400))
    nominal = dynamics.parameters(DEEPRACER, 1)[0]
    factor = simulation.car[:, column] / nominal[column]
    assert 1.0 / 1.5 <= factor.min() < 0.7
    assert 1.45 < factor.max() <= 1.5
    assert np.mean(np.log(factor)) == pytest.approx(0.0, abs=0.04)
    others = [c for c in range(7) if c != column and field != "friction"]
    np.testing.assert_array_equal(simulation.car[:, others], np.tile(nominal[others], (400, 1)))


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_latency_of_n_frames_delays_commands_by_n_frames(frames: int) -> None:
    actuators = Actuators(CARS, replace(EXACT, latency=frames))
    actuators.reset(EVERYONE, Draws(generators()))
    assert set(actuators.latency) == set(range(frames + 1))
    given = np.random.default_rng(1).uniform(0.1, 1.0, (12, CARS, 2))
    acted = [actuators.acting(row, np.full(CARS, step)) for step, row in enumerate(given)]
    for car, late in enumerate(actuators.latency):
        for step in range(12):
            expected = given[step - late, car] if step >= late else np.zeros(2)
            np.testing.assert_array_equal(acted[step][car], expected)


def test_a_late_car_moves_as_a_prompt_one_does_later() -> None:
    late = begun(replace(EXACT, latency=3))
    prompt = begun(EXACT)
    states = {}
    for name, simulation in (("late", late), ("prompt", prompt)):
        trace = [simulation.state.copy()]
        for step in range(10):
            simulation.step(np.tile([0.05 * step, 1.0 + 0.1 * step], (CARS, 1)))
            trace.append(simulation.state.copy())
        states[name] = trace
    for car, frames in enumerate(late._variation.actuators.latency):
        mine = states["late"][10][car]
        np.testing.assert_array_equal(mine, states["prompt"][10 - frames][car])
        assert (late.commands[car] == [0.45, 1.9]).all()  # what logs and rewards read


def test_commands_of_an_old_episode_do_not_act_in_the_new_one() -> None:
    actuators = Actuators(1, replace(EXACT, latency=3))
    actuators.reset(np.arange(1), Draws(generators(1)))
    actuators.latency[:] = 2
    for step in range(5):
        actuators.acting(np.array([[0.5, 2.0]]), np.array([step]))
    actuators.reset(np.arange(1), Draws(generators(1)))
    actuators.latency[:] = 2
    assert (actuators.acting(np.array([[0.1, 1.0]]), np.array([0])) == 0.0).all()


def test_bias_and_battery_act_within_their_bounds() -> None:
    actuators = Actuators(400, replace(EXACT, steering_bias=0.03, battery=0.2))
    actuators.reset(np.arange(400), Draws(generators(400)))
    acted = actuators.acting(np.tile([0.1, 2.0], (400, 1)), np.zeros(400, dtype=np.int64))
    np.testing.assert_allclose([acted[:, 0].min(), acted[:, 0].max()], [0.07, 0.13], atol=1e-3)
    np.testing.assert_allclose([acted[:, 1].min(), acted[:, 1].max()], [1.6, 2.0], atol=5e-3)


def test_noise_of_commands_has_its_deviation_and_leaves_a_standing_car_alone() -> None:
    actuators = Actuators(2, replace(EXACT, steering_noise=0.01, speed_noise=0.1))
    actuators.reset(np.arange(2), Draws(generators(2)))
    commands = np.array([[0.2, 1.5], [0.0, 0.0]])
    acted = np.array([actuators.acting(commands, np.full(2, step)) for step in range(4000)])
    np.testing.assert_allclose(acted[:, 0].mean(axis=0), [0.2, 1.5], atol=0.01)
    np.testing.assert_allclose(acted[:, 0].std(axis=0), [0.01, 0.1], rtol=0.05)
    assert (acted[:, 1, 1] == 0.0).all()


def test_starts_are_aside_and_at_an_angle_within_their_bounds() -> None:
    simulation = begun(replace(EXACT, start_offset=0.1, start_heading=0.2), count=200)
    plain = begun(EXACT, count=200)
    turned = simulation.state[:, 2] - plain.state[:, 2]
    assert 0.18 < np.abs(turned).max() <= 0.2
    gap = simulation.front_points() - plain.front_points()
    assert 0.09 < np.hypot(*gap.T).max() <= 0.1
    np.testing.assert_allclose(simulation.offset, np.hypot(*gap.T), atol=1e-9)
    assert simulation.wheels_on_road.all()


def test_counted_random_numbers_are_random_and_know_no_order() -> None:
    seeds, counts = np.arange(20_000, dtype=np.uint64), np.zeros(20_000, dtype=np.int64)
    one_seed = counter_random.uniform(np.zeros_like(seeds), seeds.astype(np.int64))
    for numbers in (counter_random.uniform(seeds, counts), one_seed):
        assert numbers.mean() == pytest.approx(0.5, abs=0.01)
        assert np.corrcoef(numbers[1:], numbers[:-1])[0, 1] == pytest.approx(0.0, abs=0.02)
        np.testing.assert_allclose(np.histogram(numbers, 10, (0, 1))[0], 2000, rtol=0.1)
    first, second = counter_random.normal_pair(seeds, counts)
    np.testing.assert_allclose([first.std(), second.std()], 1.0, atol=0.02)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.0, abs=0.02)
    alone = counter_random.normal_pair(seeds[7:8], counts[7:8])
    assert (alone[0][0], alone[1][0]) == (first[7], second[7])


def test_split_mix_gives_the_numbers_of_its_reference() -> None:
    """The first numbers that the generator's published code gives for the seed 1234567."""
    seeds = np.full(3, 1234567, dtype=np.uint64)
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert counter_random.bits(seeds, np.arange(3)).tolist() == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [("latency", 6), ("noise", -1.0), ("blur", 0.8), ("battery", float("nan")), ("clutter", 99)],
)
def test_strengths_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{field} is {value}, allowed is 0"):
        Randomization(**{field: value})


def test_full_switches_everything_on_and_none_nothing() -> None:
    assert all(getattr(FULL, name) > 0 for name in NAMES)
    assert FULL.is_on
    assert Randomization.none() == EXACT
    assert not EXACT.is_on
