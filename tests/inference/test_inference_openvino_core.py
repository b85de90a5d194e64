# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO beside the rest of the process."""

import subprocess
import sys

# In a process of its own: where this fails, the signal ends it.
RELOAD = """
import faulthandler, signal, sys
from deepracer_inference.policy import load_policy

faulthandler.enable()
signal.signal(signal.SIGUSR1, lambda number, frame: print("handled"))
for _ in range(3):
    policy = load_policy(sys.argv[1])
del policy
signal.raise_signal(signal.SIGUSR1)
"""


def test_signals_are_handled_after_models_came_and_went(repository):
    model = repository / "models" / "reinvent_v1"
    done = subprocess.run([sys.executable, "-c", RELOAD, model], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "handled\n")
