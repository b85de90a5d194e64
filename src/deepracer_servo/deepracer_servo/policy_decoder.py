# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The policy's output as actions: which model is in force, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Sequence

from deepracer_core.action_space import Action, ContinuousActionSpace, DiscreteActionSpace
from deepracer_core.errors import ActionError, ModelError
from deepracer_core.model_metadata import ModelMetadata
from deepracer_servo.freshness import Refusal, RefusedError


class PolicyDecoder:
    """Decodes the output of the model on the topic `model`, and of no other."""

    def __init__(self) -> None:
        """Start without a model."""
        self.model_id = ""
        self.fault = "no model has arrived on the topic model: is inference running?"
        self._action_space: DiscreteActionSpace | ContinuousActionSpace | None = None

    def set_model(self, model_id: str, metadata: str) -> bool:
        """Decode by this model from now on; one that does not parse is none. Return if it is new.

        Args:
            model_id: SHA-256 of the model package.
            metadata: text of its model_metadata.json.
        """
        if self._action_space and model_id == self.model_id:
            return False
        self.model_id, self._action_space = "", None
        try:
            if not model_id:
                raise ModelError("it has no id")
            self._action_space = ModelMetadata.parse(metadata).action_space
            self.model_id, self.fault = model_id, ""
        except ModelError as error:
            self.fault = f"the model on the topic model is refused: {error}"
        return True

    def decode(self, model_id: str, values: Sequence[float], index: int) -> Action:
        """Return the action that the output of a policy stands for.

        Args:
            model_id: of the model that it is said to come from.
            values: one per output of the policy.
            index: of the chosen action; -1 in a continuous action space.

        Raises:
            RefusedError: it is of another model, or its numbers mean nothing.
        """
        if self._action_space is None:
            raise RefusedError(Refusal.MODEL, self.fault)
        if model_id != self.model_id:
            raise RefusedError(
                Refusal.MODEL,
                f"policy_output is of model {model_id[:12]!r}, but the topic model says "
                f"{self.model_id[:12]!r}",
            )
        try:
            decision = self._action_space.decode(values)
        except ActionError as error:
            raise RefusedError(Refusal.VALUES, str(error)) from None
        if index != decision.index:
            raise RefusedError(
                Refusal.INDEX,
                f"action index {index} is not what the {len(values)} values of the policy say "
                f"({decision.index})",
            )
        return decision.action
