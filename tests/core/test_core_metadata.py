# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.action_space import Action, ContinuousActionSpace, DiscreteActionSpace
from deepracer_core.errors import ModelError
from deepracer_core.model_metadata import ModelMetadata, metadata_text

DISCRETE = [{"steering_angle": 30, "speed": 0.6}, {"steering_angle": -30, "speed": 0.6}]
CONTINUOUS = {"steering_angle": {"low": -30, "high": 30}, "speed": {"low": 0.5, "high": 2}}
OLDEST = {"action_space": DISCRETE}


def parse(**fields):
    return ModelMetadata.parse(json.dumps({**OLDEST, **fields}))


def test_what_is_absent_is_as_the_oldest_schema_meant_it():
    metadata = parse()
    assert isinstance(metadata.action_space, DiscreteActionSpace)
    assert metadata.sensor == "observation"
    assert metadata.training_algorithm == "clipped_ppo"
    assert metadata.neural_network == "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"
    assert metadata.version == "1"


def test_the_text_is_kept_as_it_was_read():
    text = json.dumps(OLDEST, indent=7) + "\n\n"
    assert ModelMetadata.parse(text).text == text


@pytest.mark.parametrize(("algorithm", "squash"), [("clipped_ppo", "clip"), ("sac", "tanh")])
def test_the_algorithm_decides_how_continuous_outputs_are_squashed(algorithm, squash):
    metadata = parse(
        action_space=CONTINUOUS,
        action_space_type="continuous",
        training_algorithm=algorithm,
        sensor=["FRONT_FACING_CAMERA"],
        version="5",
    )
    assert isinstance(metadata.action_space, ContinuousActionSpace)
    assert metadata.action_space.squash == squash
    assert metadata.version == "5"


@pytest.mark.parametrize("sensor", ["FRONT_FACING_CAMERA", "observation", "LEFT_CAMERA"])
def test_every_single_camera_is_accepted(sensor):
    assert parse(sensor=[sensor]).sensor == sensor


@pytest.mark.parametrize(
    "space", [DiscreteActionSpace((Action(0.1, 1.0),)), ContinuousActionSpace(-0.5, 0.5, 0.1, 4.0)]
)
def test_what_is_written_is_read(space):
    metadata = ModelMetadata.parse(metadata_text(space))
    assert metadata.action_space.to_json() == space.to_json()
    assert metadata.sensor == "FRONT_FACING_CAMERA"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sensor": ["STEREO_CAMERAS"]}, "STEREO_CAMERAS, only a single camera"),
        ({"sensor": ["FRONT_FACING_CAMERA", "LIDAR"]}, "the sensor LIDAR"),
        ({"sensor": ["SECTOR_LIDAR"]}, "SECTOR_LIDAR"),
        ({"sensor": ["RADAR"]}, "unknown sensor 'RADAR'"),
        ({"sensor": []}, "0 cameras"),
        ({"sensor": ["FRONT_FACING_CAMERA", "LEFT_CAMERA"]}, "2 cameras"),
        ({"sensor": "FRONT_FACING_CAMERA"}, "must be a list"),
        ({"sensor": [7]}, "must be a list"),
        ({"sensor": None}, "must be a list"),
        ({"training_algorithm": "dqn"}, "'dqn', supported are clipped_ppo, sac"),
        ({"training_algorithm": ["sac"]}, "training_algorithm"),
        ({"training_algorithm": "sac"}, "sac needs a continuous"),
        ({"action_space_type": "both"}, "'both', supported are discrete, continuous"),
        ({"action_space_type": "continuous"}, "is continuous, but action_space is written as"),
        ({"action_space": CONTINUOUS}, "is discrete, but action_space is written as"),
        ({"action_space": None}, "action_space"),
        ({"action_space": []}, "action_space"),
    ],
)
def test_contradictions_are_refused_by_name(fields, words):
    with pytest.raises(ModelError, match=words):
        parse(**fields)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("{}", "no action_space"),
        ('{"action_space": [{"steering_angle": NaN, "speed": 1}]}', "finite number"),
        ('{"action_space": [{"steering_angle": 1, "speed": 1e999}]}', "finite number"),
        ('{"action_space": ' + "[" * 100_000, "nested|JSON"),
        ('{"action_space": ' + "9" * 5000 + "}", "JSON|action_space"),
    ],
)
def test_text_that_is_no_metadata_is_refused(text, words):
    with pytest.raises(ModelError, match=words):
        ModelMetadata.parse(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = ("action_space", "action_space_type", "sensor", "training_algorithm", "version")


@given(st.sampled_from(FIELDS), json_values)
def test_any_value_in_any_field_is_read_or_refused(field, value):
    text = json.dumps({"action_space": DISCRETE, "sensor": ["observation"], field: value})
    try:
        metadata = ModelMetadata.parse(text)
    except ModelError as error:
        assert "\n" not in str(error)
    else:
        assert metadata.action_space.output_count >= 1


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(ModelError) as error:
        ModelMetadata.parse(text)
    assert "\n" not in str(error.value)


@given(json_values, json_values)
def test_any_action_is_read_or_refused(angle, speed):
    space = [{"steering_angle": angle, "speed": speed}]
    try:
        metadata = parse(action_space=space)
    except ModelError as error:
        assert "action_space[0]" in str(error)
    else:
        assert 0.0 <= metadata.action_space.actions[0].speed <= 4.0 + 1e-6
