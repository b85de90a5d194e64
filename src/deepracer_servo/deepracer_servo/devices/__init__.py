# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Devices that put pulses on two PWM channels, and the guard process that owns them."""
