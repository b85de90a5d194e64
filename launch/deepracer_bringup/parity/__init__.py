# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How far the embedded simulator and Gazebo agree: what is seen, how it moves, how it drives."""
