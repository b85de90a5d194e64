# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Installs deepracer_inference."""

from setuptools import find_packages, setup

setup(
    name="deepracer_inference",
    version="0.1.0",
    description="Runs driving policies with OpenVINO; the inference node.",
    author="The deepracer-drive authors",
    maintainer="The deepracer-drive authors",
    maintainer_email="maintainers@example.org",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/deepracer_inference"]),
        ("share/deepracer_inference", ["package.xml"]),
    ],
    install_requires=[
        "deepracer_core",
        "numpy>=1.26",
        "opencv-python-headless>=4.8",
        "openvino>=2026.0",
    ],
    extras_require={"test": ["pytest"]},
    zip_safe=False,
    entry_points={"console_scripts": ["inference_node = deepracer_inference.inference_node:main"]},
)
