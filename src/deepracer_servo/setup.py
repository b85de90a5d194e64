# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_servo."""

from setuptools import find_packages, setup

setup(
    name="deepracer_servo",
    version="0.1.0",
    description="Actions to calibrated PWM pulses, and the stop when something fails.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_servo"]),
        ("share/deepracer_servo", ["package.xml"]),
    ],
    install_requires=[
        "deepracer_core",
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
        "pyserial>=3.5",
        "pyyaml>=6.0",
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
    entry_points={"console_scripts": ["servo_node = deepracer_servo.servo_node:main"]},
)
