# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car's model: physically valid, complete, and the car that the vehicle description names."""

import math
import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdf_frames import car_model, numbers, sdf_frames, sdf_pose, urdf_frames

from deepracer_core.vehicle import DEEPRACER
from deepracer_gazebo.actuation import joint_commands
from deepracer_gazebo.car import HINGES, JOINTS, WHEELS, describe_car
from deepracer_gazebo.car_urdf import robot_description
from deepracer_gazebo.shapes import Box, Cylinder, Solid, inertial
from deepracer_gazebo.topics import BRIDGED, MODEL


@pytest.fixture(scope="module")
def model() -> Element:
    return car_model()


@pytest.fixture(scope="module")
def robot() -> Element:
    return ElementTree.fromstring(robot_description())


def tensor_of(inertia: dict[str, float]) -> np.ndarray:
    names = [["ixx", "ixy", "ixz"], ["ixy", "iyy", "iyz"], ["ixz", "iyz", "izz"]]
    return np.array([[inertia[name] for name in row] for row in names])


def is_of_a_body(tensor: np.ndarray) -> bool:
    """Tell whether principal moments are positive and obey the triangle inequality."""
    low, middle, high = np.linalg.eigvalsh(tensor)
    return bool(low > 0.0 and low + middle >= high * (1.0 - 1e-9))


def test_every_link_has_the_mass_and_inertia_of_a_real_body(model: Element) -> None:
    for link in model.findall("link"):
        assert float(link.findtext("inertial/mass")) > 0.0
        inertia = {element.tag: float(element.text) for element in link.find("inertial/inertia")}
        assert is_of_a_body(tensor_of(inertia)), link.get("name")


def test_the_masses_are_the_published_ones(model: Element) -> None:
    masses = {
        link.get("name"): float(link.findtext("inertial/mass")) for link in model.iter("link")
    }
    assert sum(masses.values()) == pytest.approx(5.0 + 4 * 0.34055 + 0.2 + 2 * 0.34055 + 0.3)
    for wheel in WHEELS:
        assert masses[f"{wheel}_link"] == 0.34055


def test_the_centre_of_mass_follows_from_the_published_masses(
    model: Element, robot: Element
) -> None:
    chassis, shell, camera = 5.0, 0.3, 2 * 0.34055
    mass = chassis + shell + camera
    x, z = 0.11 * camera / mass, (0.045 * chassis + 0.09 * shell + 0.115 * camera) / mass
    centre = numbers(model.findtext("link[@name='base_link']/inertial/pose"))
    np.testing.assert_allclose(centre, (x, 0.0, z, 0.0, 0.0, 0.0), atol=1e-9)
    origin = robot.find("link[@name='base_link']/inertial/origin")
    np.testing.assert_allclose(numbers(origin.get("xyz")), centre[:3])
    np.testing.assert_array_equal(numbers(origin.get("rpy")), 0.0)


def test_the_chassis_has_the_published_inertia() -> None:
    (chassis, *_) = describe_car().links[0].solids
    published = np.diag([0.010609, 0.050409, 0.05865])
    np.testing.assert_allclose(inertial([chassis]).tensor, published, rtol=0.01)


masses = st.floats(0.01, 10.0)
lengths = st.floats(0.005, 1.0)
places = st.tuples(*[st.floats(-1.0, 1.0)] * 3)
angles = st.tuples(*[st.floats(-3.0, 3.0)] * 3)
shapes = st.one_of(
    st.builds(Box, lengths, lengths, lengths), st.builds(Cylinder, lengths, lengths)
)


@given(st.lists(st.builds(Solid, masses, shapes, places, angles), min_size=1, max_size=5))
def test_any_solids_together_are_a_real_body(solids: list[Solid]) -> None:
    together = inertial(solids)
    assert is_of_a_body(together.tensor)
    assert together.mass == pytest.approx(sum(solid.mass for solid in solids))


def test_a_box_cut_in_two_weighs_and_turns_as_the_whole() -> None:
    halves = [Solid(1.0, Box(0.2, 0.3, 0.4), (x, 1.0, 2.0)) for x in (-0.1, 0.1)]
    whole = Solid(2.0, Box(0.4, 0.3, 0.4), (0.0, 1.0, 2.0))
    np.testing.assert_allclose(inertial(halves).tensor, inertial([whole]).tensor, atol=1e-12)
    np.testing.assert_allclose(inertial(halves).centre, (0.0, 1.0, 2.0))


def test_a_lying_cylinder_resists_least_about_the_axis_it_lies_along() -> None:
    lying = inertial([Solid(1.0, Cylinder(0.01, 1.0), (0.0, 0.0, 0.0), (math.pi / 2, 0.0, 0.0))])
    moments = np.diag(lying.tensor)
    assert moments[1] == pytest.approx(0.5e-4)
    assert moments[0] == pytest.approx(moments[2]) == pytest.approx(1.0 / 12.0, rel=1e-3)


def test_wheels_stand_on_the_ground_where_the_vehicle_has_them(model: Element) -> None:
    frames = sdf_frames(model)
    for wheel, (x, y) in zip(WHEELS, DEEPRACER.wheels, strict=True):
        np.testing.assert_allclose(frames[f"{wheel}_link"][:3, 3], (x, y, 0.036), atol=1e-9)
        tyre = model.find(f"link[@name='{wheel}_link']/collision")
        assert float(tyre.findtext("geometry/cylinder/radius")) == 0.036
        assert float(tyre.findtext("geometry/cylinder/length")) == pytest.approx(0.034)
        axle = sdf_pose(tyre)[:3, :3] @ (0.0, 0.0, 1.0)
        np.testing.assert_allclose(np.abs(axle), (0.0, 1.0, 0.0), atol=1e-9)
        assert float(tyre.findtext("surface/friction/ode/mu")) == 0.5


def test_only_tyres_rub(model: Element) -> None:
    underside = model.find("link[@name='base_link']/collision")
    assert float(underside.findtext("surface/friction/ode/mu")) == 0.0
    low = (
        numbers(underside.findtext("pose"))[2]
        - numbers(underside.findtext("geometry/box/size"))[2] / 2
    )
    assert low > 0.02


def test_joints_have_the_published_limits_and_wheels_are_fast_enough(model: Element) -> None:
    joints = {joint.get("name"): joint for joint in model.findall("joint")}
    assert set(joints) == set(JOINTS)
    for name, joint in joints.items():
        assert float(joint.findtext("axis/limit/effort")) == 10.0
        fastest = float(joint.findtext("axis/limit/velocity"))
        asked = (joint_commands(steering, 4.0)[name] for steering in (-0.53, 0.0, 0.53))
        assert fastest == 100.0 if name in HINGES else fastest > max(asked)
        axis = "0 0 1" if name in HINGES else "0 1 0"
        assert joint.findtext("axis/xyz") == axis
        lower = joint.findtext("axis/limit/lower")
        assert lower == ("-1" if name in HINGES else None)
    for side in ("left", "right"):
        assert joints[f"front_{side}_wheel"].findtext("parent") == f"front_{side}_hinge_link"


def test_every_joint_is_driven_by_the_topic_of_the_bridge(model: Element) -> None:
    commanded = {
        system.findtext("joint_name"): system.findtext("topic")
        for system in model.findall("plugin")
        if system.find("joint_name") is not None
    }
    bridged = {row.gz_topic for row in BRIDGED if row.direction == "ROS_TO_GZ"}
    assert set(commanded) == set(JOINTS)
    assert set(commanded.values()) == bridged


def test_hinges_go_to_an_angle_and_wheels_to_a_speed(model: Element) -> None:
    for system in model.findall("plugin"):
        joint = system.findtext("joint_name")
        if joint in HINGES:
            assert system.get("name") == "gz::sim::systems::JointPositionController"
            assert system.findtext("use_velocity_commands") == "true"
            assert float(system.findtext("cmd_max")) == 20.0
        elif joint:
            assert system.get("name") == "gz::sim::systems::JointController"


def test_odometry_is_the_true_pose_of_base_link(model: Element) -> None:
    (system,) = (s for s in model.findall("plugin") if "Odometry" in s.get("name"))
    assert system.get("filename") == "gz-sim-odometry-publisher-system"
    assert system.findtext("odom_frame") == "odom"
    assert system.findtext("robot_base_frame") == "base_link"
    assert system.findtext("odom_topic") == f"/model/{MODEL}/odometry"
    assert system.findtext("dimensions") == "3"


def test_urdf_and_sdf_have_the_same_frames(model: Element, robot: Element) -> None:
    of_sdf, of_urdf = sdf_frames(model), urdf_frames(robot)
    assert set(of_sdf) == set(of_urdf) == {link.get("name") for link in robot.findall("link")}
    for name, frame in of_sdf.items():
        np.testing.assert_allclose(frame, of_urdf[name], atol=1e-9, err_msg=name)


def test_urdf_and_sdf_have_the_same_bodies(model: Element, robot: Element) -> None:
    for link in model.findall("link"):
        twin = robot.find(f"link[@name='{link.get('name')}']")
        assert float(twin.find("inertial/mass").get("value")) == float(
            link.findtext("inertial/mass")
        )
        moments = {e.tag: e.text for e in link.find("inertial/inertia")}
        assert twin.find("inertial/inertia").attrib == moments
        for kind in ("visual", "collision"):
            places = [numbers(part.findtext("pose")) for part in link.findall(kind)]
            origins = [part.find("origin") for part in twin.findall(kind)]
            twins = [numbers(f"{each.get('xyz')} {each.get('rpy')}") for each in origins]
            np.testing.assert_array_equal(places, twins)


def test_urdf_joints_move_as_in_gazebo(robot: Element) -> None:
    kinds = {joint.get("name"): joint.get("type") for joint in robot.findall("joint")}
    assert {kinds[hinge] for hinge in HINGES} == {"revolute"}
    assert {kinds[wheel] for wheel in WHEELS} == {"continuous"}
    assert {kind for name, kind in kinds.items() if name not in JOINTS} == {"fixed"}
