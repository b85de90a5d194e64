# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The policy in a file that Stable-Baselines3 saved, whatever algorithm learned it."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.save_util import load_from_zip_file

from deepracer_core.errors import ConfigError

# What zipfile, torch and pickle raise for damaged files.
_DAMAGES = (
    *(ValueError, OSError, RuntimeError, LookupError, AttributeError, TypeError, EOFError),
    *(zipfile.BadZipFile, pickle.UnpicklingError),
)


def read_policy(file: Path) -> BasePolicy:
    """Rebuild the policy on the CPU, without the optimizers and buffers of its algorithm.

    Raises:
        ConfigError: there is no such file, or it is damaged.
    """
    if not file.is_file():
        raise ConfigError(f"{file} is missing: give the folder of a training run")
    try:
        data, parameters, _ = load_from_zip_file(file, device="cpu", print_system_info=False)
        policy: BasePolicy = data["policy_class"](
            data["observation_space"],
            data["action_space"],
            lambda _: 0.0,  # It does not learn any more.
            **data["policy_kwargs"],
        )
        policy.load_state_dict(parameters["policy"])
    except _DAMAGES as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{file} is damaged ({reason}): train again") from None
    return policy
