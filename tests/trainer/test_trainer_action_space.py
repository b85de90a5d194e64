# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer action-space`: grids, bounds and proposals from logs, all of them usable."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.errors import ConfigError
from deepracer_core.model_metadata import ModelMetadata
from deepracer_trainer.action_proposal import propose_actions
from deepracer_trainer.action_space_command import SPEEDS, main, numbers
from deepracer_trainer.sim_trace import HEADER

GRID = ["--speeds", "1:3:0.5", "--angles", "-30:30:10"]


def written(arguments: Sequence[str], folder: Path) -> ModelMetadata:
    file = folder / "model_metadata.json"
    assert main([*arguments, "--out", str(file)]) == 0
    return ModelMetadata.parse(file.read_text())


def test_a_grid_has_every_angle_with_every_speed(tmp_path: Path) -> None:
    space = written(GRID, tmp_path).action_space
    pairs = [(round(np.degrees(a.steering_angle), 6), a.speed) for a in space.actions]
    assert pairs == [
        (angle, speed) for angle in range(-30, 31, 10) for speed in (1, 1.5, 2, 2.5, 3)
    ]


def test_without_a_file_the_metadata_are_all_of_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*GRID, "--network", "DEEP_CONVOLUTIONAL_NETWORK"]) == 0
    output = capsys.readouterr()
    metadata = ModelMetadata.parse(output.out)
    assert metadata.action_space.output_count == 35
    assert metadata.neural_network == "DEEP_CONVOLUTIONAL_NETWORK"
    assert "the AWS console took 30 at most" in output.err


@pytest.mark.parametrize(("algorithm", "squash"), [("clipped_ppo", "clip"), ("sac", "tanh")])
def test_bounds_are_the_lowest_and_the_highest(
    algorithm: str, squash: str, tmp_path: Path
) -> None:
    options = ["--speeds", "0.5:2", "--angles", "-20:30", "--continuous", "--algorithm", algorithm]
    space = written(options, tmp_path).action_space
    assert np.degrees([space.steering_low, space.steering_high]) == pytest.approx([-20.0, 30.0])
    assert (space.speed_low, space.speed_high, space.squash) == (0.5, 2.0, squash)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1:3:0.5", [1.0, 1.5, 2.0, 2.5, 3.0]),
        ("1:1.9:0.3", [1.0, 1.3, 1.6, 1.9]),
        ("1:2:0.4", [1.0, 1.4, 1.8]),
        ("2", [2.0]),
        ("2:1", [1.0, 2.0]),
        ("3,1,1", [1.0, 3.0]),
    ],
)
def test_ranges_and_lists_of_numbers(text: str, expected: list[float]) -> None:
    assert numbers(text, SPEEDS) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "1:2:3:4", "1:3:0", "3:1:1", "1:3:-1", "1:2,3", "1:3:1e-9", "nan:2:1", "1,,2"],
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no range"):
        numbers(text, SPEEDS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--speeds", "1:5:1", "--angles", "0,10"], "--speeds: 5: allowed is 0.1 to 4"),
        (["--speeds", "1", "--angles", "-40,40"], "--angles: -40, 40: allowed is -30 to 30"),
        (["--speeds", "1:3", "--angles", "-30:30:10"], "--speeds: '1:3' has no step: give"),
        (["--speeds", "nan", "--angles", "0,10"], "--speeds: nan: allowed"),
        (["--speeds", "1", "--angles", "0"], "that makes 1 actions, allowed are 2 to 256"),
        (["--speeds", "0.1:4:0.1", "--angles", "-30:30:1"], "that makes 2440 actions"),
        (["--speeds", "1:2"], "give --speeds and --angles, or --from-logs"),
        ([*GRID, "--from-logs", "."], "give --speeds and --angles, or --from-logs"),
        (["--from-logs", ".", "--continuous"], "cannot be --continuous"),
        (["--from-logs", ".", "--actions", "1"], "--actions is 1, allowed is 2 to 256"),
        (["--from-logs", "."], "holds no logs of driving"),
        (["--from-logs", "missing"], "holds no logs of driving"),
        ([*GRID, "--algorithm", "sac"], "sac needs --continuous"),
        ([*GRID, "--network", "COMPAKT"], "did you mean COMPACT?"),
        ([*GRID, "--out", "."], "exists"),
        ([*GRID, "--out", "missing/file.json"], "cannot be written"),
        (["--continuous", "--speeds", "1", "--angles", "-5:5"], "--continuous needs low:high"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def trace(folder: Path, episodes: list[tuple[float, list[tuple[float, float]]]]) -> Path:
    """Write a trace of episodes: progress at the end, and (steering [deg], speed) of each step."""
    lines = [HEADER]
    for number, (progress, steps) in enumerate(episodes):
        for step, (angle, speed) in enumerate([(30.0, 4.0), *steps], start=1):
            share = progress * (step - 1) / len(steps)
            lines.append(
                f"{number},{step},0,0,0,{angle},{speed},[{angle} {speed}],0,False,True,{share},0,"
                "17.7,0,in_progress,0.0,0,0"
            )
    (folder / "training-simtrace").mkdir(parents=True)
    (folder / "training-simtrace" / "0-iteration.csv").write_text("\n".join(lines) + "\n0,1,half")
    return folder


def test_clusters_of_the_laps_are_proposed(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    centres = [(-20.0, 1.0), (0.0, 3.0), (20.0, 1.5)]
    steps = [
        (angle + random.normal(0.0, 0.5), speed + random.normal(0.0, 0.02))
        for angle, speed in centres
        for _ in range(100)
    ]
    run = trace(tmp_path, [(100.0, steps), (60.0, [(10.0, 4.0)] * 50)])
    proposal = propose_actions(run, 3)
    assert (proposal.episodes, proposal.laps) == (1, True)
    found = [(np.degrees(a.steering_angle), a.speed) for a in proposal.actions]
    np.testing.assert_allclose(found, centres, atol=0.5)
    assert proposal.shares == pytest.approx([1 / 3] * 3)
    assert propose_actions(run, 3) == proposal


def test_without_laps_the_best_tenth_is_taken(tmp_path: Path) -> None:
    poor = [(float(progress), [(5.0, 1.0), (6.0, 1.0)]) for progress in range(19)]
    run = trace(tmp_path, [*poor, (50.0, [(-10.0, 2.0), (10.0, 2.0)])])
    proposal = propose_actions(run, 2)
    assert (proposal.episodes, proposal.laps) == (2, False)
    many = propose_actions(run, 8)
    assert {action.speed for action in many.actions} == {1.0, 2.0}
    assert sum(many.shares) == pytest.approx(1.0)


def test_actions_out_of_the_formats_range_are_brought_into_it(tmp_path: Path) -> None:
    run = trace(tmp_path, [(100.0, [(-45.0, 0.0), (45.0, 9.0)])])
    actions = propose_actions(run, 2).actions
    assert [round(np.degrees(a.steering_angle)) for a in actions] == [-30, 30]
    assert [a.speed for a in actions] == [0.1, 4.0]


def test_a_run_with_one_action_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="one action only"):
        propose_actions(trace(tmp_path, [(100.0, [(0.0, 1.0)] * 9)]), 5)


def test_a_file_that_is_no_trace_is_named(tmp_path: Path) -> None:
    (tmp_path / "3-iteration.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="3-iteration.csv is no trace of driving"):
        propose_actions(tmp_path, 5)


def test_the_hosted_services_own_logs_are_taken(shared: Path, tmp_path: Path) -> None:
    options = ["--from-logs", str(shared / "oracle"), "--actions", "6"]
    space = written(options, tmp_path).action_space
    assert space.output_count == 6
    assert {action.speed for action in space.actions} == {1.0, 2.0}


@given(
    st.lists(st.tuples(st.floats(-30.0, 30.0), st.floats(0.1, 4.0)), min_size=1, max_size=40),
    st.integers(2, 12),
)
def test_any_drive_gives_a_usable_space_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[float, float]], count: int
) -> None:
    run = trace(tmp_path_factory.mktemp("run"), [(100.0, steps)])
    try:
        proposal = propose_actions(run, count)
    except ConfigError as error:
        assert "one action only" in str(error)
    else:
        assert 2 <= len(proposal.actions) <= count
        assert len(proposal.shares) == len(proposal.actions)
