# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""All of the user's files are checked at once, against themselves and each other."""

import json
from pathlib import Path

import numpy as np
import pytest
from small_run import route_file

from deepracer_core.errors import ConfigError
from deepracer_core.model_metadata import ModelMetadata
from deepracer_trainer.inputs import Inputs, check_inputs
from deepracer_trainer.networks import NETWORKS
from deepracer_trainer.run_inputs import InputFiles

DISCRETE = {
    "action_space": [{"steering_angle": a, "speed": 1.0} for a in (-20, 0, 20)],
    "sensor": ["FRONT_FACING_CAMERA"],
    "neural_network": "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW",
    "training_algorithm": "clipped_ppo",
    "action_space_type": "discrete",
    "version": "5",
}
CONTINUOUS = {
    **DISCRETE,
    "action_space": {
        "steering_angle": {"low": -25, "high": 30},
        "speed": {"low": 0.5, "high": 1.5},
    },
    "action_space_type": "continuous",
}


def load_reward(path: Path) -> str:
    if "def " not in path.read_text():
        raise ConfigError(f"{path} has no function")
    return path.read_text()


class Files:
    """Writes the user's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def written(self, name: str, content: object) -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def check(self, **options: object) -> Inputs[str]:
        overrides = {
            key: options.pop(key) for key in ("network_name", "algorithm") if key in options
        }
        names = {"reward": "reward.py", "hyperparameters": "h.json", "metadata": "m.json"}
        tracks = options.pop("tracks", ())
        paths = {key: self.written(names[key], value) for key, value in options.items()}
        return check_inputs(InputFiles(**paths, tracks=tracks), load_reward, **overrides)

    def faults(self, **options: object) -> tuple[str, ...]:
        with pytest.raises(ConfigError) as error:
            self.check(**options)
        return error.value.faults


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_without_files_there_are_defaults(files: Files) -> None:
    inputs = files.check()
    assert inputs.reward is None
    assert inputs.metadata.neural_network == "COMPACT"
    assert inputs.metadata.action_space.output_count == 5
    assert inputs.hyperparameters.lr == NETWORKS["COMPACT"].learning_rate
    assert inputs.algorithm == "clipped_ppo"
    assert inputs.notes == ()


def test_the_files_say_what_is_trained(files: Files) -> None:
    inputs = files.check(reward="def f(): 0", hyperparameters={"lr": 1e-4}, metadata=DISCRETE)
    assert inputs.reward == "def f(): 0"
    assert inputs.hyperparameters.lr == 1e-4
    assert inputs.metadata.neural_network == "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"
    assert inputs.metadata.action_space.output_count == 3
    assert ModelMetadata.parse(inputs.metadata.text) == inputs.metadata


def test_the_faults_of_all_files_are_told_at_once(files: Files) -> None:
    faults = files.faults(
        tracks=("reinvent_base", "reinvent_bse", "missing.npy"),
        reward="x = 1",
        hyperparameters={"lr": 9, "epochs": 3},
        metadata={**DISCRETE, "action_space": [{"steering_angle": 40, "speed": 1}]},
    )
    assert "did you mean reinvent_base" in faults[0] and "missing.npy cannot be read" in faults[1]
    assert [fault.replace(f"{files.folder}/", "") for fault in faults[2:]] == [
        "reward.py has no function",
        "h.json: lr is 9.0, allowed is 1e-08 to 0.1",
        "h.json: unknown key 'epochs', did you mean num_epochs?",
        "m.json: action_space[0].steering_angle is 40, allowed is -30 to 30 deg",
    ]


def test_a_misspelt_key_of_the_metadata_is_told_and_a_foreign_one_left_alone(
    files: Files,
) -> None:
    (fault,) = files.faults(metadata={**DISCRETE, "neural_netwrok": "COMPACT", "author": "me"})
    assert fault.endswith("m.json: unknown key 'neural_netwrok', did you mean neural_network?")
    files.check(metadata={**DISCRETE, "author": "me"})


def test_contradictions_between_files_are_told_with_the_rest(files: Files) -> None:
    faults = files.faults(
        hyperparameters={"exploration_type": "additive_noise", "stack_size": 2},
        metadata={
            **DISCRETE,
            "neural_network": "DEEP_CONVOLUTIONAL_SHALLOW",
            "action_space": DISCRETE["action_space"][:1],
            "stack_size": 3,
        },
    )
    assert len(faults) == 4
    assert "one action, at least 2" in faults[0]
    assert "did you mean DEEP_CONVOLUTIONAL_NETWORK_SHALLOW?" in faults[1]
    assert "stack_size is 3, but 2 in" in faults[2]
    assert "discrete action space allows categorical, e-greedy" in faults[3]


def test_a_fault_in_a_file_hides_no_contradiction_with_another(files: Files) -> None:
    faults = files.faults(
        hyperparameters={"exploration_type": "additive noise", "stack_size": 2, "lr": 9},
        metadata={
            **DISCRETE,
            "action_space": [{"steering_angle": 0, "speed": 9}],
            "neural_network": "COMPAKT",
            "stack_size": 3,
        },
        algorithm="sac",
    )
    words = (
        "lr is 9.0",
        "speed is 9",
        "did you mean COMPACT?",
        "algorithm sac needs a continuous action space",
        "stack_size is 3, but 2 in",
        "discrete action space allows categorical",
    )
    assert [word in fault for word, fault in zip(words, faults, strict=True)] == [True] * 6


def test_what_an_option_says_is_checked_beside_a_file_that_is_none(files: Files) -> None:
    faults = files.faults(metadata="{", network_name="HUGE", algorithm="dqn")
    words = ("is not valid JSON", "unknown network 'HUGE'", "algorithm is 'dqn'")
    assert [word in fault for word, fault in zip(words, faults, strict=True)] == [True] * 3


def test_a_contradiction_within_the_metadata_is_told_once(files: Files) -> None:
    for algorithm in ("", "sac"):
        (fault,) = files.faults(
            metadata={**DISCRETE, "training_algorithm": "sac"}, algorithm=algorithm
        )
        assert "sac needs a continuous action space" in fault


@pytest.mark.parametrize(
    ("file", "words"), [("{", "is not valid JSON"), ("{}", "has no action_space")]
)
def test_metadata_that_are_none_are_refused_by_the_file(
    files: Files, file: str, words: str
) -> None:
    (fault,) = files.faults(metadata=file)
    assert fault.startswith(f"{files.folder}/m.json: {words}")


def test_missing_files_are_told_together(tmp_path: Path) -> None:
    def missing(path: Path) -> None:
        raise ConfigError(f"{path} cannot be read")

    names = [tmp_path / name for name in ("r.py", "h.json", "m.json")]
    with pytest.raises(ConfigError) as error:
        check_inputs(InputFiles(*names), missing)
    assert "Errno" not in str(error.value)
    assert [fault.split(" cannot be read")[0] for fault in error.value.faults] == list(
        map(str, names)
    )


def test_sac_needs_a_continuous_action_space(files: Files) -> None:
    (fault,) = files.faults(metadata=DISCRETE, algorithm="sac")
    assert "sac needs a continuous action space" in fault
    inputs = files.check(metadata={**CONTINUOUS, "training_algorithm": "sac"})
    assert inputs.algorithm == "sac"
    assert inputs.metadata.action_space.squash == "tanh"


@pytest.mark.parametrize(
    ("algorithm", "exported", "squash"),
    [("sac", "sac", "tanh"), ("policy_gradient", "clipped_ppo", "clip")],
)
def test_what_is_exported_says_how_it_is_to_be_decoded(
    files: Files, algorithm: str, exported: str, squash: str
) -> None:
    inputs = files.check(metadata=CONTINUOUS, algorithm=algorithm)
    space = inputs.metadata.action_space
    assert (inputs.algorithm, inputs.metadata.training_algorithm) == (algorithm, exported)
    assert space.squash == squash
    assert np.degrees([space.steering_low, space.steering_high]) == pytest.approx([-25.0, 30.0])


def test_options_come_before_files(files: Files) -> None:
    inputs = files.check(metadata=DISCRETE, network_name="ATTENTION")
    assert inputs.metadata.neural_network == "ATTENTION"
    (fault,) = files.faults(metadata=DISCRETE, network_name="HUGE")
    assert fault.startswith("network: unknown network 'HUGE'")
    (fault,) = files.faults(algorithm="dqn")
    assert "allowed are clipped_ppo, sac, policy_gradient" in fault


def test_a_stack_of_frames_is_in_the_metadata(files: Files) -> None:
    assert files.check(hyperparameters={"stack_size": 4}).metadata.stack_size == 4
    ours = {**DISCRETE, "stack_size": 3}
    inputs = files.check(metadata=ours)
    assert (inputs.metadata.stack_size, inputs.hyperparameters.stack_size) == (3, 3)
    assert files.check(metadata=ours, hyperparameters={"stack_size": 3}).metadata.stack_size == 3


def test_keys_without_effect_are_noted_with_their_file(files: Files) -> None:
    (note,) = files.check(hyperparameters={"sac_alpha": 0.1}).notes
    assert note.startswith(f"{files.folder}/h.json: sac_alpha: no effect")


def test_a_file_that_is_no_text_is_refused(files: Files) -> None:
    for name in ("hyperparameters", "metadata"):
        file = files.folder / "binary.json"
        file.write_bytes(b"\xff\xfe\x00")
        for path, words in ((file, "no UTF-8"), (files.folder, "cannot be read: Is a directory")):
            with pytest.raises(ConfigError, match=words):
                check_inputs(InputFiles(**{name: path}), load_reward)


def test_a_byte_order_mark_is_no_fault(files: Files) -> None:
    inputs = files.check(
        hyperparameters='\ufeff{"lr": 0.0003}', metadata="\ufeff" + json.dumps(DISCRETE)
    )
    assert inputs.hyperparameters.lr == 3e-4


def test_track_files_are_read_for_the_run_to_keep(files: Files) -> None:
    names = {"a": "Oval_track", "b": "Bowtie_track"}
    paths = [route_file(name, files.folder / at / "mine.npy") for at, name in names.items()]
    inputs = files.check(tracks=("Oval_track", *paths))
    assert inputs.tracks == ("Oval_track", *paths)
    assert inputs.track_files == {
        "tracks/1/mine.npy": paths[0].read_bytes(),
        "tracks/2/mine.npy": paths[1].read_bytes(),
    }
