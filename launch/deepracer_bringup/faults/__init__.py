# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Fault injection: the car drives at speed, something breaks, and it has to stand in time."""
