# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How well a policy drives while it is still learning: a few laps, always the same.

It chooses what it holds best, from starts spread over every track, in the world that it is
trained in: what is random there is drawn from the same numbers every time.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from deepracer_core.action_space import ActionSpace
from deepracer_sim.env import Actuation
from deepracer_sim.rewards import Reward
from deepracer_sim.scenes import TrackNames, load_scenes
from deepracer_sim.simulation import Simulation, Status
from deepracer_sim.starts import spread_starts, ways_of
from deepracer_trainer.run_folder import TrainSettings
from deepracer_trainer.sim_trace import Episode
from deepracer_trainer.trace_recorder import TraceRecorder
from deepracer_trainer.world_options import object_settings, randomization

LAPS = 5  # in each direction, over all tracks, as in the hosted service


class Examination:
    """A batch of cars that waits for policies.

    Attributes:
        count: how many laps it takes.
    """

    def __init__(
        self,
        settings: TrainSettings,
        track_names: TrackNames,
        actions: ActionSpace,
        stack_size: int,
    ) -> None:
        """Put the cars on the tracks of a run; TrackError where there is no such track."""
        tracks = [scene.track for scene in load_scenes(track_names)]
        ways = ways_of(settings.direction)
        each = ceil(LAPS / len(tracks))
        by_track = [
            [start for way in ways for start in spread_starts(track, each, way)]
            for track in tracks
        ]
        # Car i is on track i mod n.
        self._starts = [start for starts in zip(*by_track, strict=True) for start in starts]
        self.count = len(self._starts)
        self._seed = settings.seed
        self._actuation = Actuation(actions)
        self._simulation = Simulation(
            track_names,
            self.count,
            randomization=randomization(settings.randomize),
            objects=object_settings(settings.objects, settings.object_count),
        )
        shape = (self.count, stack_size, *self._simulation.frames().shape[1:])
        self._stacks = np.zeros(shape, np.uint8)

    def drive(self, policy: BasePolicy, reward: Reward, time: float) -> list[Episode]:
        """Return what came of it.

        Args:
            policy: what drives.
            reward: function for `count` cars.
            time: simulated time [s] at which it begins.

        Raises:
            RewardError: the reward function failed.
        """
        simulation, stacks = self._simulation, self._stacks
        everyone = np.arange(self.count)
        generators = [np.random.default_rng(self._seed + car) for car in everyone]
        simulation.reset(everyone, self._starts, generators)
        recorder = TraceRecorder(simulation, began=time)
        recorder.started(everyone)
        stacks[:] = simulation.frames()[:, None]
        commands = np.zeros((self.count, 2))
        episodes: list[Episode] = []
        running = everyone
        while len(running):
            stacks[running, :-1] = stacks[running, 1:]
            stacks[running, -1] = simulation.frames(running)
            chosen, _ = policy.predict(stacks[running], deterministic=True)
            commands[running] = self._actuation.commands(chosen)
            simulation.step(commands)
            episodes += recorder.step(reward(simulation))
            # A car that has finished is asked no more.
            running = running[simulation.status[running] == Status.IN_PROGRESS]
        return episodes
