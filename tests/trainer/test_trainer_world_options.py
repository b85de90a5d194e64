# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What users say about the world, as the simulator takes it."""

from dataclasses import replace

import pytest

from deepracer_core.errors import ConfigError
from deepracer_sim.object_settings import TIME_TRIAL, ObjectSettings
from deepracer_sim.randomization import EXACT, Randomization
from deepracer_trainer.world_options import object_settings, randomization

FULL = Randomization.full()


@pytest.mark.parametrize(
    ("text", "strengths"),
    [
        ("none", EXACT),
        ("full", FULL),
        ("blur=0.5", replace(EXACT, blur=0.5)),
        ("full, latency=0,noise = 2", replace(FULL, latency=0, noise=2.0)),
        ("none,clutter=3", replace(EXACT, clutter=3)),
    ],
)
def test_strengths_are_read_as_they_are_written(text: str, strengths: Randomization) -> None:
    assert randomization(text) == strengths


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fog=1", "'fog'.*NAME=STRENGTH of steering_noise"),
        ("", "''"),
        ("blur", "blur=''.*0 to"),
        ("blur=1,full", "'full'"),
        ("latency=1.5", "latency='1.5', needed is a whole number from 0 to"),
        ("blur=x", "blur='x', needed is a number from 0 to"),
        ("blur=1,noise=2,blur=1", "blur twice"),
        ("full,blur=x,blur=1", "blur='x'"),
        ("blur=99", "blur is 99.0, allowed is 0"),
        ("blur=nan", "blur is nan"),
    ],
)
def test_other_texts_are_refused_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        randomization(text)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        randomization("fog=1,rain=2,blur=99,noise=-1,clutter=1,clutter=2")
    assert len(caught.value.faults) == 5


def test_objects_are_those_of_the_races_unless_their_number_is_given() -> None:
    assert object_settings("none", 0) == TIME_TRIAL
    assert object_settings("boxes", 0) == ObjectSettings.boxes()
    assert object_settings("bots", 0) == ObjectSettings.bots()
    assert object_settings("boxes", 2).count == 2
    with pytest.raises(ConfigError, match="count is 99"):
        object_settings("boxes", 99)
