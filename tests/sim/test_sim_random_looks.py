# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What randomised pictures show, by value."""

from dataclasses import replace

import numpy as np
import pytest

from deepracer_core.observation import to_grey
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.grain import WIDEST_BLUR, add_grain, noise_strip
from deepracer_sim.object_settings import ObjectSettings
from deepracer_sim.painter import BEYOND, CENTRE_LINE, FIELD, LINE, ROAD, SKY, colours
from deepracer_sim.randomization import EXACT, Draws, Randomization
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import Start
from deepracer_sim.track_files import load_track

CAMERA = DEEPRACER.camera
CARS = 40
FULL = Randomization.full()
LOOK = load_track("reinvent_base").appearance


def begun(track: str, **strengths: float) -> Simulation:
    simulation = Simulation(track, CARS, randomization=replace(EXACT, **strengths))
    generators = [np.random.default_rng(i) for i in range(CARS)]
    simulation.reset(np.arange(CARS), [Start(0.0, False)] * CARS, generators)
    return simulation


def horizon(pitch: float, field_of_view: float = CAMERA.horizontal_fov) -> float:
    return 59.5 - 80.0 / np.tan(field_of_view / 2.0) * np.tan(pitch)


def test_the_horizon_follows_the_pitch() -> None:
    simulation = begun("Oval_track", camera_pitch=0.1)
    look = load_track("Oval_track").appearance
    sky = (simulation.colour_frames() == look.sky[::-1]).all(axis=(2, 3)).sum(axis=1)
    pitch = np.arctan2(*simulation._variation.looks.lines.camera[:, [2, 1]].T)
    assert np.ptp(pitch) > 0.15
    assert np.abs(pitch - CAMERA.pitch).max() <= 0.1
    np.testing.assert_allclose(sky, horizon(pitch) + 0.75, atol=0.8)


def test_height_and_field_of_view_stay_within_their_bounds() -> None:
    simulation = begun("Oval_track", camera_height=0.01, field_of_view=0.06)
    height, _, _, focal, _ = simulation._variation.looks.lines.camera.T
    assert 0.008 < np.abs(height - CAMERA.height).max() <= 0.01
    view = 2.0 * np.arctan(80.0 / focal)
    assert 0.05 < np.abs(view - CAMERA.horizontal_fov).max() <= 0.06


def test_exposure_multiplies_the_picture() -> None:
    simulation = begun("Oval_track", exposure=0.5)
    gain = simulation._variation.looks.gain
    assert 1.0 / 1.5 <= gain.min() < 0.75 < 1.4 < gain.max() <= 1.5
    plain = begun("Oval_track").colour_frames()
    expected = np.minimum(255.0, plain * gain[:, None, None, None])
    # A mixture with a line that is white already gets less bright.
    assert (np.abs(simulation.colour_frames() - expected) <= 2.0).mean() > 0.99


def shown_colours(simulation: Simulation, rows: list[int]) -> np.ndarray:
    """Return what the cars see (B, len(rows), 3), BGR, of unmixed materials: FIELD and so on."""
    looks, plain = simulation._variation.looks, simulation.renderer.plain_looks
    nominal = colours(load_track(simulation.track.name).appearance)
    places = [
        np.flatnonzero((nominal[row] == plain.single[:3, 0].T).all(axis=1))[0] for row in rows
    ]
    return np.moveaxis(looks.single[:3][:, :, places], 0, -1).astype(float)


@pytest.mark.parametrize(
    ("field", "rows"),
    [
        ("road_colour", [ROAD]),
        ("field_colour", [FIELD]),
        ("line_colour", [LINE, CENTRE_LINE]),
        ("wall_colour", [BEYOND, SKY]),
    ],
)
def test_colours_shift_where_they_are_meant_to(field: str, rows: list[int]) -> None:
    simulation = begun("reinvent_base", **{field: 30.0})
    shift = np.abs(shown_colours(simulation, range(6)) - colours(LOOK))
    assert 25.0 < shift[:, rows].max() <= 30.0
    assert (np.delete(shift, rows, axis=1) == 0.0).all()


def test_a_field_without_walls_reaches_the_horizon_in_its_new_colour() -> None:
    simulation = begun("Oval_track", field_colour=60.0)
    field = load_track("Oval_track").appearance.field[::-1]
    is_field = (begun("Oval_track").colour_frames() == field).all(axis=3)
    shown = simulation.colour_frames()
    colour = [np.unique(frame[mask], axis=0) for frame, mask in zip(shown, is_field, strict=True)]
    assert all(len(seen) == 1 for seen in colour)
    assert np.ptp([seen[0, 1] for seen in colour]) > 60


def test_two_shades_of_a_floor_shift_together() -> None:
    simulation = begun("reinvent_wood", road_colour=20.0, field_colour=60.0)
    nominal = colours(load_track("reinvent_wood").appearance)
    dark, light = np.moveaxis(shown_colours(simulation, [FIELD, ROAD]), 1, 0)
    apart = np.broadcast_to(nominal[ROAD] - nominal[FIELD], dark.shape)
    np.testing.assert_allclose((light - dark)[dark > 1.0], apart[dark > 1.0], atol=1.0)
    assert np.abs(dark - nominal[FIELD]).max() <= 20.5


def test_noise_has_its_deviation_and_changes_with_every_frame() -> None:
    simulation = begun("Oval_track", noise=6.0)
    still = begun("Oval_track").frames().astype(float)
    noise = simulation._variation.looks.noise
    assert 0.0 <= noise.min() < 1.0 < 5.0 < noise.max() <= 6.0
    added = simulation.frames() - still
    np.testing.assert_allclose(added.std(axis=(1, 2)), np.hypot(noise, 0.29), atol=0.3)
    np.testing.assert_allclose(added.mean(axis=(1, 2)), 0.0, atol=0.15)
    again = simulation.frames()
    np.testing.assert_array_equal(again, simulation.frames())
    simulation.step(np.zeros((CARS, 2)))
    assert (simulation.frames() != again).any(axis=(1, 2)).sum() >= CARS - 1


@pytest.mark.parametrize("deviation", [0.3, 0.5, WIDEST_BLUR])
def test_blur_spreads_a_point_by_its_deviation(deviation: float) -> None:
    frame = np.zeros((1, 120, 160), np.uint8)
    frame[0, 60, 80] = 255
    strip, places = noise_strip(frame[0].size), np.zeros(1, np.uint64)
    add_grain(np.zeros(1, int), np.array([deviation]), np.zeros(1), places, strip, frame)
    weight = frame[0].astype(float)
    v, u = np.mgrid[:120, :160]
    assert weight.sum() == pytest.approx(255, abs=5)
    for place, middle in ((u, 80), (v, 60)):
        variance = (weight * (place - middle) ** 2).sum() / weight.sum()
        assert np.sqrt(variance) == pytest.approx(deviation, rel=0.05)


def test_without_blur_and_noise_grain_changes_nothing() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (2, 120, 160)).astype(np.uint8)
    before = frame.copy()
    nothing = np.zeros(2)
    add_grain(
        np.arange(2), nothing, nothing, np.arange(2, dtype=np.uint64), noise_strip(19200), frame
    )
    np.testing.assert_array_equal(frame, before)


@pytest.mark.parametrize("track", ["reinvent_base", "Oval_track", "reinvent_wood"])
def test_grey_frames_are_nearly_what_the_car_makes_of_colour_frames(track: str) -> None:
    """Exactly so without randomisation; here roundings differ, and the ends of the scale do."""
    simulation = Simulation(track, CARS, randomization=FULL)
    generators = [np.random.default_rng(i) for i in range(CARS)]
    starts = [Start(i / CARS, i % 2 == 0) for i in range(CARS)]
    simulation.reset(np.arange(CARS), starts, generators)
    colour = simulation.colour_frames()
    expected = np.array([to_grey(frame) for frame in colour]).astype(int)
    apart = np.abs(simulation.frames() - expected)
    within = (colour > 0).all(axis=3) & (colour < 255).all(axis=3)
    assert within.mean() > 0.5
    assert (apart[within] <= 2).mean() > 0.99
    assert (apart <= 3).mean() > 0.95


def test_shadows_darken_and_lighten_some_of_the_ground_only() -> None:
    simulation = begun("reinvent_base", shadows=0.4)
    plain, shaded = begun("reinvent_base").frames().astype(float), simulation.frames()
    above = int(horizon(CAMERA.pitch)) - 1
    np.testing.assert_array_equal(plain[:, :above], shaded[:, :above])
    factor = (shaded / np.maximum(plain, 1.0))[:, 40:]
    changed = np.abs(factor - 1.0) > 0.05
    assert 0.01 < changed.mean() < 0.3
    assert 0.55 < factor.min() < 0.75 < 1.2 < factor.max() < 1.45


def test_clutter_stands_around_the_field() -> None:
    simulation = begun("reinvent_base", clutter=12)
    things = simulation._variation.looks.things
    there = things[..., 4] > 0.0
    assert set(there.sum(axis=1)) >= {0, 6, 12}
    x_low, y_low, x_high, y_high = load_rectangle("reinvent_base")
    x, y, size = things[..., 0], things[..., 1], np.hypot(things[..., 4], things[..., 5])
    outside = np.maximum.reduce([x_low - x, x - x_high, y_low - y, y - y_high])
    assert (outside >= size)[there].all()
    assert ((things[..., 7] >= 1.2) & (things[..., 7] <= 3.5))[there].all()
    changed = simulation.frames() != begun("reinvent_base").frames()
    assert 0 < changed.any(axis=(1, 2)).sum() < CARS
    assert not changed[:, int(horizon(CAMERA.pitch)) :].any()


def load_rectangle(track: str) -> tuple[float, ...]:
    description = load_track(track)
    borders = np.concatenate((description.track.inner, description.track.outer))
    margin = description.appearance.field_margin
    return *(borders.min(axis=0) - margin), *(borders.max(axis=0) + margin)


def test_draws_are_even_and_differ_from_purpose_to_purpose() -> None:
    draws = Draws([np.random.default_rng(i) for i in range(500)])
    first, second = draws.evenly("exposure")[0], draws.evenly("blur")[0]
    assert first.mean() == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.0, abs=0.12)
    assert np.abs(draws.aside("exposure", 0.1)).max() <= 0.1


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_and_the_company_of_others_change_no_bit(threads: int) -> None:
    simulation = Simulation(
        "reinvent_base,Oval_track",
        CARS,
        threads=threads,
        randomization=FULL,
        objects=ObjectSettings.bots(),
    )
    generators = [np.random.default_rng(i) for i in range(CARS)]
    simulation.reset(np.arange(CARS), [Start(0.3, False)] * CARS, generators)
    simulation.step(np.tile([0.1, 1.0], (CARS, 1)))
    together = simulation.frames()
    for cars in (np.array([7]), np.array([30, 2, 11]), np.arange(5, 35)):
        np.testing.assert_array_equal(simulation.frames(cars), together[cars])
