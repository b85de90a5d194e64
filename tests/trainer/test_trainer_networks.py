# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The networks are those of the hosted service, to the layer, and take any stack of frames."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from torch import nn

from deepracer_core.errors import ConfigError
from deepracer_trainer.network_names import NETWORK_NAMES
from deepracer_trainer.networks import NETWORKS, network

# By hand: a convolution has filters * (channels * kernel² + 1) weights, a dense layer
# outputs * (inputs + 1).
AWS_LAYERS = {
    "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW": [
        ("conv", 32, 1, 8, 4),
        ("conv", 64, 32, 4, 2),
        ("conv", 64, 64, 3, 1),
        ("dense", 512, 11_264),
    ],
    "DEEP_CONVOLUTIONAL_NETWORK": [
        ("conv", 32, 1, 5, 2),
        ("conv", 32, 32, 3, 1),
        ("conv", 64, 32, 3, 2),
        ("conv", 64, 64, 3, 1),
        ("dense", 64, 56_000),
        ("dense", 512, 64),
    ],
    "DEEP_CONVOLUTIONAL_NETWORK_DEEP": [
        ("conv", 32, 1, 8, 4),
        ("conv", 32, 32, 4, 2),
        ("conv", 64, 32, 4, 2),
        ("conv", 64, 64, 3, 1),
        ("dense", 512, 1152),
        ("dense", 512, 512),
        ("dense", 256, 512),
        ("dense", 128, 256),
    ],
}
WEIGHTS = {
    "COMPACT": 103_424,
    "ATTENTION": 62_360,
    "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW": 5_839_520,
    "DEEP_CONVOLUTIONAL_NETWORK": 3_682_848,
    "DEEP_CONVOLUTIONAL_NETWORK_DEEP": 1_105_472,
}


def layers_of(name: str, frames: int = 1) -> nn.Module:
    space = gym.spaces.Box(0, 255, (frames, 120, 160), np.uint8)
    return network(name).extractor(space)


def described(layer: nn.Module) -> tuple[object, ...]:
    if isinstance(layer, nn.Conv2d):
        assert layer.padding == (0, 0)
        filters, channels, kernel, _ = layer.weight.shape
        return "conv", filters, channels, kernel, layer.stride[0]
    return "dense", *layer.weight.shape


@pytest.mark.parametrize("name", AWS_LAYERS)
def test_an_aws_network_has_the_layers_of_the_hosted_service(name: str) -> None:
    modules = list(layers_of(name).layers)
    weighted = [module for module in modules if isinstance(module, nn.Conv2d | nn.Linear)]
    assert [described(module) for module in weighted] == AWS_LAYERS[name]
    assert all(isinstance(modules[modules.index(module) + 1], nn.ReLU) for module in weighted)


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_number_of_weights(name: str) -> None:
    assert sum(weights.numel() for weights in layers_of(name).parameters()) == WEIGHTS[name]


def test_every_network_is_counted() -> None:
    assert set(WEIGHTS) == set(NETWORKS)
    assert tuple(NETWORKS) == NETWORK_NAMES


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_any_stack_of_frames_is_taken_and_every_frame_counts(name: str, frames: int) -> None:
    torch.manual_seed(0)
    extractor = layers_of(name, frames).eval()
    pictures = torch.rand(2, frames, 120, 160)
    features = extractor(pictures)
    assert features.shape == (2, extractor.features_dim)
    for frame in range(frames):
        changed = pictures.clone()
        changed[:, frame] = 0.0
        assert not torch.equal(extractor(changed), features)


def test_each_head_looks_at_its_part_at_first() -> None:
    torch.manual_seed(0)
    extractor = layers_of("ATTENTION").eval()
    seen = extractor.trunk(torch.rand(3, 1, 120, 160))
    weights = extractor.attention(seen)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(weights.shape[:2]))
    across = (weights @ extractor.places)[..., 0].reshape(3, extractor.ROWS, extractor.COLUMNS)
    down = (weights @ extractor.places)[..., 1].reshape(3, extractor.ROWS, extractor.COLUMNS)
    assert (across.diff(dim=2) > 0.1).all()
    assert (down.diff(dim=1) > 0.1).all()


def test_a_head_follows_what_it_has_learned_to_look_for() -> None:
    extractor = layers_of("ATTENTION").eval()
    with torch.no_grad():
        extractor.focus.zero_()
        extractor.scores.weight.fill_(1.0)  # whatever stands out
        for layer in (extractor.trunk[1], extractor.trunk[3]):
            layer.weight.fill_(0.1)
    pictures = torch.zeros(2, 1, 120, 160)
    pictures[0, 0, 50:60, 30:40] = 10.0
    pictures[1, 0, 50:60, 120:130] = 10.0
    left, right = (extractor.attention(extractor.trunk(pictures)) @ extractor.places)[..., 0]
    assert (left < -0.3).all()
    assert (right > 0.3).all()


def test_an_unknown_network_is_refused_with_the_nearest_and_all() -> None:
    with pytest.raises(ConfigError, match="did you mean DEEP_CONVOLUTIONAL_NETWORK_SHALLOW?"):
        network("DEEP_CONVOLUTIONAL_NETWORK_SHALOW")
    with pytest.raises(ConfigError, match=", ".join(NETWORKS)):
        network("HUGE")
