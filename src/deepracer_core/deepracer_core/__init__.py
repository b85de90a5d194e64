# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""ROS-free core: actions, model packages, observations, vehicle and tracks."""
