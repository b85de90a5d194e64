# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_trainer."""

from setuptools import find_packages, setup

setup(
    name="deepracer_trainer",
    version="0.1.0",
    description="Trains, evaluates and exports driving policies without ROS.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    package_data={"deepracer_trainer": ["rewards/examples/*.py"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_trainer"]),
        ("share/deepracer_trainer", ["package.xml"]),
    ],
    install_requires=[
        "deepracer_core",
        "deepracer_inference",
        "deepracer_sim",
        "gymnasium>=1.1",
        "numpy>=1.26",
        "onnx>=1.17",
        "opencv-python-headless>=4.8",
        "stable-baselines3>=2.4",
        "torch>=2.5",
        "tqdm>=4.66",
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
)
