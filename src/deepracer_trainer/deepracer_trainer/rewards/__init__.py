# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Reward functions of users: their parameters, loading, checking, and examples."""
