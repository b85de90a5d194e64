# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Embedded simulator: tracks, renderer, dynamics, Gymnasium; the sim node."""
