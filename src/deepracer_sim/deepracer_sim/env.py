# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The simulator as Gymnasium environments: one car, or a batch that steps together.

## Action space
Discrete: an index into the model's list of actions. Continuous: steering angle and speed, each in
-1 to 1, scaled to the bounds of the model's action space.

## Observation space
The grey camera picture, uint8 (1, 120, 160), as `deepracer_core.observation.to_grey` makes it.

## Reward
`rewards.progress` unless another is given.

## Start
At rest on the centre line, in the given direction ("ccw", "cw" or "both"). `starts` is "random",
or "round_robin": then only the first place is random, and each episode begins 0.05 of the lap
further on than the one before, with the directions in turn where both are allowed.

## Tracks, objects, randomisation
`track` names one track or several, with commas or in a sequence; car i is on track i mod n.
`objects` puts boxes or bot cars on the road, `randomization` varies world and car from episode to
episode; see their classes. Car i of a batch on one track, seeded with s, lives to the bit through
what a single environment seeded with s + i does.

## Episode end
Terminated: lap complete, crashed, off track (all wheels), standing still or going backwards for 15
steps. Truncated: after `max_steps`; by default that is the time of a lap at 0.2 m/s, and at least
1500 (100 s). `info` tells how it went: `status`, `progress` [%], `steps` and `direction`.

## Version
DeepRacer-v0: first.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from deepracer_core.action_space import Action, ActionSpace, DiscreteActionSpace
from deepracer_core.errors import ActionError
from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH
from deepracer_sim import rewards
from deepracer_sim.object_settings import TIME_TRIAL, ObjectSettings
from deepracer_sim.randomization import EXACT, Randomization
from deepracer_sim.scenes import TrackNames
from deepracer_sim.simulation import Simulation, Status
from deepracer_sim.starts import Direction, StartOrder, StartSequence

OBSERVATION_SPACE = gym.spaces.Box(0, 255, (1, FRAME_HEIGHT, FRAME_WIDTH), np.uint8)


def default_actions() -> DiscreteActionSpace:
    """Return five actions: 0, 15 and 30 degrees to either side, the slower the sharper."""
    degrees_and_speeds = ((-30, 1.0), (-15, 1.3), (0, 1.6), (15, 1.3), (30, 1.0))
    return DiscreteActionSpace(
        tuple(Action(float(np.radians(angle)), speed) for angle, speed in degrees_and_speeds)
    )


class Actuation:
    """Turns what an agent chose into commands, for one action space."""

    def __init__(self, actions: ActionSpace) -> None:
        """Derive the Gymnasium space."""
        self._actions = actions
        self.space: gym.Space[Any]
        if isinstance(actions, DiscreteActionSpace):
            self._table = np.array(actions.actions)
            self.space = gym.spaces.Discrete(len(actions.actions))
        else:
            self.space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)

    def commands(self, chosen: NDArray[Any]) -> NDArray[np.float64]:
        """Return steering angle [rad] and speed [m/s], (B, 2), of B choices.

        Raises:
            ActionError: a choice is NaN or not in the list.
        """
        if isinstance(self._actions, DiscreteActionSpace):
            indices = np.asarray(chosen, dtype=np.intp)
            if (indices < 0).any() or (indices >= len(self._table)).any():
                raise ActionError(f"actions must be 0 to {len(self._table) - 1}")
            return self._table[indices]
        values = np.asarray(chosen, dtype=np.float64)
        if np.isnan(values).any():
            raise ActionError("actions must not be NaN")
        return self._actions.scale(np.clip(values, -1.0, 1.0))


class DeepRacerVectorEnv(gym.vector.VectorEnv[NDArray[np.uint8], NDArray[Any], NDArray[Any]]):
    """A batch of cars; a car whose episode ends starts a new one in the same step."""

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(
        self,
        num_envs: int = 32,
        track: TrackNames = "reinvent_base",
        actions: ActionSpace | None = None,
        reward: rewards.Reward = rewards.progress,
        direction: Direction = "both",
        max_steps: int | None = None,
        starts: StartOrder = "random",
        randomization: Randomization = EXACT,
        objects: ObjectSettings = TIME_TRIAL,
    ) -> None:
        """Build the simulation; see the module's docstring for spaces, rewards and rules.

        Raises:
            TrackError: a track is unknown or malformed.
            ConfigError: an argument is not usable, or there are more tracks than cars.
        """
        self.num_envs = num_envs
        self.render_mode = None
        self.simulation = Simulation(
            track, num_envs, max_steps=max_steps, randomization=randomization, objects=objects
        )
        self.actuation = Actuation(actions or default_actions())
        self.single_observation_space = OBSERVATION_SPACE
        self.observation_space = batch_space(OBSERVATION_SPACE, num_envs)
        self.single_action_space = self.actuation.space
        self.action_space = batch_space(self.actuation.space, num_envs)
        self._reward = reward
        self._order: tuple[Direction, StartOrder] = direction, starts
        self._starts = self._sequences()
        self._generators = [np.random.default_rng() for _ in range(num_envs)]
        # Two, in turn: what one step returned stays valid during the next.
        shape = (num_envs, *OBSERVATION_SPACE.shape)
        self._buffers = [np.zeros(shape, np.uint8) for _ in range(2)]

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Start all cars anew; with a seed, their random numbers too."""
        if seed is not None:
            first = isinstance(seed, Integral)
            seeds = [int(seed) + i for i in range(self.num_envs)] if first else seed
            self._generators = [np.random.default_rng(s) for s in seeds]
            self._starts = self._sequences()
        self._restart(np.arange(self.num_envs))
        return self._observe(), {}

    def step(
        self, actions: NDArray[Any]
    ) -> tuple[NDArray[np.uint8], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Step all cars.

        Returns:
            Observations (B, 1, 120, 160), valid until the step after next; rewards; terminated;
            truncated; and info, which is empty unless cars finished: then it has `finished`
            (their indices) and, a row each, `status`, `progress` [%], `steps`, `track` (index into
            `simulation.tracks`), `direction` ("ccw" or "cw") and `final_obs`.
        """
        simulation = self.simulation
        simulation.step(self.actuation.commands(actions))
        reward = self._reward(simulation)
        truncated = simulation.status == Status.TIME_UP
        terminated = (simulation.status != Status.IN_PROGRESS) & ~truncated
        finished = np.flatnonzero(terminated | truncated)
        if not len(finished):
            return self._observe(), reward, terminated, truncated, {}
        info = {
            "finished": finished,
            "status": simulation.status[finished],
            "progress": simulation.progress[finished],
            "steps": simulation.steps[finished],
            "track": simulation.track_index[finished],
            "direction": np.array([simulation.direction(car) for car in finished]),
            "final_obs": simulation.frames(finished)[:, None],
        }
        self._restart(finished)
        return self._observe(), reward, terminated, truncated, info

    def _restart(self, cars: NDArray[np.intp]) -> None:
        generators = [self._generators[car] for car in cars]
        starts = [
            self._starts[car].next(generator)
            for car, generator in zip(cars, generators, strict=True)
        ]
        self.simulation.reset(cars, starts, generators)

    def _sequences(self) -> list[StartSequence]:
        simulation = self.simulation
        tracks = [simulation.tracks[index] for index in simulation.track_index]
        return [StartSequence(track, *self._order) for track in tracks]

    def _observe(self) -> NDArray[np.uint8]:
        self._buffers.reverse()
        self.simulation.frames(out=self._buffers[0][:, 0])
        return self._buffers[0]


class DeepRacerEnv(gym.Env[NDArray[np.uint8], Any]):
    """One car. `render()` returns what its camera sees, in colour."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 15}

    def __init__(
        self,
        track: TrackNames = "reinvent_base",
        actions: ActionSpace | None = None,
        reward: rewards.Reward = rewards.progress,
        direction: Direction = "both",
        max_steps: int | None = None,
        starts: StartOrder = "random",
        randomization: Randomization = EXACT,
        objects: ObjectSettings = TIME_TRIAL,
        render_mode: str | None = None,
    ) -> None:
        """Build the simulation; see the module's docstring for spaces, rewards and rules.

        Raises:
            TrackError: the track is unknown or malformed.
            ConfigError: an argument is not usable, or several tracks are named.
        """
        self.simulation = Simulation(
            track, 1, max_steps=max_steps, randomization=randomization, objects=objects
        )
        self.actuation = Actuation(actions or default_actions())
        self.observation_space = OBSERVATION_SPACE
        self.action_space = self.actuation.space
        self.render_mode = render_mode
        self._reward = reward
        self._order: tuple[Direction, StartOrder] = direction, starts
        self._starts = StartSequence(self.simulation.track, *self._order)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Start anew; with a seed, at a repeatable place."""
        super().reset(seed=seed)
        if seed is not None:  # The generator of a batch's car with the same seed.
            self.np_random = np.random.default_rng(seed)
            self._starts = StartSequence(self.simulation.track, *self._order)
        start = self._starts.next(self.np_random)
        self.simulation.reset(np.arange(1), [start], [self.np_random])
        return self.simulation.frames().copy(), {}

    def step(self, action: Any) -> tuple[NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Drive for one frame."""
        simulation = self.simulation
        simulation.step(self.actuation.commands(np.asarray(action)[None]))
        status = Status(simulation.status[0])
        truncated = status == Status.TIME_UP
        terminated = status != Status.IN_PROGRESS and not truncated
        info = {
            "status": status.label,
            "progress": float(simulation.progress[0]),
            "steps": int(simulation.steps[0]),
            "direction": simulation.direction(0),
        }
        reward = float(self._reward(simulation)[0])
        return simulation.frames().copy(), reward, terminated, truncated, info

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """Return the camera picture (120, 160, 3) in RGB, or None without a render mode."""
        if self.render_mode is None:
            return None
        return np.ascontiguousarray(self.simulation.colour_frames()[0, ..., ::-1])


def register() -> None:
    """Make `gymnasium.make("DeepRacer-v0")` and `gymnasium.make_vec` know these environments."""
    if "DeepRacer-v0" not in gym.registry:
        module = "deepracer_sim.env"
        gym.register(
            "DeepRacer-v0",
            entry_point=f"{module}:DeepRacerEnv",
            vector_entry_point=f"{module}:DeepRacerVectorEnv",
        )


register()
