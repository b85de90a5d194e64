# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the check of a reward function found, for people and for programs."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from deepracer_trainer.rewards.reward_check import Check
from deepracer_trainer.rewards.reward_parameters import Parameters
from deepracer_trainer.rewards.reward_tryout import Fault

_WIDTH = 95
_LONG = 8  # items of a list that are still shown


def report(check: Check) -> str:
    """Return all that was found, faults last."""
    tried = len(check.seconds)
    faults = len(check.faults)
    lines = [f"{tried} states, {faults} fault{'' if faults == 1 else 's'}"]
    if 0 < tried < check.planned:
        lines.append(f"  it takes too long: {check.planned - tried} more states were left out")
    if len(check.rewards):
        low, mean, high = check.rewards.min(), check.rewards.mean(), check.rewards.max()
        lines.append(f"  rewards  {low:.4g} to {high:.4g}, mean {mean:.4g}")
        if low == high and not check.faults:
            lines.append("  it is the same everywhere: there is nothing to learn")
    if tried:
        times = _microseconds(check)
        lines.append(
            f"  time     {times['median']:.1f} microseconds a call (median), "
            f"{times['longest']:.0f} the longest, {times['first']:.0f} the first"
        )
    for fault in check.faults:
        lines += ["", *_describe(fault, tried)]
    return "\n".join(lines)


def results(check: Check) -> dict[str, Any]:
    """Return the same as JSON takes it."""
    rewards = check.rewards
    return {
        "states": len(check.seconds),
        "states_left_out": check.planned - len(check.seconds),
        "reward": {
            name: float(getattr(rewards, name)()) if len(rewards) else None
            for name in ("min", "mean", "max")
        },
        "microseconds": _microseconds(check) if len(check.seconds) else None,
        "faults": [
            {
                "message": fault.message,
                "trace": fault.trace,
                "states": fault.states,
                "parameters": fault.parameters,
            }
            for fault in check.faults
        ],
    }


def failure_text(trace: str, parameters: Parameters) -> str:
    """Return where a function failed and what it was given, of long lists only their length."""
    parts = (f"{name} {_short(value)}" for name, value in parameters.items())
    state = textwrap.fill("; ".join(parts), _WIDTH, break_long_words=False)
    return f"{trace}{textwrap.indent(state, '  ')}"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        if len(value) > _LONG:
            return f"[{len(value)} items]"
        inside = ", ".join(map(_short, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return str(value)


def _microseconds(check: Check) -> dict[str, float]:
    micro = 1e6 * check.seconds
    return {
        "first": float(micro[0]),
        "median": float(np.median(micro)),
        "longest": float(micro.max()),
    }


def _describe(fault: Fault, tried: int) -> list[str]:
    if not fault.states:
        return [fault.message]
    scopes = {
        (False,): ", all without objects: --objects with leaves them out",
        (True,): ", all with objects",
    }
    scope = scopes.get(tuple(fault.objects), "")
    text = failure_text(fault.trace, fault.parameters)
    return [
        fault.message,
        f"  in {fault.states} of {tried} states{scope}; the first of them:",
        textwrap.indent(text, "  "),
    ]
