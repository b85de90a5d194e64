# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Tracks by name or by file.

A track file (`tracks/*.yaml`) is a drawing: a start pose and a chain of straights and arcs.

    title: Stadium
    start: {x: 2.0, y: 0.5, heading: 0}   # [m, m, deg], on the centre line
    width: 0.762                          # [m], border to border
    segments:                             # lengths and radii [m], angles [deg], in driving order
      - straight: 1.5
      - left: {radius: 1.0, angle: 180}
      - straight: 3.0
      - left: {radius: 1.0, angle: 180}
      - straight: 1.5
    appearance: grey                      # an entry of appearances.yaml

Optional are `closed: false` for a track whose end does not join its start, and `waypoints`, the
number of rows into which the lines are cut. A track that differs from a shipped one in its
surface only names it, `shape: reinvent_base`, in place of start, width and segments.
"""

import difflib
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from deepracer_core.errors import TrackError
from deepracer_core.track import Track
from deepracer_sim.appearance import Appearance
from deepracer_sim.track_shape import Segment, TrackShape

ROUTE_APPEARANCE = "grey"  # routes come without colours; most community tracks are grey

SHORTEST_TRACK = 1.0  # [m]
NARROWEST_ROAD = 0.1  # [m]; the wheels of a car are 0.16 m apart
LARGEST_AREA = 800.0  # [m^2], of the borders' extent; painting that takes some gigabytes

_PACKAGE = Path(__file__).parent
_SIDES = {"straight": 0, "left": 1, "right": -1}
_LARGEST = 1e6  # of any number in a track file


@dataclass(frozen=True)
class TrackDescription:
    """A track, and all that is needed to paint it."""

    name: str
    track: Track
    appearance: Appearance
    title: str


def track_names() -> list[str]:
    """Return the names of the tracks that come with the package."""
    return sorted(path.stem for path in (_PACKAGE / "tracks").glob("*.yaml"))


def load_track(name_or_path: str | Path) -> TrackDescription:
    """Load a track by name, or from a track file (.yaml) or a community route file (.npy).

    Raises:
        TrackError: the name is unknown, or the file is missing or not usable.
    """
    path = Path(name_or_path)
    if path.suffix == ".npy":
        track = Track.from_route(path)
        _check_size(track)
        return TrackDescription(track.name, track, load_appearance(ROUTE_APPEARANCE), track.name)
    if path.suffix not in (".yaml", ".yml"):
        path = _shipped(str(name_or_path), "or the path of a .npy route or a .yaml track file")
    try:
        return _describe(path.stem, _read_mapping(path))
    except TrackError as error:
        raise TrackError(f"track file {path}: {error}") from None


def _shipped(name: str, alternative: str = "") -> Path:
    names = track_names()
    if name not in names:
        raise TrackError(_unknown("track", name, names, alternative))
    return _PACKAGE / "tracks" / f"{name}.yaml"


def _unknown(kind: str, name: object, names: Collection[str], alternative: str = "") -> str:
    """Say that a name is unknown, which ones there are, and which of them may be meant."""
    by_lower_case = {known.lower(): known for known in names}
    close = difflib.get_close_matches(str(name).lower(), by_lower_case, cutoff=0.5)
    hint = (
        f"did you mean {' or '.join(by_lower_case[match] for match in close)}? " if close else ""
    )
    options = ", ".join(names) + (f", {alternative}" if alternative else "")
    return f"unknown {kind} {name!r}; {hint}Use one of {options}"


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrackError(f"cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TrackError(f"is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise TrackError("must hold keys with values, such as width: 0.762")
    return content


def _describe(name: str, content: dict[str, Any]) -> TrackDescription:
    shape = _shape(content)
    track = Track(name, *shape.lines(), closed=shape.closed)
    _check_size(track)
    return TrackDescription(
        name, track, load_appearance(content["appearance"]), str(content["title"])
    )


def _check_size(track: Track) -> None:
    """Refuse what cannot be a track for cars of this size, such as routes in millimetres."""
    borders = np.concatenate((track.inner, track.outer))
    across, up = np.ptp(borders, axis=0)
    if not (track.length >= SHORTEST_TRACK and across * up <= LARGEST_AREA):
        raise TrackError(
            f"{track.name} is {track.length:.3g} m long and covers {across:.3g} x {up:.3g} m; a "
            f"track has at least {SHORTEST_TRACK:g} m and covers at most {LARGEST_AREA:g} m^2: "
            "is it in metres?"
        )
    widths = np.hypot(*(track.inner - track.outer).T)
    if widths.min() < NARROWEST_ROAD:
        x, y = track.centre[np.argmin(widths)]
        raise TrackError(
            f"{track.name}: its borders are {widths.min():.2g} m apart beside x {x:.2f}, "
            f"y {y:.2f}; a road is at least {NARROWEST_ROAD:g} m wide"
        )


def load_appearance(name: object) -> Appearance:
    """Return one of the looks in appearances.yaml; TrackError where there is none of that name."""
    known = _read_mapping(_PACKAGE / "appearances.yaml")
    if not isinstance(name, str) or name not in known:
        raise TrackError(_unknown("appearance", name, known))
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in known[name].items()
    }
    return Appearance(**values)


def _shape(content: dict[str, Any]) -> TrackShape:
    if "shape" in content:
        _check_keys("it", content, {"title", "appearance", "shape"})
        return _shape(_read_mapping(_shipped(str(content["shape"]))))
    required = {"title", "appearance", "start", "width", "segments"}
    _check_keys("it", content, required, {"closed", "waypoints"})
    return _drawing(content)


def _drawing(content: dict[str, Any]) -> TrackShape:
    start, segments = content["start"], content["segments"]
    _check_keys("start", start, {"x", "y", "heading"})
    x, y, heading = (_number(f"start {key}", start[key]) for key in ("x", "y", "heading"))
    if not isinstance(segments, list):
        raise TrackError("segments must be a list of straight, left and right entries")
    closed, waypoints = content.get("closed", True), content.get("waypoints")
    if not isinstance(closed, bool):
        raise TrackError(f"closed is {closed!r}; it must be true or false")
    if waypoints is not None and (isinstance(waypoints, bool) or not isinstance(waypoints, int)):
        raise TrackError(f"waypoints is {waypoints!r}; it must be a whole number")
    return TrackShape(
        start=(x, y, math.radians(heading)),
        segments=tuple(_segment(number, entry) for number, entry in enumerate(segments, 1)),
        width=_number("width", content["width"]),
        closed=closed,
        waypoints=waypoints,
    )


def _segment(number: int, entry: object) -> Segment:
    where = f"segment {number}"
    if not isinstance(entry, dict) or len(entry) != 1 or not entry.keys() <= _SIDES.keys():
        raise TrackError(
            f"{where} is {entry!r}; use straight: LENGTH, or left or right:"
            " {radius: RADIUS, angle: DEGREES}"
        )
    ((kind, value),) = entry.items()
    if kind == "straight":
        return Segment.straight(_positive(f"{where} length", value))
    _check_keys(where, value, {"radius", "angle"})
    radius, angle = (_positive(f"{where} {key}", value[key]) for key in ("radius", "angle"))
    return Segment.arc(radius, _SIDES[kind] * math.radians(angle))


def _check_keys(
    where: str, content: object, required: Collection[str], optional: Iterable[str] = ()
) -> None:
    if not isinstance(content, dict):
        raise TrackError(f"{where} is {content!r}; it must have {', '.join(sorted(required))}")
    extra = content.keys() - set(required) - set(optional)
    if extra:
        known = ", ".join(sorted({*required, *optional}))
        raise TrackError(f"{where} has unknown {', '.join(sorted(map(str, extra)))}; use {known}")
    missing = set(required) - content.keys()
    if missing:
        raise TrackError(f"{where} lacks {', '.join(sorted(missing))}")


def _number(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TrackError(f"{where} is {value!r}; it must be a number")
    if not abs(value) <= _LARGEST:
        raise TrackError(f"{where} is {value!r}; it must be at most {_LARGEST:.0f}")
    return float(value)


def _positive(where: str, value: object) -> float:
    number = _number(where, value)
    if number <= 0:
        raise TrackError(f"{where} is {value!r}; it must be above 0")
    return number
