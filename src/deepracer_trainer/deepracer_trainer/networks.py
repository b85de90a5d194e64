# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The networks, by the name that `neural_network` has in model_metadata.json.

All take a stack of n grey frames (B, n, 120, 160), already divided by 255, and end in a vector of
features. The three AWS networks are built to the layer as the hosted service built them:
convolutions without padding, ReLU after every layer. The compact one learns to drive a lap several
times faster on a laptop and runs faster on the car; the one with attention looks at places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import gymnasium as gym
import torch
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from deepracer_trainer.network_names import check_network

Convolutions = tuple[tuple[int, int, int], ...]  # channels, kernel, stride


class LayeredNetwork(BaseFeaturesExtractor):
    """Convolutions, then dense layers, with ReLU after each."""

    def __init__(
        self,
        observation_space: gym.Space,
        convolutions: Convolutions,
        dense: tuple[int, ...],
        pooling: int = 1,
    ) -> None:
        """Build the layers.

        Args:
            observation_space: of observations (n, height, width).
            convolutions: channels, kernel and stride of each.
            dense: sizes of the layers behind them.
            pooling: how many pixels, each way, are averaged first.
        """
        super().__init__(observation_space, features_dim=dense[-1])
        channels, height, width = observation_space.shape or ()
        layers: list[nn.Module] = [nn.AvgPool2d(pooling)] if pooling > 1 else []
        height, width = height // pooling, width // pooling
        for filters, kernel, stride in convolutions:
            layers += [nn.Conv2d(channels, filters, kernel, stride), nn.ReLU()]
            height, width = ((side - kernel) // stride + 1 for side in (height, width))
            channels = filters
        layers.append(nn.Flatten())
        features = channels * height * width
        for size in dense:
            layers += [nn.Linear(features, size), nn.ReLU()]
            features = size
        self.layers = nn.Sequential(*layers)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Return features (B, dense[-1])."""
        return self.layers(observations)


class AttentionNetwork(BaseFeaturesExtractor):
    """A small convolutional trunk, and heads that look at one place of what it sees each.

    A head weighs all places by the softmax of a score, for what is seen there and for where it is,
    and passes on the features there and the position. At first each looks at its part of the
    picture; it learns to follow what matters.
    """

    ROWS, COLUMNS = 4, 6  # of heads
    CHANNELS, FEATURES = 32, 64
    FOCUS = 0.2  # of half a picture: how wide a head looks at first

    def __init__(self, observation_space: gym.Space) -> None:
        """Build the layers for observations (n, 120, 160)."""
        super().__init__(observation_space, features_dim=self.FEATURES)
        frames, height, width = observation_space.shape or ()
        self.trunk = nn.Sequential(
            nn.AvgPool2d(4),
            nn.Conv2d(frames, 16, 5, stride=2),
            nn.ReLU(),
            nn.Conv2d(16, self.CHANNELS, 3),
            nn.ReLU(),
        )
        with torch.no_grad():
            rows, columns = self.trunk(torch.zeros(1, frames, height, width)).shape[2:]
        heads = self.ROWS * self.COLUMNS
        self.register_buffer("places", _places(rows, columns))
        self.scores = nn.Conv2d(self.CHANNELS, heads, 1)
        away = torch.cdist(0.8 * _places(self.ROWS, self.COLUMNS), self.places)
        self.focus = nn.Parameter(-0.5 * (away / self.FOCUS) ** 2)
        self.dense = nn.Sequential(
            nn.Flatten(), nn.Linear(heads * (self.CHANNELS + 2), self.FEATURES), nn.ReLU()
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Return features (B, 64)."""
        seen = self.trunk(observations)
        weights = self.attention(seen)
        what, where = weights @ seen.flatten(2).transpose(1, 2), weights @ self.places
        return self.dense(torch.cat((what, where), dim=2))

    def attention(self, seen: torch.Tensor) -> torch.Tensor:
        """Return how much each head looks at each place, (B, heads, places); sums are one."""
        return torch.softmax(self.scores(seen).flatten(2) + self.focus, dim=2)


def _places(rows: int, columns: int) -> torch.Tensor:
    """Return x, y (rows * columns, 2) of the places of a map, -1 to 1 from edge to edge."""
    y, x = torch.meshgrid(
        torch.linspace(-1.0, 1.0, rows), torch.linspace(-1.0, 1.0, columns), indexing="ij"
    )
    return torch.stack((x, y), dim=-1).reshape(-1, 2)


@dataclass(frozen=True)
class Network:
    """A network and what suits it.

    Attributes:
        extractor: makes the layers for an observation space.
        learning_rate: what training starts with unless told otherwise.
    """

    extractor: Callable[[gym.Space], BaseFeaturesExtractor]
    learning_rate: float


def _layered(
    learning_rate: float, convolutions: Convolutions, dense: tuple[int, ...], pooling: int = 1
) -> Network:
    layers = partial(LayeredNetwork, convolutions=convolutions, dense=dense, pooling=pooling)
    return Network(layers, learning_rate)


NETWORKS = {
    # 0.1 million weights.
    "COMPACT": _layered(1e-3, ((16, 5, 2), (32, 3, 2)), (64,), pooling=4),
    # 0.06 million.
    "ATTENTION": Network(AttentionNetwork, 2e-3),
    # 5.8 million: AWS's default, "3-layer CNN".
    "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW": _layered(
        5e-4, ((32, 8, 4), (64, 4, 2), (64, 3, 1)), (512,)
    ),
    # 3.7 million, most of them in the first dense layer: AWS's "5-layer CNN".
    "DEEP_CONVOLUTIONAL_NETWORK": _layered(
        5e-4, ((32, 5, 2), (32, 3, 1), (64, 3, 2), (64, 3, 1)), (64, 512)
    ),
    # 1.1 million.
    "DEEP_CONVOLUTIONAL_NETWORK_DEEP": _layered(
        5e-4, ((32, 8, 4), (32, 4, 2), (64, 4, 2), (64, 3, 1)), (512, 512, 256, 128)
    ),
}


def network(name: str) -> Network:
    """Return a network by name.

    Raises:
        ConfigError: there is no such network.
    """
    check_network(name)
    return NETWORKS[name]
