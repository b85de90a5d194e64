# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of the race, what it records, and the pictures that are made of it."""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from deepracer_bringup.race import (
    LONGEST_LAP,
    LONGEST_STANDSTILL,
    MOST_OFF_TRACK,
    Race,
    RaceSettings,
    Verdict,
    latency_summary_ms,
)
from deepracer_bringup.recording import EventReader, EventWriter, Recorder, Recording
from deepracer_core import film
from deepracer_core.drive_picture import draw_drive
from deepracer_core.errors import ConfigError, DeviceError
from deepracer_core.film import write_film
from deepracer_core.pose import Pose
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.track_files import load_track

RATE = 15.0


@pytest.fixture(scope="module")
def track() -> Track:
    return load_track("reinvent_base").track


class Driver:
    """Moves a car along the centre line, or beside it, past the eyes of a race."""

    def __init__(self, track: Track, race: Race) -> None:
        self.race = race
        self._track = track
        self._time = self._distance = 0.0
        self._offset = 0.0
        self.verdicts: list[Verdict] = []

    def drive(self, seconds: float, speed: float = 2.0, offset: float = 0.0) -> list[Verdict]:
        """Return the verdicts that say something; obeys none."""
        first = len(self.verdicts)
        for _ in range(round(seconds * RATE)):
            self._time += 1.0 / RATE
            self._distance += speed / RATE
            verdict = self.race.pose(self._pose(speed, offset))
            if verdict != Verdict():
                self.verdicts.append(verdict)
        return self.verdicts[first:]

    def _pose(self, speed: float, offset: float) -> Pose:
        at = np.array([self._distance % self._track.length])
        (point,), (yaw,) = self._track.centre_line.at(at)
        ahead = np.array([np.cos(yaw), np.sin(yaw)])
        x, y = point - DEEPRACER.front_point * ahead + offset * np.array([-ahead[1], ahead[0]])
        return Pose(self._time, float(x), float(y), float(yaw), speed)


def test_whole_laps_end_the_race(track: Track) -> None:
    driver = Driver(track, Race(track, False, 2))
    verdicts = driver.drive(2.1 * track.length / 2.0)
    assert driver.race.is_over
    assert [verdict.reason for verdict in verdicts] == ["", ""]
    for verdict in verdicts:
        assert verdict.lap is not None and not verdict.recover
        assert verdict.lap.completion == 100.0
        assert verdict.lap.time_s == pytest.approx(track.length / 2.0, abs=0.05)


def test_a_car_off_the_road_is_put_back_once_and_the_lap_goes_on(track: Track) -> None:
    driver = Driver(track, Race(track, False, 1))
    driver.drive(2.0)
    assert driver.drive(1.0, offset=0.9) == [Verdict(recover=True)]
    (end,) = driver.drive(track.length / 2.0)
    assert end.lap is not None
    assert (end.lap.completion, end.lap.off_track) == (100.0, 1)


def test_after_several_times_off_the_road_the_lap_is_given_up(track: Track) -> None:
    driver = Driver(track, Race(track, False, 2))
    for _ in range(MOST_OFF_TRACK - 1):
        driver.drive(0.5)
        driver.drive(0.5, offset=0.9)
    driver.drive(0.5)
    (end,) = driver.drive(0.5, offset=0.9)
    assert end.recover and "off the track" in end.reason
    assert end.lap is not None
    assert 0.0 < end.lap.completion < 100.0 and end.lap.off_track == MOST_OFF_TRACK
    assert not driver.race.is_over
    driver.drive(1.05 * track.length / 2.0)
    assert driver.race.is_over
    assert driver.race.laps[1].off_track == 0 and driver.race.laps[1].completion == 100.0


def test_a_car_that_stands_is_given_up(track: Track) -> None:
    driver = Driver(track, Race(track, False, 1))
    driver.drive(1.0)
    (end,) = driver.drive(LONGEST_STANDSTILL + 1.0, speed=0.0)
    assert "stood" in end.reason and driver.race.is_over


def test_a_lap_that_takes_for_ever_is_given_up(track: Track) -> None:
    driver = Driver(track, Race(track, False, 1))
    (end,) = driver.drive(LONGEST_LAP + 1.0, speed=0.05)
    assert f"{LONGEST_LAP:g} s" in end.reason


@pytest.mark.parametrize(
    ("name", "value"),
    [("laps", 0), ("direction", "up"), ("report", ""), ("film_length", -1.0), ("patience", 0.0)],
)
def test_bad_settings_are_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        RaceSettings(**{"report": "out", name: value})


def test_latency_percentiles_are_in_milliseconds() -> None:
    summary = latency_summary_ms(i / 1000.0 for i in range(101))
    assert summary == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert latency_summary_ms([]) == {"p50": None, "p95": None, "p99": None}


def test_events_are_read_as_they_are_written(tmp_path: Path) -> None:
    reader = EventReader(tmp_path / "report")
    assert reader.new() == []
    writer = EventWriter(tmp_path / "report")
    writer.write({"event": "lap", "time_s": 1.5})
    writer.write({"event": "end"})
    assert reader.new() == [{"event": "lap", "time_s": 1.5}, {"event": "end"}]
    with (tmp_path / "report" / "events.jsonl").open("a") as file:
        file.write(json.dumps({"event": "late"})[:5])
        file.flush()
        assert reader.new() == []
        file.write(json.dumps({"event": "late"})[5:] + "\n")
    assert reader.new() == [{"event": "late"}]
    writer.close()


def test_a_recording_comes_back_and_its_film_is_cut_to_length(tmp_path: Path) -> None:
    recorder = Recorder(film_length=1.0)
    picture = np.full((120, 160, 3), 7, np.uint8)
    recorder.frame(9.9, picture, 0.0)  # Before the first pose: not of this drive.
    for i in range(30):
        recorder.pose(Pose(10.0 + i / RATE, 0.1 * i, 0.0, 0.0, 1.5))
        recorder.frame(10.0 + i / RATE, picture, 0.2)
    recorder.save(tmp_path)
    recording = Recording.load(tmp_path)
    assert recording.poses.shape == (30, 5)
    assert recording.frames.shape == (16, 120, 160, 3)
    assert recording.frame_facts[3] == pytest.approx([10.2, 1.5, 0.2])


def test_a_drive_without_frames_is_recorded_too(tmp_path: Path) -> None:
    Recorder(film_length=1.0).save(tmp_path)
    recording = Recording.load(tmp_path)
    assert recording.poses.shape == (0, 5) and len(recording.frames) == 0


def test_the_film_shows_every_frame(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (20, 120, 160, 3)).astype(np.uint8)
    facts = np.stack((np.arange(20) / RATE, np.ones(20), np.zeros(20)), axis=1)
    write_film(tmp_path / "camera.mp4", frames, facts)
    film = cv2.VideoCapture(str(tmp_path / "camera.mp4"))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == 20
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(RATE)
    with pytest.raises(DeviceError, match="another folder"):
        write_film(tmp_path / "nowhere" / "camera.mp4", frames, facts)


@pytest.mark.parametrize("step", [0.0, 1e-9, -0.1, 1e9])
def test_a_film_has_a_rate_that_players_show_whatever_the_stamps(tmp_path: Path, step) -> None:
    frames, facts = np.zeros((5, 120, 160, 3), np.uint8), np.zeros((5, 3))
    facts[:, 0] = step * np.arange(5)
    write_film(tmp_path / "camera.mp4", frames, facts)
    film = cv2.VideoCapture(str(tmp_path / "camera.mp4"))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == 5
    assert 1.0 <= film.get(cv2.CAP_PROP_FPS) <= 240.0


def test_a_film_that_is_not_whole_is_none(tmp_path: Path, monkeypatch) -> None:
    """A full disk is not told by OpenCV."""
    before = (tmp_path / "camera.mp4").write_bytes(b"an older one")
    frames = np.zeros((5, 120, 160, 3), np.uint8)
    monkeypatch.setattr(film, "_compose", lambda *_: np.zeros((1, 1, 3), np.uint8))  # refused
    with pytest.raises(DeviceError, match="camera.mp4 cannot be written: is the disk full?"):
        write_film(tmp_path / "camera.mp4", frames, np.arange(15.0).reshape(5, 3))
    assert [file.stat().st_size for file in tmp_path.iterdir()] == [before]


@pytest.mark.parametrize("name", ["reinvent_base", "Oval_track", "Bowtie_track", "AWS_track"])
def test_the_picture_shows_the_driven_line_in_the_colours_of_speed(name: str) -> None:
    track = load_track(name).track
    empty = draw_drive(track, False, np.empty((0, 2)), np.empty(0), "title")
    positions = track.centre_line.at(np.arange(0.0, track.length / 2.0, 0.05))[0]
    speeds = np.linspace(0.5, 2.0, len(positions))
    drawn = draw_drive(track, True, positions, speeds, "title")
    assert drawn.shape == empty.shape
    changed = (drawn != empty).any(axis=2)
    hues = cv2.cvtColor(drawn, cv2.COLOR_BGR2HSV)[..., 0][changed]
    assert np.ptp(hues) > 60  # From red to blue.


def test_no_line_is_drawn_where_the_car_was_put_back(track: Track) -> None:
    (a, b), _ = track.centre_line.at(np.array([0.0, track.length / 2.0]))
    assert math.dist(a, b) > 1.0
    jump = draw_drive(track, False, np.array([a, b]), np.ones(2), "")
    nothing = draw_drive(track, False, np.empty((0, 2)), np.ones(2), "")
    assert np.array_equal(jump, nothing)
