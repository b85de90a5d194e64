# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The path from camera to pulses on the car's kind of processor, an Atom without AVX.

QEMU emulates one of the same core family, on which any AVX instruction is fatal. What runs there
without dying runs on the car, and has to make the same pulses as on this machine.
"""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from deepracer_core.model_metadata import metadata_text
from deepracer_sim.env import default_actions
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import random_start
from deepracer_trainer.export import write_model
from deepracer_trainer.learner import build_cars, build_learner, read_inputs
from deepracer_trainer.run_folder import TrainSettings

FRAMES, FEW_FRAMES = 100, 10
PROGRAM = Path(__file__).with_name("drive_path.py")
QEMU = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
PATIENCE = 300.0  # [s]; only a hanging program takes so long
# What the path has to do without: ROS, the simulator and the trainer, and all that they need.
FOREIGN = {"deepracer_ros", "deepracer_sim", "deepracer_trainer", "numba", "rclpy", "torch"}
AWS_NETWORK = "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"
AWS_MODELS = ("ppo_discrete_mono", "ppo_continuous_mono", "sac_continuous_mono")

Result = dict[str, Any]  # what drive_path.py prints, or the part of it for one model

RUN_MACHINE_CODE = """
import ctypes, mmap, resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(bytes.fromhex(sys.argv[1]))
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()
"""
SSE4_2_INSTRUCTION = "660f3837c0 c3"  # pcmpgtq xmm0, xmm0; ret
AVX_INSTRUCTION = "c5fc57c0 c5f877 c3"  # vxorps ymm0, ymm0, ymm0; vzeroupper; ret


def run_python(prefix: list[str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*prefix, sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


def drive(prefix: list[str], pictures: Path, *models: Path) -> Result:
    done = run_python(prefix, PROGRAM, pictures, *models)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def atom() -> list[str]:
    """What runs a program on the emulated Atom, put before its command line."""
    if QEMU is None:
        pytest.skip("no qemu-x86_64 to emulate the car's processor: apt-get install qemu-user")
    return [QEMU, "-cpu", "Denverton"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Views from all over the track, off-centre and askew."""
    return render(tmp_path_factory.mktemp("pictures"), FRAMES)


def render(folder: Path, count: int) -> Path:
    simulation = Simulation("reinvent_base", count)
    generator = np.random.default_rng(0)
    starts = [random_start(simulation.track, "both", generator) for _ in range(count)]
    simulation.reset(np.arange(count), starts)
    poses = simulation.state[:, :3] + generator.normal(0.0, (0.1, 0.1, 0.3), (count, 3))
    for index, image in enumerate(simulation.renderer.bgr(poses)):
        cv2.imwrite(str(folder / f"{index}.png"), image)
    return folder


@pytest.fixture(scope="module")
def shipped(atom: list[str], pictures: Path, repository: Path) -> tuple[Result, Result]:
    """What the shipped model's drive gives on this machine and on the Atom."""
    model = repository / "models" / "reinvent_v1"
    return drive([], pictures, model), drive(atom, pictures, model)


def assert_same_drive(here: Result, there: Result, frames: int, tolerance_ns: int = 0) -> None:
    assert here["accepted"] == there["accepted"] == frames
    assert np.ptp(here["values"], axis=0).max() > 0.1, "the pictures hardly matter"
    np.testing.assert_allclose(here["values"], there["values"], rtol=0.0, atol=1e-5)
    gap_ns = np.abs(np.subtract(here["pulses"], there["pulses"]))
    assert gap_ns.shape == (frames, 2)
    assert gap_ns.max() <= tolerance_ns


def test_the_emulated_processor_is_an_atom_without_avx(shipped: tuple[Result, Result]) -> None:
    _, there = shipped
    assert "Atom" in there["processor"]
    assert there["features"] == ["sse4_2"]


@pytest.mark.parametrize(
    ("code", "status"), [(SSE4_2_INSTRUCTION, 0), (AVX_INSTRUCTION, -signal.SIGILL)]
)
def test_avx_is_fatal_there_and_sse4_2_is_not(atom: list[str], code: str, status: int) -> None:
    assert run_python(atom, "-c", RUN_MACHINE_CODE, code).returncode == status


def test_a_hundred_frames_make_the_same_pulses(shipped: tuple[Result, Result]) -> None:
    here, there = (result["drives"][0] for result in shipped)
    assert_same_drive(here, there, FRAMES)
    assert len({tuple(pulses) for pulses in here["pulses"]}) >= 3


def test_the_path_needs_neither_ros_nor_the_trainer(shipped: tuple[Result, Result]) -> None:
    for result in shipped:
        assert "deepracer_servo" in result["imported"]
        assert not FOREIGN & set(result["imported"])


def test_the_aws_network_runs_there(atom: list[str], tmp_path: Path) -> None:
    settings = TrainSettings(network=AWS_NETWORK, cars=1)
    inputs = read_inputs(settings)
    learner = build_learner(settings, inputs, build_cars(settings, inputs))
    with torch.no_grad():  # Untrained, all actions are as good as equally probable.
        learner.policy.action_net.weight *= 100.0
    text = metadata_text(default_actions(), AWS_NETWORK)
    write_model(learner.policy, default_actions(), text, tmp_path / "model")
    # 5.8 million weights take the emulator a while.
    (tmp_path / "pictures").mkdir()
    pictures = render(tmp_path / "pictures", FEW_FRAMES)
    here, there = (drive(prefix, pictures, tmp_path / "model") for prefix in ([], atom))
    assert_same_drive(here["drives"][0], there["drives"][0], FEW_FRAMES)


def test_models_in_aws_format_make_the_same_pulses(
    atom: list[str], pictures: Path, shared: Path
) -> None:
    folder = shared / "fixtures" / "aws_models"
    models = [folder / name / "model.tar.gz" for name in AWS_MODELS]
    here, there = (drive(prefix, pictures, *models)["drives"] for prefix in ([], atom))
    for name, ours, theirs in zip(AWS_MODELS, here, there, strict=True):
        # A mean that differs in its last bit may round to the next nanosecond.
        assert_same_drive(ours, theirs, FRAMES, tolerance_ns=0 if "discrete" in name else 1)
