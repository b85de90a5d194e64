# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The networks, by the name that `neural_network` has in model_metadata.json.

All take the grey frame (B, 1, 120, 160), already divided by 255, and end in a vector of features.
The AWS network is built to the layer as the hosted service built it; the compact one learns to
drive a lap several times faster on a laptop and runs faster on the car.
"""

from __future__ import annotations

from dataclasses import dataclass

import gymnasium as gym
import torch
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from deepracer_core.errors import ConfigError


class Compact(BaseFeaturesExtractor):
    """Average over 4x4 pixels, two small convolutions, one dense layer: 0.1 million weights."""

    def __init__(self, observation_space: gym.Space) -> None:
        """Build the layers for (1, 120, 160) observations."""
        super().__init__(observation_space, features_dim=64)
        self.layers = nn.Sequential(
            nn.AvgPool2d(4),
            nn.Conv2d(1, 16, 5, stride=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 6 * 8, 64),
            nn.ReLU(),
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Return features (B, 64)."""
        return self.layers(observations)


class Shallow(BaseFeaturesExtractor):
    """AWS's three-layer network, its default: 5.8 million weights."""

    def __init__(self, observation_space: gym.Space) -> None:
        """Build the layers for (1, 120, 160) observations."""
        super().__init__(observation_space, features_dim=512)
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, 8, stride=4),
            nn.ReLU(),
            nn.Conv2d(32, 64, 4, stride=2),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, stride=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 11 * 16, 512),
            nn.ReLU(),
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Return features (B, 512)."""
        return self.layers(observations)


@dataclass(frozen=True)
class Network:
    """A network and what suits it.

    Attributes:
        extractor: the layers.
        learning_rate: what training starts with unless told otherwise.
    """

    extractor: type[BaseFeaturesExtractor]
    learning_rate: float


NETWORKS = {
    "COMPACT": Network(Compact, 1e-3),
    "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW": Network(Shallow, 5e-4),
}


def network(name: str) -> Network:
    """Return a network by name.

    Raises:
        ConfigError: there is no such network.
    """
    if name not in NETWORKS:
        raise ConfigError(f"unknown network {name!r}, available are {', '.join(NETWORKS)}")
    return NETWORKS[name]
