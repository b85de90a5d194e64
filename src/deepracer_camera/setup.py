# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_camera."""

from setuptools import find_packages, setup

setup(
    name="deepracer_camera",
    version="0.1.0",
    description="Camera back ends (V4L2, video, fake) and the camera node.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_camera"]),
        ("share/deepracer_camera", ["package.xml"]),
    ],
    install_requires=[
        "deepracer_core",
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
    entry_points={"console_scripts": ["camera_node = deepracer_camera.camera_node:main"]},
)
