# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_bringup."""

from glob import glob

from setuptools import find_packages, setup

setup(
    name="deepracer_bringup",
    version="0.1.0",
    description="Starts the stack: launch files, configuration and the runner behind the demo.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    package_data={"deepracer_bringup.faults": ["*.c"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_bringup"]),
        ("share/deepracer_bringup", ["package.xml"]),
        ("share/deepracer_bringup/launch", glob("*.launch.py")),
        ("share/deepracer_bringup/config", glob("config/*.yaml")),
        ("share/deepracer_bringup/config/profiles", glob("config/profiles/*.yaml")),
        ("share/deepracer_bringup/system", glob("system/*")),
    ],
    install_requires=[
        "deepracer_camera",
        "deepracer_core",
        "deepracer_gazebo",
        "deepracer_inference",
        "deepracer_ros",
        "deepracer_servo",
        "deepracer_sim",
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
        "pyyaml>=6.0",
    ],
    # The trainer's package asks for torch, which its evaluation does without.
    extras_require={"evaluate": ["deepracer_trainer", "tqdm>=4.66"], "test": ["pytest"]},
    zip_safe=False,
    entry_points={"console_scripts": ["race_node = deepracer_bringup.race_node:main"]},
)
