# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Several tracks in one batch: every car lives as it would on its track alone."""

from pathlib import Path

import numpy as np
import pytest

from deepracer_core.errors import ConfigError, TrackError
from deepracer_sim.scenes import load_scenes
from deepracer_sim.simulation import Simulation, Status
from deepracer_sim.starts import Start

NAMES = ("reinvent_base", "Straight_track", "Oval_track")


def test_a_car_is_on_the_track_of_its_number() -> None:
    simulation = Simulation("reinvent_base, Straight_track,Oval_track", 7)
    assert [track.name for track in simulation.tracks] == list(NAMES)
    np.testing.assert_array_equal(simulation.track_index, [0, 1, 2, 0, 1, 2, 0])
    for number, (track, cars) in enumerate(simulation.groups):
        assert track is simulation.tracks[number]
        assert (simulation.track_index[cars] == number).all()


def test_cars_on_several_tracks_do_to_the_bit_what_they_do_alone() -> None:
    generator = np.random.default_rng(0)
    starts = [Start(float(share), i % 2 == 0) for i, share in enumerate(generator.random(9))]
    commands = generator.uniform((-0.4, 0.5), (0.4, 2.0), (40, 9, 2))
    batch = Simulation(list(NAMES), 9)
    batch.reset(np.arange(9), starts)
    alone = [Simulation(name, 1) for name in NAMES for _ in range(3)]
    order = [3 * i + k for k in range(3) for i in range(3)]  # of the batch's cars, track by track
    for simulation, car in zip(alone, order, strict=True):
        simulation.reset(np.arange(1), [starts[car]])
    for row in commands:
        batch.step(row)
        frames, colour = batch.frames(), batch.colour_frames()
        for simulation, car in zip(alone, order, strict=True):
            simulation.step(row[car : car + 1])
            for name in ("state", "progress", "offset", "status", "wheels_on_road"):
                mine, theirs = getattr(batch, name)[car], getattr(simulation, name)[0]
                np.testing.assert_array_equal(mine, theirs)
            np.testing.assert_array_equal(frames[car], simulation.frames()[0])
            np.testing.assert_array_equal(colour[car], simulation.colour_frames()[0])
    assert Status.OFF_TRACK in batch.status


def test_the_only_track_is_the_track_and_several_are_not() -> None:
    assert Simulation("Oval_track", 2).track.name == "Oval_track"
    with pytest.raises(ConfigError, match="2 tracks"):
        _ = Simulation("Oval_track,Bowtie_track", 2).track


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ("Oval_track,Bowtie_track,reinvent_base", "2 cars cannot drive on 3 tracks"),
        (" , ", "no track is named"),
        ((), "no track is named"),
    ],
)
def test_tracks_without_cars_and_cars_without_tracks_are_refused(
    tracks: str | tuple, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Simulation(tracks, 2)


def test_each_unknown_track_is_named() -> None:
    with pytest.raises(TrackError, match="Ovla_track"):
        Simulation("Bowtie_track,Ovla_track", 2)


def test_a_track_may_be_named_twice_and_a_path_may_have_commas(
    shared: Path, tmp_path: Path
) -> None:
    twice = load_scenes("Bowtie_track,Bowtie_track")
    assert twice[0] is twice[1]
    path = tmp_path / "mine,too.npy"
    path.write_bytes((shared / "routes" / "Oval_track.npy").read_bytes())
    assert [scene.track.name for scene in load_scenes(path)] == ["mine,too"]
