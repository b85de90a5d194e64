# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_sim."""

from setuptools import find_packages, setup

setup(
    name="deepracer_sim",
    version="0.1.0",
    description="Embedded simulator: tracks, renderer, dynamics, Gymnasium; the sim node.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    package_data={"deepracer_sim": ["*.yaml", "tracks/*.yaml"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_sim"]),
        ("share/deepracer_sim", ["package.xml"]),
    ],
    install_requires=[
        "deepracer_core",
        "gymnasium>=1.1",
        "numba>=0.60",
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
        "pyyaml>=6.0",
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
    entry_points={"console_scripts": ["sim_node = deepracer_sim.sim_node:main"]},
)
