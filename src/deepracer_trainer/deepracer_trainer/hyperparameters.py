# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""hyperparameters.json, by the names that the hosted service and its followers gave them.

A flat object; numbers may be written as strings, as old exports do. Every key may be absent. The
ranges contain those of the console and what suits training with many cars at once. Our defaults
are not the console's, which were chosen for one car and slow steps: where driving costs little,
a network learns soonest by many small gradient steps from frames that it has not seen yet.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from deepracer_core.observation import LARGEST_STACK
from deepracer_core.settings import check_settings, setting, value_fault

CATEGORICAL, E_GREEDY, ADDITIVE_NOISE = "categorical", "e-greedy", "additive noise"
HUBER, SQUARED = "huber", "mean squared error"
EPISODE_FRAMES = 100
"""What an episode counts for when a rollout is sized: half a lap, as between first and last."""
WHOLE_BATCHES = 0.25
"""The share by which a rollout may differ from what is asked for, to be one of whole batches."""


@dataclass(frozen=True)
class Hyperparameters:
    """How a policy learns; each field is a key of the file.

    Attributes:
        given: the keys that the user's file had.
    """

    batch_size: int = setting(64, "frames in one gradient step", range=(8, 65_536))
    num_epochs: int = setting(1, "times that each frame is learned from", range=(1, 100))
    lr: float = setting(1e-3, "learning rate at the start", range=(1e-8, 0.1))
    beta_entropy: float = setting(0.001, "weight of exploring", range=(0.0, 1.0))
    discount_factor: float = setting(0.97, "worth of the next step's reward", range=(0.0, 1.0))
    loss_type: str = setting(SQUARED, "of the value of a state", choices=(HUBER, SQUARED))
    num_episodes_between_training: int = setting(
        20, "episodes, of 100 frames each, that an update learns from", range=(1, 1000)
    )
    exploration_type: str = setting(
        CATEGORICAL,
        "how actions are chosen while learning",
        choices=(CATEGORICAL, E_GREEDY, ADDITIVE_NOISE),
    )
    e_greedy_value: float = setting(
        0.05, "share of random actions at the end, e-greedy only", range=(0.0, 1.0)
    )
    epsilon_steps: int = setting(
        10_000, "frames until that share is reached, from all random", range=(1, 10**9)
    )
    stack_size: int = setting(1, "frames that the policy sees at once", range=(1, LARGEST_STACK))
    sac_alpha: float = setting(0.2, "weight of exploring, SAC only", range=(0.0, 1.0))
    term_cond_max_episodes: int = setting(100_000, "without effect", range=(1, 10**9))
    term_cond_avg_score: float = setting(100_000.0, "without effect", range=(-1e9, 1e9))
    given: frozenset[str] = field(default=frozenset(), compare=False)

    def __post_init__(self) -> None:
        """Refuse values out of range; ConfigError names all of them."""
        check_settings(self)

    def with_learning_rate(self, suitable: float) -> Hyperparameters:
        """Return these with the learning rate that suits a network, unless the user chose one."""
        return self if "lr" in self.given else replace(self, lr=suitable)

    def rollout_steps(self, cars: int) -> int:
        """Return how many steps each car of a batch drives between updates.

        An update is to see as many frames as `num_episodes_between_training` have, whether one car
        drives or many: counting episodes as they end would favour short ones, since those of all
        cars run at once. It is whole batches where these are near: else the last is short.
        """
        unit = self.batch_size // math.gcd(self.batch_size, cars)
        steps = self.num_episodes_between_training * EPISODE_FRAMES / cars
        whole = unit * round(steps / unit)
        return whole if abs(whole - steps) <= WHOLE_BATCHES * steps else max(1, round(steps))

    def notes(self, algorithm: str, discrete: bool) -> tuple[str, ...]:
        """Return which of the given keys have no effect, and why.

        Args:
            algorithm: clipped_ppo, sac or policy_gradient.
            discrete: whether the action space is.
        """
        sac, e_greedy = algorithm == "sac", self.exploration_type == E_GREEDY and discrete
        rules = (
            (True, _ENDINGS, "--steps and --stop-at end a run"),
            (not sac, {"sac_alpha"}, f"{algorithm} has no such weight"),
            (sac, _ON_POLICY, "SAC learns from all it has seen, and explores by its own noise"),
            (
                algorithm == "policy_gradient",
                {"batch_size", "num_epochs"},
                "policy gradient learns from all frames of an update at once, and once",
            ),
            (
                not (sac or e_greedy),
                {"e_greedy_value", "epsilon_steps"},
                "only a discrete action space with exploration_type e-greedy uses it",
            ),
            (
                not (sac or discrete or self.exploration_type == ADDITIVE_NOISE),
                {"exploration_type"},
                "a continuous action space is always explored by additive noise",
            ),
        )
        return tuple(
            f"{', '.join(sorted(self.given & keys))}: no effect here, {reason}"
            for holds, keys, reason in rules
            if holds and self.given & keys
        )

    def to_json(self) -> dict[str, float | str]:
        """Return all keys with their values, as the file has them; sac_alpha where it was given.

        Where it was not, SAC learns it.
        """
        keys = self.given.union(_KEYS.keys() - {"sac_alpha"})
        return {key: getattr(self, key) for key in _KEYS if key in keys}

    def given_json(self) -> dict[str, float | str]:
        """Return the given keys with their values: a file from which the same is read again."""
        return {key: getattr(self, key) for key in _KEYS if key in self.given}


_KEYS: dict[str, Field[Any]] = {
    entry.name: entry for entry in fields(Hyperparameters) if entry.metadata
}
# What other trainers call it.
_ELSEWHERE = {"learning_rate": "lr", "gamma": "discount_factor", "ent_coef": "beta_entropy"}
_ENDINGS = {"term_cond_max_episodes", "term_cond_avg_score"}
_ON_POLICY = {
    "num_epochs",
    "beta_entropy",
    "loss_type",
    "num_episodes_between_training",
    "exploration_type",
    "e_greedy_value",
    "epsilon_steps",
}


def parse_hyperparameters(text: str) -> tuple[Hyperparameters, list[str]]:
    """Return what the text of the file has right, and all that is wrong with the rest."""
    try:
        pairs = json.loads(text, object_pairs_hook=tuple)
    except ValueError as error:
        return Hyperparameters(), [f"it is no JSON: {error}"]
    except RecursionError:
        return Hyperparameters(), ["it is nested too deeply"]
    if not isinstance(pairs, tuple):
        return Hyperparameters(), ['it must be a JSON object, such as {"lr": 0.0003}']
    values: dict[str, Any] = {}
    seen: set[str] = set()
    faults = []
    for key, value in pairs:
        fault, number = _read_value(key, value)
        if key in seen:
            fault = f"{key} is given twice"
        seen.add(key)
        if fault:
            faults.append(fault)
        else:
            values[key] = number
    return Hyperparameters(**values, given=frozenset(values)), faults


def _read_value(key: str, value: object) -> tuple[str, Any]:
    """Return what is wrong with an entry of the file, else nothing, and its value."""
    if key not in _KEYS:
        return f"unknown key {key[:40]!r}, {_known(key.lower())}", None
    entry = _KEYS[key]
    number: Any
    if isinstance(entry.default, str):
        number = _choice(value, entry.metadata["choices"])
    else:
        number = _number(value, whole=isinstance(entry.default, int))
    if number is None:
        kind = "a whole number" if isinstance(entry.default, int) else "a number"
        low, high = entry.metadata["range"]
        return f"{key} is {str(value)[:40]!r}, needed is {kind} from {low} to {high}", None
    return value_fault(entry, number), number


def _known(key: str) -> str:
    """Return which key a lower-case one may stand for, or all that there are."""
    nearest = [_ELSEWHERE[key]] if key in _ELSEWHERE else difflib.get_close_matches(key, _KEYS, 1)
    return f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(_KEYS)}"


def _choice(value: object, choices: tuple[str, ...]) -> str:
    """Return the choice that is meant, in whatever spelling: E_GREEDY is e-greedy."""
    spelt = {re.sub("[^a-z]", "", choice): choice for choice in choices}
    return spelt.get(re.sub("[^a-z]", "", str(value).lower()), str(value)[:40])


def _number(value: object, whole: bool) -> float | None:
    """Return a finite number, also one that is written as a string; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number) or (whole and number != int(number)):
        return None
    return int(number) if whole else number
