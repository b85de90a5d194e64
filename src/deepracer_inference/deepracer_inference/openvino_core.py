# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO's entry, one for the whole process."""

from functools import cache

import openvino


@cache
def openvino_core() -> openvino.Core:
    """Return the core of this process, which stays until it ends.

    On processors with AMX, OpenVINO's CPU plugin gives the thread another stack for signal
    handlers, and takes it away when its core goes. Where several cores come and go, what is left
    is the address of a stack that is gone, and the next Ctrl-C crashes the process.
    """
    return openvino.Core()
