# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Built-in rewards, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from deepracer_sim.simulation import Simulation, Status

Reward = Callable[[Simulation], NDArray[np.float64]]
"""Takes a simulation that was just stepped and returns one reward a car, (B,)."""


def progress(simulation: Simulation) -> NDArray[np.float64]:
    """Reward ground covered along the track, and punish leaving the road.

    A whole lap is worth 20 and an episode that fails costs 1: small numbers, because a critic that
    shares its network with the policy drowns the policy's gradients with large ones.
    """
    failed = (simulation.status != Status.IN_PROGRESS) & (simulation.status != Status.LAP_COMPLETE)
    return np.where(failed, -1.0, 0.2 * simulation.progress_made)
