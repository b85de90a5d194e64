# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user says about the world that a policy drives in: randomisation, and objects."""

from __future__ import annotations

from dataclasses import fields, replace

from deepracer_core.errors import ConfigError, collected
from deepracer_sim.object_settings import TIME_TRIAL, ObjectSettings
from deepracer_sim.randomization import EXACT, Randomization

NONE, FULL = "none", "full"
BOXES, BOTS = "boxes", "bots"
OBJECTS = (NONE, BOXES, BOTS)
RACES = {NONE: "TIME_TRIAL", BOXES: "OBJECT_AVOIDANCE", BOTS: "HEAD_TO_BOT"}  # as AWS says


def randomization(text: str) -> Randomization:
    """Return the strengths that a text asks for.

    Args:
        text: "none", "full" or single strengths, as in "blur=0.5" and "full,latency=0".

    Raises:
        ConfigError: there is no such strength, or it is out of range; with all faults.
    """
    strengths = EXACT
    given: dict[str, float] = {}
    faults: list[str] = []
    for place, part in enumerate(text.split(",")):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not value and name in (NONE, FULL) and place == 0:
            strengths = Randomization.full() if name == FULL else EXACT
            continue
        with collected(faults):
            if name in given:
                faults.append(f"randomize has {name} twice")
            given[name] = _strength(name, value)
    with collected(faults):
        strengths = replace(strengths, **given)
    if faults:
        raise ConfigError(*faults)
    return strengths


def _strength(name: str, value: str) -> float:
    entries = {entry.name: entry for entry in fields(Randomization)}
    if name not in entries:
        raise ConfigError(
            f"randomize has {name!r}, allowed are {NONE} or {FULL} to begin with, and "
            f"NAME=STRENGTH of {', '.join(entries)}"
        )
    kind = type(entries[name].default)
    try:
        return kind(value)
    except ValueError:
        low, high = entries[name].metadata["range"]
        number = "a whole number" if kind is int else "a number"
        raise ConfigError(
            f"randomize has {name}={value!r}, needed is {number} from {low:g} to {high:g}"
        ) from None


def object_settings(kind: str, count: int) -> ObjectSettings:
    """Return what is on the road.

    Args:
        kind: one of OBJECTS.
        count: how many; 0 for as many as in the hosted service's races.

    Raises:
        ConfigError: the count is out of range, or of nothing.
    """
    if kind == NONE:
        if count:
            raise ConfigError(f"object_count is {count}, but objects is {NONE}: name a kind")
        return TIME_TRIAL
    usual = ObjectSettings.boxes() if kind == BOXES else ObjectSettings.bots()
    return replace(usual, count=count) if count else usual
