# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A policy drives laps in the embedded simulator, through the real nodes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import cv2

from deepracer_bringup.drive_picture import draw_drive
from deepracer_bringup.film import write_film
from deepracer_bringup.lap_drive import LapDrive, LapResults, drive_laps
from deepracer_bringup.race import RaceSettings
from deepracer_bringup.recording import Recording
from deepracer_core.errors import ConfigError, DeepRacerError
from deepracer_core.results import check_writable, write_json
from deepracer_core.track import Track
from deepracer_inference.policy import load_policy
from deepracer_sim.plant import PlantSettings
from deepracer_sim.starts import is_reverse
from deepracer_sim.track_files import load_track

EXIT_OK, EXIT_MISSED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 0, 1, 2, 130
SHIPPED_MODEL = Path(__file__).resolve().parents[2] / "models" / "reinvent_v1"
WAYS = {"ccw": "counter-clockwise", "cw": "clockwise"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message} (--help lists the options)")


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; returns the exit status."""
    try:
        return _run(_parse(arguments))
    except DeepRacerError as error:
        print(f"./deepracer demo: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("\n./deepracer demo: interrupted, all nodes are stopped", file=sys.stderr)
        return EXIT_INTERRUPTED


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = _Parser("./deepracer demo", description=__doc__)
    parser.add_argument("--laps", type=int, default=3, help="laps to drive (3)")
    parser.add_argument(
        "--track", default="reinvent_base", help="name, .npy route or .yaml file (reinvent_base)"
    )
    parser.add_argument(
        "--model", type=Path, default=SHIPPED_MODEL, help="model package: folder or tar.gz"
    )
    parser.add_argument("--direction", choices=tuple(WAYS), default="ccw", help="(ccw)")
    parser.add_argument(
        "--rtf", type=float, default=1.0, metavar="FACTOR", help="simulated s per s (1.0)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out/demo"), help="folder for picture, film and logs"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    drive = _check(options)
    track = load_track(drive.track).track
    if not track.closed:
        raise ConfigError(f"track {track.name} is open: a lap needs one that ends at its start")
    model = load_policy(drive.model).name
    _check_writable(options.out, options.json)
    print(f"{model} drives {drive.laps} laps of {track.name}, {WAYS[drive.direction]}", flush=True)
    with tempfile.TemporaryDirectory(prefix="deepracer-demo-") as folder:
        results = drive_laps(drive, Path(folder))
        if not results.error:
            _draw(Recording.load(Path(folder)), track, drive, results, options.out)
    if options.json:
        _write_json(options.json, track.name, model, results)
    return _conclude(results, drive.laps)


def _check(options: argparse.Namespace) -> LapDrive:
    """Refuse options that no node would take, before any is started."""
    path = _expanded(Path(options.track))
    track = str(path.resolve()) if path.suffix in (".npy", ".yaml", ".yml") else options.track
    PlantSettings(track=track, real_time_factor=options.rtf)
    RaceSettings(track=track, laps=options.laps, report=str(options.out))
    return LapDrive(
        model=_expanded(options.model).resolve(),
        track=track,
        direction=options.direction,
        laps=options.laps,
        real_time_factor=options.rtf,
        logs=(options.out / "logs").resolve(),
    )


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{path}: {error}") from None


def _check_writable(out: Path, json_path: Path | None) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {out} cannot be made: {error.strerror}") from None
    if not os.access(out, os.W_OK):
        raise ConfigError(f"--out {out} may not be written to")
    check_writable(json_path)


def _draw(
    recording: Recording, track: Track, drive: LapDrive, results: LapResults, out: Path
) -> None:
    reverse = is_reverse(track, "cw" if drive.direction == "cw" else "ccw")
    times = ", ".join(
        f"{lap.time_s:.2f} s" if lap.completion >= 100.0 else f"{lap.completion:.0f} %"
        for lap in results.laps
    )
    title = f"{track.name}, {WAYS[drive.direction]}: {times}"
    poses = recording.poses
    picture = draw_drive(track, reverse, poses[:, 1:3], poses[:, 4], title)
    cv2.imwrite(str(out / "drive.png"), picture)
    if len(recording.frames):
        write_film(out / "camera.mp4", recording.frames, recording.frame_facts)
    print(f"the driven line is in {out / 'drive.png'}, the camera's view in {out / 'camera.mp4'}")


def _write_json(path: Path, track: str, model: str, results: LapResults) -> None:
    laps = [
        {
            "time_s": round(lap.time_s, 3),
            "completion": round(lap.completion, 2),
            "off_track": lap.off_track,
        }
        for lap in results.laps
    ]
    content = {"track": track, "model": model, "laps": laps, "latency_ms": results.latency_ms}
    write_json(path, content)


def _conclude(results: LapResults, laps: int) -> int:
    latency = ", ".join(
        f"{name} {value:.1f} ms" for name, value in results.latency_ms.items() if value is not None
    )
    if latency:
        print(f"from frame to pulse: {latency}")
    if results.error:
        print(f"./deepracer demo: {results.error}", file=sys.stderr)
    whole = sum(lap.completion >= 100.0 for lap in results.laps)
    print(f"{whole} of {laps} laps complete")
    return EXIT_OK if whole == laps else EXIT_MISSED


if __name__ == "__main__":
    # Whoever ends the demo ends it in order: by an exception, which stops the nodes.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    sys.exit(main())
