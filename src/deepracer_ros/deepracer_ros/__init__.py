# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the nodes share: parameters, diagnostics, image messages, QoS."""
