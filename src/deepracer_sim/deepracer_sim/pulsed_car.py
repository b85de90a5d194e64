# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the servo and the ESC of a stock car make of pulses, in every simulator.

They answer as the stock car's do, whatever calibration the servo node uses, so a wrong
calibration shows in simulation as it would on the road.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepracer_core.calibration import Calibration
from deepracer_core.pulses import Pulses
from deepracer_sim import dynamics

Array = NDArray[np.float64]


class PulsedCar:
    """Moves one car as pulses say, and stops it where none come.

    Attributes:
        silence: time since the last pulse [s, simulated].
    """

    def __init__(self, state: Array, commands: Array, car: Array, timeout: float) -> None:
        """Take over arrays of one row, as `dynamics.advance` knows them.

        Args:
            state: (1, 5); is moved on in place.
            commands: (1, 2); hold what the pulses stand for.
            car: (1, 7).
            timeout: without a pulse for so long [s, simulated], the motor is off.
        """
        self._state, self._commands, self._car = state, commands, car
        self._timeout = timeout
        self._response = Calibration()
        self.silence = 0.0

    def pulses(self, pulses: Pulses) -> None:
        """Obey pulses until others come, or none for the time-out."""
        self._commands[0] = self._response.action(pulses)
        self.silence = 0.0

    def advance(self, duration: float) -> None:
        """Let `duration` [s] pass."""
        self.silence += duration
        if self.silence > self._timeout:
            self._commands[0, 1] = 0.0  # The wheels stay as they are, as a real servo's do.
        dynamics.advance(self._state, self._commands, self._car, duration)
