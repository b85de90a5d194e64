# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Camera back ends (V4L2, video, fake) and the camera node."""
