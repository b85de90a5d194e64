# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the stack: launch files, configuration and the runner behind the demo."""
