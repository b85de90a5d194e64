# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A policy drives laps in a simulator, through the real nodes."""

from __future__ import annotations

import argparse
import fcntl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from deepracer_bringup.lap_drive import LapDrive, LapResults, drive_laps
from deepracer_bringup.race import RaceSettings
from deepracer_bringup.recording import Recording
from deepracer_bringup.simulators import SIMULATORS
from deepracer_core.command_line import (
    EXIT_MISSED,
    EXIT_OK,
    CommandParser,
    name_or_path,
    run_command,
    user_path,
)
from deepracer_core.drive_picture import draw_drive
from deepracer_core.errors import ConfigError, DeviceError
from deepracer_core.film import write_film
from deepracer_core.interrupts import exit_in_order
from deepracer_core.results import check_writable, make_folder, write_json
from deepracer_core.track import Track
from deepracer_inference.policy import load_policy
from deepracer_sim.starts import is_reverse
from deepracer_sim.track_files import load_track

EXAMPLES = """examples:
  ./deepracer demo --laps 1 --direction cw
  ./deepracer demo --track Oval_track --model my_model.tar.gz --json result.json
  ./deepracer demo --simulator gazebo
"""
SHIPPED_MODEL = Path(__file__).resolve().parents[2] / "models" / "reinvent_v1"
WAYS = {"ccw": "counter-clockwise", "cw": "clockwise"}


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; returns the exit status."""
    return run_command("demo", lambda: _run(_parse(arguments)))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = CommandParser("./deepracer demo", description=__doc__, epilog=EXAMPLES)
    parser.add_argument("--laps", type=int, default=3, help="laps to drive (3)")
    parser.add_argument(
        "--track",
        type=name_or_path,
        default="reinvent_base",
        help="name, .npy route or .yaml file (reinvent_base)",
    )
    parser.add_argument(
        "--model", type=user_path, default=SHIPPED_MODEL, help="model package: folder or tar.gz"
    )
    parser.add_argument(
        "--direction", choices=tuple(WAYS), default="ccw", help="which way round (ccw)"
    )
    parser.add_argument(
        "--simulator", choices=tuple(SIMULATORS), default="embedded", help="where (embedded)"
    )
    parser.add_argument(
        "--rtf", type=float, default=1.0, metavar="FACTOR", help="simulated s per s (1.0)"
    )
    parser.add_argument(
        "--out", type=user_path, default=Path("out/demo"), help="folder for picture, film and logs"
    )
    parser.add_argument("--json", type=user_path, metavar="FILE", help="write the results there")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    RaceSettings(track=options.track, laps=options.laps, report=str(options.out))
    track = load_track(options.track).track
    if not track.closed:
        raise ConfigError(f"track {track.name} is open: a lap needs one that ends at its start")
    model = load_policy(options.model).name
    drive = _plan(options)
    for folder in (options.out, options.out / "logs"):
        make_folder(folder, "--out")
    check_writable(options.json)
    print(f"{model} drives {drive.laps} laps of {track.name}, {WAYS[drive.direction]}", flush=True)
    with (
        _alone_in(options.out),
        tempfile.TemporaryDirectory(prefix="deepracer-demo-") as folder,
    ):
        results = drive_laps(drive, Path(folder))
        if options.json:
            _write_json(options.json, track.name, model, results)
        if not results.error:
            _draw(Recording.load(Path(folder)), track, drive, results, options.out)
    return _conclude(results, drive.laps)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep a second demo from writing the same pictures and logs."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"another demo writes to {folder}: choose another folder with --out"
            ) from None
        yield


def _plan(options: argparse.Namespace) -> LapDrive:
    """Prepare the simulator; refuse what it would not take, before anything is started."""
    path = Path(options.track)
    track = str(path.resolve()) if path.suffix in (".npy", ".yaml", ".yml") else options.track
    prepare = SIMULATORS[options.simulator]
    return LapDrive(
        car=prepare(options.model.resolve(), track, options.direction, options.rtf),
        track=track,
        direction=options.direction,
        laps=options.laps,
        logs=(options.out / "logs").resolve(),
    )


def _draw(
    recording: Recording, track: Track, drive: LapDrive, results: LapResults, out: Path
) -> None:
    reverse = is_reverse(track, drive.direction)
    times = ", ".join(
        f"{lap.time_s:.2f} s" if lap.completion >= 100.0 else f"{lap.completion:.0f} %"
        for lap in results.laps
    )
    title = f"{track.name}, {WAYS[drive.direction]}: {times}"
    poses = recording.poses
    picture = draw_drive(track, reverse, poses[:, 1:3], poses[:, 4], title)
    if not cv2.imwrite(str(out / "drive.png"), picture):
        raise DeviceError(f"{out / 'drive.png'} cannot be written: choose another --out")
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
    exit_in_order()  # That stops the nodes.
    sys.exit(main())
