# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car as a Gazebo model: bodies, joints with their controllers, camera, odometry.

None of Gazebo's controllers forgets a command; who publishes commands has to publish the stop.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from deepracer_core.vehicle import DEEPRACER, CameraSpec, VehicleSpec
from deepracer_gazebo.car import HINGES, STEERING_RATE, WHEELS, Joint, Link, describe_car
from deepracer_gazebo.sdf_parts import (
    add_body,
    add_friction,
    add_inertial,
    add_material,
    add_pose,
    add_shape,
    add_system,
)
from deepracer_gazebo.shapes import ZERO, inertial
from deepracer_gazebo.topics import (
    CAMERA_TOPIC,
    FRAMES_TOPIC,
    JOINT_STATE_TOPIC,
    MODEL,
    ODOMETRY_TOPIC,
    gz_command_topic,
)
from deepracer_gazebo.xml_tree import add

LIDAR_TOPIC = "/scan"
FRAME_RATE = 15.0  # [Hz] that models are trained at
ODOMETRY_RATE = 50.0  # [Hz]
_NEAR, _FAR = 0.02, 300.0  # [m] what the camera can see at all


def add_car(
    parent: Element,
    pose: tuple[float, float, float],
    fps: float = FRAME_RATE,
    lidar: bool = False,
    vehicle: VehicleSpec = DEEPRACER,
) -> None:
    """Add the model to a world, or to an <sdf> of its own.

    Args:
        parent: the element it becomes a child of.
        pose: x, y [m] and yaw [rad] of base_link.
        fps: frames per simulated second [Hz].
        lidar: whether it has one.
        vehicle: its dimensions.
    """
    model = add(parent, "model", name=MODEL, canonical_link="base_link")
    x, y, yaw = pose
    add_pose(model, (x, y, 0.0), (0.0, 0.0, yaw))
    add(model, "self_collide", False)
    car = describe_car(vehicle)
    places = {joint.child: joint for joint in car.joints}
    for link in car.links:
        _add_link(model, link, places.get(link.name))
    for joint in car.joints:
        if joint.axis is not None:
            _add_joint(model, joint)
    base = model.find("link")
    assert base is not None  # the car's root, just added
    _add_camera(base, vehicle.camera, fps)
    if lidar:
        _add_lidar(base)
    _add_systems(model)


def _add_link(model: Element, link: Link, joint: Joint | None) -> None:
    """Add a link where its joint puts it; one that weighs nothing is a frame."""
    if joint is not None and joint.axis is None:
        frame = add(model, "frame", name=link.name, attached_to=joint.parent)
        add_pose(frame, joint.xyz, joint.rpy)
        return
    element = add(model, "link", name=link.name)
    if joint is not None:
        add_pose(element, joint.xyz, joint.rpy, relative_to=joint.parent)
    add_inertial(element, inertial(link.solids))
    for number, touching in enumerate(link.collisions):
        collision = add_body(element, "collision", f"collision_{number}", *touching[1:3])
        add_shape(collision, touching.shape)
        add_friction(collision, touching.friction)
    for number, part in enumerate(link.visuals):
        visual = add_body(element, "visual", f"visual_{number}", part.xyz, part.rpy)
        add_shape(visual, part.shape)
        add_material(visual, part.colour, lit=True)


def _add_joint(model: Element, joint: Joint) -> None:
    element = add(model, "joint", name=joint.name, type="revolute")
    add(element, "parent", joint.parent)
    add(element, "child", joint.child)
    axis = add(element, "axis")
    add(axis, "xyz", joint.axis)
    limit = add(axis, "limit")
    if joint.limit is not None:
        add(limit, "lower", -joint.limit)
        add(limit, "upper", joint.limit)
    add(limit, "effort", joint.effort)
    add(limit, "velocity", joint.velocity)


def _add_camera(base: Element, camera: CameraSpec, fps: float) -> None:
    """Add the camera.

    Gazebo counts pixels from their edges and `CameraSpec` from their centres: the principal point
    that its camera_info gives as (80, 60) is the same as (79.5, 59.5) here.
    """
    sensor = add(base, "sensor", name="camera", type="camera")
    add_pose(sensor, ZERO, relative_to="camera_link")
    add(sensor, "topic", CAMERA_TOPIC)
    add(sensor, "update_rate", fps)
    add(sensor, "always_on", True)
    element = add(sensor, "camera")
    add(element, "horizontal_fov", camera.horizontal_fov)
    image = add(element, "image")
    add(image, "width", camera.width)
    add(image, "height", camera.height_px)
    add(image, "format", "R8G8B8")
    clip = add(element, "clip")
    add(clip, "near", _NEAR)
    add(clip, "far", _FAR)
    add(element, "optical_frame_id", "camera_optical")


def _add_lidar(base: Element) -> None:
    sensor = add(base, "sensor", name="lidar", type="gpu_lidar")
    add_pose(sensor, ZERO, relative_to="lidar_link")
    add(sensor, "topic", LIDAR_TOPIC)
    add(sensor, "gz_frame_id", "lidar_link")
    add(sensor, "update_rate", 10.0)
    lidar = add(sensor, "lidar")
    horizontal = add(add(lidar, "scan"), "horizontal")
    add(horizontal, "samples", 64)
    add(horizontal, "min_angle", -2.618)
    add(horizontal, "max_angle", 2.618)
    distance = add(lidar, "range")
    add(distance, "min", 0.15)
    add(distance, "max", 12.0)
    add(distance, "resolution", 0.01)
    noise = add(lidar, "noise")
    add(noise, "type", "gaussian")
    add(noise, "stddev", 0.01)


def _add_systems(model: Element) -> None:
    """Load what moves the joints, and what says where the car truly is."""
    for wheel in WHEELS:
        command = {"joint_name": wheel, "topic": gz_command_topic(wheel)}
        add_system(model, "JointController", command)
    for hinge in HINGES:
        # By force the hinges creep short of the angle; by velocity they reach it.
        command = {"joint_name": hinge, "topic": gz_command_topic(hinge)}
        moving = {"use_velocity_commands": True, "cmd_max": STEERING_RATE}
        add_system(model, "JointPositionController", {**command, **moving})
    odometry = {
        "odom_frame": "odom",
        "robot_base_frame": "base_link",
        "odom_topic": ODOMETRY_TOPIC,
        "tf_topic": FRAMES_TOPIC,
        "odom_publish_frequency": ODOMETRY_RATE,
        "dimensions": 3,
    }
    add_system(model, "OdometryPublisher", odometry)
    add_system(model, "JointStatePublisher", {"topic": JOINT_STATE_TOPIC})
