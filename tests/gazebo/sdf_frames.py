# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where the frames of a model are: read from its SDF, and from its URDF, by the formats' rules."""

import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element

import cv2
import numpy as np

from deepracer_gazebo.car_sdf import add_car

Frames = dict[str, np.ndarray]  # name to (4, 4): from that frame to base_link


def car_model(**options: object) -> Element:
    """Return the car's model, as a reader of its file gets it."""
    root = ElementTree.Element("sdf")
    add_car(root, (0.0, 0.0, 0.0), **options)
    return ElementTree.fromstring(ElementTree.tostring(root)).find("model")


def numbers(text: str | None) -> np.ndarray:
    return np.array([float(word) for word in (text or "").split()])


def transform(xyz: np.ndarray, rpy: np.ndarray) -> np.ndarray:
    """Return the matrix (4, 4) of a place and of turns about the fixed axes x, then y, then z."""
    turns = [cv2.Rodrigues(angle * axis)[0] for angle, axis in zip(rpy, np.eye(3), strict=True)]
    matrix = np.eye(4)
    matrix[:3, :3] = turns[2] @ turns[1] @ turns[0]
    matrix[:3, 3] = xyz
    return matrix


def sdf_pose(element: Element) -> np.ndarray:
    pose = numbers(element.findtext("pose") or "0 0 0 0 0 0")
    return transform(pose[:3], pose[3:])


def sdf_frames(model: Element) -> Frames:
    """Return the frames of links and of <frame> elements; parents come first in our files."""
    frames = {"base_link": np.eye(4)}
    for element in model:
        if element.tag == "link" and element.get("name") != "base_link":
            pose = element.find("pose")
            assert pose is not None
            frames[element.attrib["name"]] = frames[pose.attrib["relative_to"]] @ sdf_pose(element)
        elif element.tag == "frame":
            parent = frames[element.attrib["attached_to"]]
            frames[element.attrib["name"]] = parent @ sdf_pose(element)
    return frames


def urdf_frames(robot: Element) -> Frames:
    frames = {"base_link": np.eye(4)}
    for joint in robot.findall("joint"):
        parent, child, origin = (joint.find(tag) for tag in ("parent", "child", "origin"))
        assert parent is not None and child is not None and origin is not None
        moved = transform(numbers(origin.get("xyz")), numbers(origin.get("rpy")))
        frames[child.attrib["link"]] = frames[parent.attrib["link"]] @ moved
    return frames
