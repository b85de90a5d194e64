# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Settings dataclasses as ROS parameters, and health as diagnostics, in a node of this process."""

from dataclasses import dataclass, field

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.parameter import Parameter

from deepracer_core.errors import ConfigError
from deepracer_ros.diagnostics import WARN, DiagnosticsReporter
from deepracer_ros.parameters import declare_settings, follow_settings


@dataclass(frozen=True)
class LampSettings:
    """Settings of a lamp."""

    colour: str = field(
        default="red", metadata={"description": "of the light", "choices": ("red", "green")}
    )
    flashes: int = field(default=3, metadata={"description": "in a row [-]", "range": (0, 10)})
    brightness: float = field(
        default=0.5,
        metadata={"description": "[0..1]", "range": (0.0, 1.0), "read_only": False},
    )
    lit: bool = True

    def __post_init__(self) -> None:
        if self.colour not in ("red", "green"):
            raise ConfigError(f"colour is {self.colour!r}, allowed are red, green")
        if self.brightness == 0.13:
            raise ConfigError("brightness is 0.13, which brings bad luck")


@pytest.fixture
def make_node():
    context = rclpy.Context()
    rclpy.init(context=context)
    nodes = []

    def make(**overrides) -> Node:
        parameters = [Parameter(name, value=value) for name, value in overrides.items()]
        node = Node("lamp", context=context, parameter_overrides=parameters)
        nodes.append(node)
        return node

    yield make
    for node in nodes:
        node.destroy_node()
    context.try_shutdown()


def test_every_field_becomes_a_parameter_with_its_default(make_node):
    node = make_node()
    assert declare_settings(node, LampSettings) == LampSettings()
    assert node.get_parameter("flashes").value == 3
    descriptor = node.describe_parameter("colour")
    assert descriptor.description == "of the light"
    assert descriptor.additional_constraints == "one of: red, green"
    assert descriptor.read_only
    assert node.describe_parameter("flashes").integer_range[0].to_value == 10
    brightness = node.describe_parameter("brightness")
    assert brightness.floating_point_range[0].to_value == 1.0
    assert not brightness.read_only


def test_what_the_user_chose_wins(make_node):
    node = make_node(colour="green", flashes=7, brightness=0.25, lit=False)
    assert declare_settings(node, LampSettings) == LampSettings("green", 7, 0.25, False)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"colour": "blue"}, "colour is 'blue', allowed are red, green"),
        ({"flashes": 11}, "parameter flashes is out of range: .*11"),
        ({"flashes": "many"}, "parameter flashes must be a int"),
        ({"brightness": 1}, r"parameter brightness must be a float \(write 0.5 with its point\)"),
        ({"brightness": -0.5}, "parameter brightness is out of range: .*-0.5"),
    ],
)
def test_values_that_cannot_be_used_are_named(make_node, overrides, message):
    with pytest.raises(ConfigError, match=message):
        declare_settings(make_node(**overrides), LampSettings)


def test_changes_are_followed_and_refused_with_the_reason(make_node):
    node = make_node()
    seen = []
    follow_settings(node, declare_settings(node, LampSettings), seen.append)

    def change(name, value):
        return node.set_parameters([Parameter(name, value=value)])[0]

    assert change("brightness", 0.75).successful
    assert seen == [LampSettings(brightness=0.75)]
    assert not change("brightness", 1.5).successful
    assert change("brightness", 0.13).reason == "brightness is 0.13, which brings bad luck"
    assert not change("colour", "green").successful, "read-only"
    node.declare_parameter("other", 1)
    assert change("other", 2).successful
    assert seen == [LampSettings(brightness=0.75)]


def test_health_is_published(make_node):
    node = make_node()
    received = []
    node.create_subscription(DiagnosticArray, "/diagnostics", received.append, 10)
    reporter = DiagnosticsReporter(
        node, "bulb", lambda: (WARN, "dim", {"volts": 3.14159, "mode": "on"})
    )
    executor = rclpy.executors.SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    while not received:
        reporter.report()
        executor.spin_once(timeout_sec=0.1)
    (status,) = received[0].status
    assert (status.name, status.level, status.message) == ("lamp: bulb", WARN, "dim")
    assert {entry.key: entry.value for entry in status.values} == {"volts": "3.142", "mode": "on"}
    executor.shutdown()
