# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The cars of a run, and what learns from them: PPO, SAC or plain policy gradient."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from stable_baselines3 import A2C, PPO, SAC
from stable_baselines3.common.vec_env import VecEnv

from deepracer_core.action_space import DiscreteActionSpace
from deepracer_core.errors import ConfigError, collected
from deepracer_sim import rewards
from deepracer_sim.env import DeepRacerVectorEnv
from deepracer_sim.simulation import STEP_TIME
from deepracer_sim.starts import Direction, StartOrder
from deepracer_trainer.driver_policy import VALUE_WEIGHT, DriverPolicy, policy_options
from deepracer_trainer.hyperparameters import Hyperparameters
from deepracer_trainer.inputs import POLICY_GRADIENT, Inputs, check_inputs
from deepracer_trainer.memory_need import check_memory
from deepracer_trainer.networks import network
from deepracer_trainer.pretrained import take_weights
from deepracer_trainer.rewards.batch_reward import BatchReward
from deepracer_trainer.rewards.reward_files import find_reward
from deepracer_trainer.rewards.reward_function import RewardFile
from deepracer_trainer.run_folder import POLICY_NAME, TrainSettings
from deepracer_trainer.run_inputs import InputFiles
from deepracer_trainer.sac_learner import RefillingSAC, remembered, sac_options
from deepracer_trainer.saved_policy import read_policy
from deepracer_trainer.stacked_cars import StackedCars
from deepracer_trainer.vec_env import BatchedVecEnv, Started
from deepracer_trainer.world_options import object_settings, randomization

Learner = PPO | A2C | SAC
RunInputs = Inputs[RewardFile]
GAE_LAMBDA = 0.95  # bias against variance of advantages
LAST_RATE = 0.1  # of the learning rate, at the end


def read_inputs(settings: TrainSettings, files: InputFiles | None = None) -> RunInputs:
    """Read and check all files that the settings name, or others in their place.

    Raises:
        ConfigError: some are not usable, with all faults.
    """
    faults: list[str] = []
    with collected(faults):
        if files is None and settings.pretrained:
            read_policy(Path(settings.pretrained) / POLICY_NAME)
    with collected(faults):
        files = files or InputFiles.named(settings)
        inputs = check_inputs(files, _load_reward, settings.network, settings.algorithm)
        check_memory(settings, inputs)
        if not faults:
            return inputs
    raise ConfigError(*faults)


def _load_reward(name: Path) -> RewardFile:
    file = RewardFile(find_reward(str(name)))
    file.new()  # It is refused now, and not when the cars are ready.
    return file


def new_reward(inputs: RunInputs, cars: int, began: float = 0.0) -> rewards.Reward:
    """Return the reward function of a run, for cars that have not driven yet.

    Args:
        inputs: of the run.
        cars: how many.
        began: simulated time [s] at which they start.
    """
    return BatchReward(inputs.reward, cars, began) if inputs.reward else rewards.progress


def simulated_time(settings: TrainSettings, steps: int) -> float:
    """Return the time [s] in which the cars of a run drive so many steps."""
    return steps / settings.cars * STEP_TIME


def build_cars(
    settings: TrainSettings,
    inputs: RunInputs,
    reward: rewards.Reward | None = None,
    started: Started = lambda simulation, cars: None,
) -> VecEnv:
    """Put the cars of a run on their tracks.

    Raises:
        DeepRacerError: a track is not usable, or objects have no room on it.
    """
    env = DeepRacerVectorEnv(
        settings.cars,
        inputs.tracks,
        actions=inputs.metadata.action_space,
        reward=reward or new_reward(inputs, settings.cars),
        direction=cast(Direction, settings.direction),
        starts=cast(StartOrder, settings.starts),
        randomization=randomization(settings.randomize),
        objects=object_settings(settings.objects, settings.object_count),
    )
    cars = BatchedVecEnv(env, started)
    stack_size = inputs.metadata.stack_size
    return StackedCars(cars, stack_size) if stack_size > 1 else cars


def build_learner(settings: TrainSettings, inputs: RunInputs, cars: VecEnv) -> Learner:
    """Build what learns, with random weights or those of another run.

    Raises:
        ConfigError: the other run's policy does not fit.
    """
    cars.seed(settings.seed)
    build = _BUILDERS.get(inputs.algorithm, _ppo)
    learner = build(settings, inputs, cars)
    if settings.pretrained:
        take_weights(learner.policy, Path(settings.pretrained))
    return _laid_out(learner)


def load_learner(settings: TrainSettings, inputs: RunInputs, cars: VecEnv, file: Path) -> Learner:
    """Build what learns, as a checkpoint holds it.

    Raises:
        ConfigError: the run's files have been changed, and do not fit it any more.
    """
    kind = {"sac": RefillingSAC, POLICY_GRADIENT: A2C}.get(inputs.algorithm, PPO)
    changed = {"buffer_size": remembered(settings, inputs)}  # It may go on for longer.
    try:
        learner: Learner = kind.load(file, cars, settings.device, custom_objects=changed)
    except ValueError as error:
        raise ConfigError(
            f"{file} was trained with other actions, or another stack_size, than the run's "
            f"files have now ({error}): put back what they had"
        ) from None
    # The next episodes are others than those at the start of the run, yet always the same.
    learner.set_random_seed(settings.seed + learner.num_timesteps)
    return _laid_out(learner)


def _laid_out(learner: Learner) -> Learner:
    """Lay its weights out so that convolutions run fast: on processors up to twice as fast.

    That cannot be earlier: the weights that it begins with are drawn in the usual layout.
    """
    learner.policy.to(memory_format=torch.channels_last)
    return learner


def _ppo(settings: TrainSettings, inputs: RunInputs, cars: VecEnv) -> PPO:
    chosen = inputs.hyperparameters
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You have specified a mini-batch size")  # as documented
        return PPO(
            DriverPolicy,
            cars,
            n_steps=chosen.rollout_steps(settings.cars),
            batch_size=chosen.batch_size,
            n_epochs=chosen.num_epochs,
            gae_lambda=GAE_LAMBDA,
            **_on_policy(inputs),
            **_always(settings, chosen),
        )


def _policy_gradient(settings: TrainSettings, inputs: RunInputs, cars: VecEnv) -> A2C:
    """Return REINFORCE with a baseline: one step along the gradient of all frames of an update."""
    chosen = inputs.hyperparameters
    return A2C(
        DriverPolicy,
        cars,
        n_steps=chosen.rollout_steps(settings.cars),
        gae_lambda=1.0,
        use_rms_prop=False,
        normalize_advantage=True,
        **_on_policy(inputs),
        **_always(settings, chosen),
    )


def _sac(settings: TrainSettings, inputs: RunInputs, cars: VecEnv) -> SAC:
    always = _always(settings, inputs.hyperparameters)
    return RefillingSAC("CnnPolicy", cars, **sac_options(settings, inputs), **always)


_BUILDERS: dict[str, Callable[[TrainSettings, RunInputs, VecEnv], Learner]] = {
    "sac": _sac,
    POLICY_GRADIENT: _policy_gradient,
}


def _on_policy(inputs: RunInputs) -> dict[str, Any]:
    chosen, metadata = inputs.hyperparameters, inputs.metadata
    discrete = isinstance(metadata.action_space, DiscreteActionSpace)
    return {
        "ent_coef": chosen.beta_entropy,
        "vf_coef": VALUE_WEIGHT,
        "policy_kwargs": policy_options(network(metadata.neural_network), chosen, discrete),
    }


def _always(settings: TrainSettings, chosen: Hyperparameters) -> dict[str, Any]:
    return {
        "learning_rate": partial(_falling, chosen.lr),
        "gamma": chosen.discount_factor,
        "seed": settings.seed,
        "device": settings.device,
    }


def _falling(learning_rate: float, remaining: float) -> float:
    return learning_rate * max(remaining, LAST_RATE)
