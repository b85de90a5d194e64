# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""hyperparameters.json: the field's files are read, and all that is wrong is told at once."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_trainer.hyperparameters import (
    EPISODE_FRAMES,
    Hyperparameters,
    parse_hyperparameters,
)

# As the community's template has them, with some numbers as strings.
FIELD = {
    "batch_size": "64",
    "beta_entropy": 0.01,
    "discount_factor": "0.99",
    "e_greedy_value": 0.05,
    "epsilon_steps": 10000,
    "exploration_type": "Categorical",
    "loss_type": "HUBER",
    "lr": 3e-4,
    "num_episodes_between_training": 20.0,
    "num_epochs": 5,
    "stack_size": 1,
    "term_cond_avg_score": 350.0,
    "term_cond_max_episodes": 1000,
}


def parse(**values: object) -> Hyperparameters:
    read, wrong = parse_hyperparameters(json.dumps(values))
    assert not wrong
    return read


def faults(text: str) -> tuple[str, ...]:
    return tuple(parse_hyperparameters(text)[1])


def test_a_file_of_the_field_is_read() -> None:
    read = parse(**FIELD)
    assert read.batch_size == 64 and isinstance(read.batch_size, int)
    assert read.discount_factor == 0.99
    assert read.num_episodes_between_training == 20
    assert (read.exploration_type, read.loss_type) == ("categorical", "huber")
    assert read.given == set(FIELD)


def test_what_is_absent_is_the_default() -> None:
    assert parse() == Hyperparameters()
    assert parse(lr=1e-4).num_epochs == Hyperparameters().num_epochs


def test_what_is_written_is_read() -> None:
    original = parse(**FIELD)
    assert parse(**original.to_json()) == original
    assert set(original.to_json()) == set(FIELD)


def test_what_is_chosen_by_the_network_or_learned_does_not_pass_for_given() -> None:
    original = parse(num_epochs=3).with_learning_rate(5e-4)
    assert original.given_json() == {"num_epochs": 3}
    assert original.to_json()["lr"] == 5e-4
    assert "sac_alpha" not in original.to_json()
    assert parse(sac_alpha=0.1).to_json()["sac_alpha"] == 0.1


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [("e-greedy", "e-greedy"), ("E_GREEDY", "e-greedy"), ("egreedy", "e-greedy")],
)
def test_spellings_of_choices(spelling: str, meant: str) -> None:
    assert parse(exploration_type=spelling).exploration_type == meant


def test_all_faults_are_told_with_key_value_and_range() -> None:
    text = (
        '{"learning_rate": 1, "batchsize": 3, "lr": 7, "num_epochs": 3.5, "stack_size": "x",'
        ' "loss_type": "abs", "lr": 0.1, "e_greedy_value": NaN, "discount_factor": true}'
    )
    assert faults(text) == (
        "unknown key 'learning_rate', did you mean lr?",
        "unknown key 'batchsize', did you mean batch_size?",
        "lr is 7.0, allowed is 1e-08 to 0.1",
        "num_epochs is '3.5', needed is a whole number from 1 to 100",
        "stack_size is 'x', needed is a whole number from 1 to 8",
        "loss_type is 'abs', allowed are huber, mean squared error",
        "lr is given twice",
        "e_greedy_value is 'nan', needed is a number from 0.0 to 1.0",
        "discount_factor is 'True', needed is a number from 0.0 to 1.0",
    )


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", '"lr"', "[" * 100_000, '{"lr": ' + "9" * 5000 + "}"]
)
def test_what_is_no_object_is_refused_in_one_line(text: str) -> None:
    (fault,) = faults(text)
    assert "JSON" in fault or "nested" in fault


def test_what_is_right_can_be_read_beside_what_is_wrong() -> None:
    text = '{"lr": 9, "stack_size": 3, "epochs": 2, "batch_size": 64, "batch_size": 32}'
    read, wrong = parse_hyperparameters(text)
    assert len(wrong) == 3
    assert read == Hyperparameters(stack_size=3, batch_size=64)
    assert read.given == {"stack_size", "batch_size"}


@pytest.mark.parametrize("key", ["", "x", "waypoints", "???"])
def test_a_key_that_is_like_none_is_answered_with_all(key: str) -> None:
    (fault,) = faults(json.dumps({key: 1}))
    assert "did you mean" not in fault
    assert fault.startswith(f"unknown key {key!r}, known are batch_size, num_epochs, lr, ")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("LR", "lr"),
        ("Learning_Rate", "lr"),
        ("entropy", "beta_entropy"),
        ("epochs", "num_epochs"),
        ("discount", "discount_factor"),
        ("stacksize", "stack_size"),
        ("alpha", "sac_alpha"),
        ("max_episodes", "term_cond_max_episodes"),
    ],
)
def test_a_key_that_is_like_one_is_answered_with_it(key: str, meant: str) -> None:
    assert faults(json.dumps({key: 1})) == (f"unknown key {key!r}, did you mean {meant}?",)


def test_the_learning_rate_is_the_networks_unless_the_user_chose_one() -> None:
    assert Hyperparameters().with_learning_rate(5e-4).lr == 5e-4
    assert parse(lr=1e-3).with_learning_rate(5e-4).lr == 1e-3


@pytest.mark.parametrize(("cars", "steps"), [(32, 62), (256, 8), (1023, 2), (31, 64)])
def test_twenty_episodes_are_about_2000_frames_of_any_number_of_cars(
    cars: int, steps: int
) -> None:
    assert Hyperparameters().rollout_steps(cars) == steps


@given(st.integers(1, 1024), st.integers(8, 65_536), st.integers(1, 1000))
def test_a_rollout_is_about_the_episodes_asked_for_in_whole_batches_where_they_are_near(
    cars: int, batch: int, episodes: int
) -> None:
    settings = Hyperparameters(batch_size=batch, num_episodes_between_training=episodes)
    frames = settings.rollout_steps(cars) * cars
    asked = episodes * EPISODE_FRAMES
    assert abs(frames - asked) <= max(asked / 4, cars)
    whole = math.lcm(batch, cars)
    if abs(whole * round(asked / whole) - asked) <= asked / 4:
        assert frames % batch == 0


def test_keys_without_effect_are_noted_with_the_reason() -> None:
    read = parse(**FIELD)
    assert read.notes("clipped_ppo", discrete=True) == (
        "term_cond_avg_score, term_cond_max_episodes: no effect here, --steps and --stop-at end a"
        " run",
        "e_greedy_value, epsilon_steps: no effect here, only a discrete action space with"
        " exploration_type e-greedy uses it",
    )
    assert Hyperparameters().notes("sac", discrete=False) == ()
    assert parse(exploration_type="e-greedy", e_greedy_value=0.1).notes("clipped_ppo", True) == ()


@pytest.mark.parametrize(
    ("key", "algorithm", "discrete"),
    [
        ("sac_alpha", "clipped_ppo", False),
        ("num_epochs", "sac", False),
        ("exploration_type", "clipped_ppo", False),
        ("batch_size", "policy_gradient", True),
    ],
)
def test_what_has_no_effect_depends_on_the_algorithm(
    key: str, algorithm: str, discrete: bool
) -> None:
    values = {**FIELD, "sac_alpha": 0.1}
    (note,) = (n for n in parse(**{key: values[key]}).notes(algorithm, discrete) if key in n)
    assert "no effect" in note


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*FIELD, "sac_alpha"]) | st.text(max_size=12), JSON_VALUES))
def test_any_object_is_read_or_refused(values: dict[str, object]) -> None:
    read, wrong = parse_hyperparameters(json.dumps(values))
    assert all("\n" not in fault for fault in wrong)
    assert len(read.given) + len(wrong) == len(values)
