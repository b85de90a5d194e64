# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_tests."""

from setuptools import setup

setup(
    name="deepracer_tests",
    version="0.1.0",
    description="Tests of every package and of the stack as a whole.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=[],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_tests"]),
        ("share/deepracer_tests", ["package.xml"]),
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
)
