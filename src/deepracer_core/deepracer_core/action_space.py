# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From the numbers that a policy puts out to an action: the AWS action spaces, decoded.

Three ways of decoding exist (reference: the training code of the hosted service):

* discrete, clipped PPO: arg-max of the probabilities selects an action from a list;
* continuous, clipped PPO: the means are clipped to [-1, 1] and scaled to the bounds;
* continuous, SAC: the exported means are raw, so tanh squashes them before the same scaling.

Files hold degrees, as the DeepRacer formats do; everything in memory is SI.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepracer_core.errors import ActionError, ModelError, collected

MAX_STEERING = math.radians(30.0)
MAX_SPEED = 4.0
# Metadata in degrees must survive the conversion: 30 degrees is inside, 30.001 is not.
_TOLERANCE = 1e-6
_MOST_FAULTS = 30  # that are told of one list


class Action(NamedTuple):
    """What the car shall do: steering angle [rad], + is left, and speed [m/s], + is forward."""

    steering_angle: float
    speed: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A decoded policy output: the action and its index, -1 where the space is continuous."""

    action: Action
    index: int


def _checked(values: ArrayLike, count: int) -> NDArray[np.float64]:
    output = np.asarray(values, dtype=np.float64)
    if output.shape != (count,):
        raise ActionError(
            f"policy output has shape {output.shape}, the action space needs ({count},): "
            "load a model that matches its metadata"
        )
    if not np.isfinite(output).all():
        raise ActionError("policy output holds NaN or infinity: the model is damaged")
    return output


def _checked_action(steering_degrees: object, speed: object, where: str) -> Action:
    faults: list[str] = []
    steering = metres_per_second = 0.0
    with collected(faults):
        steering = math.radians(_number(steering_degrees, f"{where}.steering_angle"))
    with collected(faults):
        metres_per_second = _number(speed, f"{where}.speed")
    if abs(steering) > MAX_STEERING + _TOLERANCE:
        faults.append(f"{where}.steering_angle is {steering_degrees}, allowed is -30 to 30 deg")
    if not 0.0 <= metres_per_second <= MAX_SPEED + _TOLERANCE:
        faults.append(f"{where}.speed is {speed}, allowed is 0 to {MAX_SPEED:g} m/s")
    if faults:
        raise ModelError(*faults)
    return Action(steering, metres_per_second)


def _number(value: object, where: str) -> float:
    if not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            number = float(value)  # Old exports write numbers as strings.
        except (ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
    raise ModelError(f"{where} is {_shortened(value)}, a finite number is needed")


def _shortened(value: object) -> str:
    # Python itself refuses to print integers of thousands of digits.
    text = "an integer" if isinstance(value, int) and abs(value) > 10**40 else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _tidy_degrees(angle: float) -> float:
    return round(math.degrees(angle), 6)


@dataclass(frozen=True)
class DiscreteActionSpace:
    """A list of actions, of which the policy's most probable one is taken."""

    actions: tuple[Action, ...]

    def __post_init__(self) -> None:
        """Refuse an empty list: there would be nothing to choose from."""
        if not self.actions:
            raise ModelError("action_space is empty: list at least one action")

    @property
    def output_count(self) -> int:
        """One probability an action."""
        return len(self.actions)

    def action(self, index: int) -> Action:
        """Return the action at `index`; ActionError where the list has no such index."""
        if not 0 <= index < len(self.actions):
            raise ActionError(
                f"action index {index} is not in the action space (0 to {len(self.actions) - 1})"
            )
        return self.actions[index]

    def decode(self, values: ArrayLike) -> Decision:
        """Return the most probable action; the first of equals, as arg-max does."""
        index = int(np.argmax(_checked(values, self.output_count)))
        return Decision(self.actions[index], index)

    def to_json(self) -> list[dict[str, float]]:
        """Return the list as AWS writes it, in degrees and m/s."""
        return [
            {"index": i, "steering_angle": _tidy_degrees(a.steering_angle), "speed": a.speed}
            for i, a in enumerate(self.actions)
        ]


@dataclass(frozen=True)
class ContinuousActionSpace:
    """Bounds for steering angle [rad] and speed [m/s], and how means are squashed into them."""

    steering_low: float
    steering_high: float
    speed_low: float
    speed_high: float
    squash: Literal["clip", "tanh"] = "clip"

    def __post_init__(self) -> None:
        """Refuse bounds that are not in order."""
        ends = {
            "steering_angle": (self.steering_low, self.steering_high),
            "speed": (self.speed_low, self.speed_high),
        }
        faults = [
            f"action_space.{name}: low must be below high"
            for name, (low, high) in ends.items()
            if not low < high
        ]
        if faults:
            raise ModelError(*faults)

    @property
    def output_count(self) -> int:
        """Two means: steering angle, then speed."""
        return 2

    def decode(self, values: ArrayLike) -> Decision:
        """Squash the two means to [-1, 1] and scale them linearly to the bounds."""
        means = _checked(values, self.output_count)
        squashed = np.tanh(means) if self.squash == "tanh" else np.clip(means, -1.0, 1.0)
        steering, speed = self.scale(squashed)
        return Decision(Action(float(steering), float(speed)), -1)

    def scale(self, squashed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale values of -1 to 1, (..., 2), linearly to the bounds [rad, m/s]."""
        low = np.array([self.steering_low, self.speed_low])
        high = np.array([self.steering_high, self.speed_high])
        scaled: NDArray[np.float64] = low + (squashed + 1.0) / 2.0 * (high - low)
        return scaled

    def to_json(self) -> dict[str, dict[str, float]]:
        """Return the bounds as AWS writes them, in degrees and m/s."""
        return {
            "steering_angle": {
                "high": _tidy_degrees(self.steering_high),
                "low": _tidy_degrees(self.steering_low),
            },
            "speed": {"high": self.speed_high, "low": self.speed_low},
        }


ActionSpace = DiscreteActionSpace | ContinuousActionSpace


def parse_discrete(entries: object) -> DiscreteActionSpace:
    """Read the `action_space` list of model_metadata.json; ModelError names each bad entry."""
    if not isinstance(entries, list) or not entries:
        raise ModelError("action_space must be a list of {steering_angle, speed}")
    actions: list[Action] = []
    faults: list[str] = []
    for position, entry in enumerate(entries):
        with collected(faults):
            actions.append(_listed_action(entry, position))
    if len(faults) > _MOST_FAULTS:
        faults[_MOST_FAULTS:] = [f"action_space has {len(faults) - _MOST_FAULTS} more faults"]
    if faults:
        raise ModelError(*faults)
    return DiscreteActionSpace(tuple(actions))


def _listed_action(entry: object, position: int) -> Action:
    where = f"action_space[{position}]"
    if not isinstance(entry, dict) or not {"steering_angle", "speed"} <= entry.keys():
        raise ModelError(f"{where} needs steering_angle and speed")
    faults: list[str] = []
    with collected(faults):
        if "index" in entry and _number(entry["index"], f"{where}.index") != position:
            faults.append(
                f"{where}.index is {entry['index']}, its place in the list is {position}"
            )
    with collected(faults):
        action = _checked_action(entry["steering_angle"], entry["speed"], where)
    if faults:
        raise ModelError(*faults)
    return action


def parse_continuous(bounds: object, squash: Literal["clip", "tanh"]) -> ContinuousActionSpace:
    """Read the `action_space` bounds of model_metadata.json; ModelError names the bad bound."""
    if not isinstance(bounds, dict):
        raise ModelError("action_space must give steering_angle and speed, each with low and high")
    faults = [
        f"action_space.{name} needs low and high"
        for name in ("steering_angle", "speed")
        if not isinstance(bounds.get(name), dict) or not {"low", "high"} <= bounds[name].keys()
    ]
    if faults:
        raise ModelError(*faults)
    steering, speed = bounds["steering_angle"], bounds["speed"]
    ends: list[Action] = []
    for end in ("low", "high"):
        with collected(faults):
            ends.append(_checked_action(steering[end], speed[end], f"action_space {end}"))
    if faults:
        raise ModelError(*faults)
    low, high = ends
    return ContinuousActionSpace(
        low.steering_angle, high.steering_angle, low.speed, high.speed, squash
    )
