# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Settings that no memory has room for are refused before training starts."""

from pathlib import Path

import pytest
from small_run import CONTINUOUS, small, write

from deepracer_core.errors import ConfigError
from deepracer_trainer import memory_need
from deepracer_trainer.learner import build_cars, build_learner, read_inputs


@pytest.fixture
def one_gigabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_need, "available_memory", lambda: 1e9)


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"num_episodes_between_training": 1000}, "num_episodes_between_training"),
        ({"num_episodes_between_training": 100, "stack_size": 8}, "stack_size"),
        ({"num_episodes_between_training": 100, "batch_size": 10_000}, "batch_size"),
    ],
)
def test_what_has_no_room_is_refused_with_the_keys_and_the_need(
    one_gigabyte: None, keys: dict[str, object], named: str, tmp_path: Path
) -> None:
    settings = small(tmp_path, keys, device="cpu")
    with pytest.raises(ConfigError, match=rf"{named} .* GB of memory, .* 1\.0 GB") as caught:
        read_inputs(settings)
    assert len(caught.value.faults) == 1


def test_what_sac_learns_from_counts_too(one_gigabyte: None, tmp_path: Path) -> None:
    metadata = write(tmp_path, "metadata.json", CONTINUOUS)
    settings = small(tmp_path, {"batch_size": 20_000}, metadata=metadata, algorithm="sac")
    with pytest.raises(ConfigError, match=r"batch_size .* GB"):
        read_inputs(settings)


def test_the_need_of_a_rollout_is_what_it_allocates(tmp_path: Path) -> None:
    settings = small(tmp_path, {"stack_size": 3})
    inputs = read_inputs(settings)
    learner = build_learner(settings, inputs, build_cars(settings, inputs))
    assert learner.rollout_buffer.observations.nbytes == memory_need.rollout_bytes(
        settings, inputs
    )


def test_this_machine_has_some() -> None:
    assert 1e8 < memory_need.available_memory() < 1e14
