# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.action_space import Action, ContinuousActionSpace, DiscreteActionSpace
from deepracer_core.errors import ModelError
from deepracer_core.model_metadata import ModelMetadata, metadata_parts, metadata_text

DISCRETE = [{"steering_angle": 30, "speed": 0.6}, {"steering_angle": -30, "speed": 0.6}]
CONTINUOUS = {"steering_angle": {"low": -30, "high": 30}, "speed": {"low": 0.5, "high": 2}}
OLDEST = {"action_space": DISCRETE}


def parse(**fields):
    return ModelMetadata.parse(json.dumps({**OLDEST, **fields}))


def faults(**fields):
    with pytest.raises(ModelError) as error:
        parse(**fields)
    return error.value.faults


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


def test_all_faults_are_told_at_once():
    space = [{"steering_angle": 31, "speed": 9}, {"speed": 1}, *DISCRETE]
    with pytest.raises(ModelError) as error:
        parse(action_space=space, sensor=["LIDAR"], stack_size=0)
    assert [fault.split(" is ")[0].split(" needs ")[0] for fault in error.value.faults] == [
        "action_space[0].steering_angle",
        "action_space[0].speed",
        "action_space[1]",
        "the model",
        "stack_size",
    ]


@pytest.mark.parametrize(
    ("steering_angle", "speed", "count"),
    [
        ({"low": -40, "high": 40}, {"low": 1, "high": 2}, 2),
        ({"low": "x", "high": 40}, {"low": "y", "high": 9}, 4),
        ({"low": 10, "high": -10}, {"low": 2, "high": 1}, 2),
        ({"low": 10}, None, 2),
    ],
)
def test_all_faults_of_continuous_bounds_are_told_at_once(steering_angle, speed, count):
    bounds = {"steering_angle": steering_angle, "speed": speed}
    assert len(faults(action_space=bounds, action_space_type="continuous")) == count


def test_all_faults_of_an_action_are_told_at_once():
    action = {"index": 1, "steering_angle": "left", "speed": 9}
    assert len(faults(action_space=[action])) == 3


def test_a_wrong_algorithm_is_told_once():
    assert len(faults(training_algorithm="dqn")) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"training_algorithm": "dqn"},
        {"action_space_type": "both"},
        {"action_space_type": "continuous"},
        {"training_algorithm": "sac"},
    ],
)
def test_what_an_action_space_is_called_hides_no_fault_in_it(fields):
    named, listed = faults(**fields, action_space=[{"steering_angle": 40, "speed": 1}])
    assert next(iter(fields)) in named or "sac needs" in named
    assert listed.startswith("action_space[0].steering_angle is 40")


def test_a_missing_action_space_hides_no_other_fault():
    with pytest.raises(ModelError) as error:
        ModelMetadata.parse('{"stack_size": 0, "sensor": ["LIDAR"]}')
    assert [
        words in fault
        for words, fault in zip(
            ("no action_space", "LIDAR", "stack_size"), error.value.faults, strict=True
        )
    ] == [True] * 3


def test_what_is_right_can_be_read_beside_what_is_wrong():
    fields = {**OLDEST, "neural_network": "N", "stack_size": 0, "sensor": ["LIDAR"]}
    values, found = metadata_parts(fields)
    assert len(found) == 2
    assert values["action_space"].output_count == 2
    assert (values["neural_network"], values["training_algorithm"]) == ("N", "clipped_ppo")
    assert "stack_size" not in values and "sensor" not in values


def test_a_long_list_of_faults_is_cut_short():
    with pytest.raises(ModelError) as error:
        parse(action_space=[{}] * 1000)
    assert len(error.value.faults) == 31
    assert error.value.faults[-1] == "action_space has 970 more faults"


def test_a_stack_of_frames_is_written_where_it_is_one():
    space = DiscreteActionSpace((Action(0.1, 1.0),))
    assert ModelMetadata.parse(metadata_text(space, stack_size=4)).stack_size == 4
    assert "stack_size" not in metadata_text(space)
    assert parse().stack_size == 1


@pytest.mark.parametrize("size", [0, 9, -1, 2.0, "2", True, None, []])
def test_a_stack_of_another_size_is_refused(size):
    with pytest.raises(ModelError, match="stack_size is .*, allowed is 1 to 8"):
        parse(stack_size=size)


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
FIELDS = (
    "action_space",
    "action_space_type",
    "sensor",
    "training_algorithm",
    "version",
    "stack_size",
)


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
