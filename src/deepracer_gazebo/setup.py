# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_gazebo."""

from setuptools import find_packages, setup

setup(
    name="deepracer_gazebo",
    version="0.1.0",
    description="Gazebo: worlds, the car, the bridge and the actuator node.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_gazebo"]),
        ("share/deepracer_gazebo", ["package.xml"]),
    ],
    install_requires=[
        "deepracer_core",
        "deepracer_sim",
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
        "pyyaml>=6.0",
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
    entry_points={"console_scripts": ["actuator_node = deepracer_gazebo.actuator_node:main"]},
)
