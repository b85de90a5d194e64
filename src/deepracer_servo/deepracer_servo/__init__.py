# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Actions to calibrated PWM pulses, and the stop when something fails."""
