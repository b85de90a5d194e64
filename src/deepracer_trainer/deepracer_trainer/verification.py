# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Whether an exported model drives as the policy that it came from: frame by frame, in numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.policies import BasePolicy

from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.model_package import open_model_package
from deepracer_inference.policy import OpenVinoPolicy
from deepracer_sim.env import default_actions
from deepracer_sim.scenes import TrackNames
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import random_start
from deepracer_trainer.exported_model import ExportedPolicy

FRAMES = 1000
# Half the noise that training is randomised with: less than that makes no difference on the road.
NOTICEABLE = Action(steering_angle=0.005, speed=0.05)


@dataclass(frozen=True)
class Verification:
    """How an exported model compares with the policy that it came from.

    Attributes:
        format: of the package: onnx or openvino.
        frames: how many frames, or stacks of them, both saw.
        differing_actions: on how many they chose noticeably different actions.
        largest_difference: of any output value.
        size: of the network's files [bytes].
        latency_median: [s] of one inference by OpenVINO, on one thread.
        latency_99: [s] that 99 of 100 take at most.
    """

    format: str
    frames: int
    differing_actions: int
    largest_difference: float
    size: int
    latency_median: float
    latency_99: float

    def __str__(self) -> str:
        """Return a report for people."""
        return (
            f"format    {self.format}, {self.size / 1e6:.2f} MB\n"
            f"actions   {self.differing_actions} of {self.frames} differ\n"
            f"outputs   within {self.largest_difference:.1e}\n"
            f"latency   {1e3 * self.latency_median:.2f} ms in the middle, "
            f"{1e3 * self.latency_99:.2f} ms for 99 of 100, OpenVINO on one thread"
        )


def verify(policy: BasePolicy, package: Path, frames: NDArray[np.uint8]) -> Verification:
    """Let a policy and a model package look at the same frames.

    Args:
        policy: what was trained.
        package: folder or archive of what was exported.
        frames: uint8 (N, n, 120, 160), stacks of n.

    Raises:
        ModelError: the package is not one that the car takes.
    """
    with open_model_package(package) as opened:
        model = OpenVinoPolicy(opened)
        size = sum(file.stat().st_size for file in opened.files if file != opened.metadata_path)
        space, form = opened.metadata.action_space, opened.format
    driver = ExportedPolicy(policy, isinstance(space, DiscreteActionSpace)).eval()
    expected, given, seconds = [], [], []
    for stack in frames.astype(np.float32):
        with torch.no_grad():
            expected.append(driver(torch.from_numpy(stack[None]))[0].numpy())
        begun = time.perf_counter()
        given.append(model.infer(stack))
        seconds.append(time.perf_counter() - begun)
    actions = zip(map(space.decode, expected), map(space.decode, given), strict=True)
    return Verification(
        format=form,
        frames=len(frames),
        differing_actions=sum(_differ(a.action, b.action) for a, b in actions),
        largest_difference=float(np.abs(np.array(expected) - np.array(given)).max()),
        size=size,
        latency_median=float(np.median(seconds)),
        latency_99=float(np.percentile(seconds, 99)),
    )


def _differ(expected: Action, given: Action) -> bool:
    return bool((np.abs(np.subtract(expected, given)) > NOTICEABLE).any())


def sample_frames(
    track: TrackNames, count: int, seed: int, stack_size: int = 1
) -> NDArray[np.uint8]:
    """Return grey frames from all over a track, off-centre and askew.

    Args:
        track: one or more, as the simulator takes them.
        count: how many stacks.
        seed: of what is random.
        stack_size: frames in each; they are of a car that drives by chance.

    Returns:
        uint8 (count, stack_size, 120, 160), the newest frame of each stack last.
    """
    simulation = Simulation(track, count)
    generator = np.random.default_rng(seed)
    tracks = [simulation.tracks[index] for index in simulation.track_index]
    starts = [random_start(where, "both", generator) for where in tracks]
    simulation.reset(np.arange(count), starts)
    simulation.state[:, :2] += generator.normal(0.0, 0.1, (count, 2))
    simulation.state[:, 2] += generator.normal(0.0, 0.3, count)
    frames = [simulation.frames()]
    choices = np.array(default_actions().actions)
    for _ in range(stack_size - 1):
        simulation.step(generator.choice(choices, count))
        frames.append(simulation.frames())
    return np.stack(frames, axis=1)
