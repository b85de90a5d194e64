# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluates a model in either simulator.

The trainer drives in the embedded one by itself, without ROS. Gazebo takes nodes; so once the
trainer has found nothing wrong with the options, this process becomes that of the node which sees
to them.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

from deepracer_trainer import evaluate


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments

    def in_gazebo(*_: Any) -> NoReturn:
        node = "deepracer_bringup.evaluate_node"
        # Its imports take a while, and Ctrl-C in the midst of them would be a traceback.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        os.execv(sys.executable, (sys.executable, "-P", "-m", node, *given))

    return evaluate.main(given, {"gazebo": in_gazebo})


if __name__ == "__main__":
    sys.exit(main())
