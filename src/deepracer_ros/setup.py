# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_ros."""

from setuptools import find_packages, setup

setup(
    name="deepracer_ros",
    version="0.1.0",
    description="What the nodes share: parameters, diagnostics, image messages, QoS.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_ros"]),
        ("share/deepracer_ros", ["package.xml"]),
    ],
    install_requires=[
        "deepracer_core",
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
)
