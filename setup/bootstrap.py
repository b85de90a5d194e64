# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Makes .venv, installs pinned packages into it and builds the workspace; each step only when due.

Usage: `python3 setup/bootstrap.py base [trainer] [test]`, as ./deepracer does. It runs under the
machine's own Python, before anything is installed: standard library only. What is done is noted in
.venv by the fingerprint of what went into it, so a later call compares hashes and returns at once.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "setup" / "requirements"
STATE_FILE = VENV / "setup-state.json"
LOCK_FILE = ROOT / ".setup.lock"
SYSTEM_ROS = os.environ.get("ROS_DISTRO") == "jazzy"
NUMPY_PINS = REQUIREMENTS / ("numpy-jazzy.txt" if SYSTEM_ROS else "numpy.txt")
PACKAGE_FOLDERS = (*sorted((ROOT / "src").glob("*")), ROOT / "launch", ROOT / "tests")
BUILD_INPUTS = ("package.xml", "setup.py", "setup.cfg", "CMakeLists.txt", "msg/*.msg", "srv/*.srv")
INSTALLED_BY_NAME = ("*.launch.py", "config/**/*.yaml")
BUILT = ("build", "install")
OLDEST_CMAKE = (3, 22)


class SetupError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Step:
    """One part of the set-up.

    It is due unless its fingerprint is the one noted when it last ran, and what it made is there.
    """

    name: str
    title: str
    fingerprint: str
    run: Callable[[], None]
    made: Sequence[Path] = ()

    def is_due(self, done: dict[str, str]) -> bool:
        """Returns whether it has to run, by what was noted."""
        return done.get(self.name) != self.fingerprint or not all(map(Path.exists, self.made))


def main(requirement_sets: list[str]) -> int:
    """Brings the workspace up to date; returns the exit status."""
    try:
        steps = plan(requirement_sets)
        if not due_steps(steps):
            return 0
        check_machine()
        with only_one_at_a_time():
            for step in due_steps(steps):
                run_step(step)
    except SetupError as error:
        say(str(error))
        return 3
    except KeyboardInterrupt:
        say("set-up interrupted; the next call goes on from here")
        return 130
    return 0


def plan(requirement_sets: Iterable[str]) -> list[Step]:
    """Returns every step that the requirement sets need, in order."""
    place = f"{ROOT} {sys.version_info[:2]} {'ROS' if SYSTEM_ROS else 'wheels'}"
    steps = [Step("environment", "Making .venv", fingerprint(place), make_environment)]
    if not SYSTEM_ROS:
        wheels = REQUIREMENTS / "ros-wheels.txt"
        title = "Installing ROS 2 Jazzy (wheels)"
        steps.append(Step("ros", title, fingerprint(wheels), partial(install_ros, wheels)))
    for name in requirement_sets:
        file = REQUIREMENTS / f"{name}.txt"
        mark = fingerprint(file, NUMPY_PINS)
        title = f"Installing the {name} packages"
        steps.append(Step(name, title, mark, partial(install, file)))
    if not SYSTEM_ROS:
        numpy_mark = fingerprint(NUMPY_PINS, REQUIREMENTS / "ros-wheels.txt")
        steps.append(Step("paths", "Correcting paths in the wheels", numpy_mark, correct_paths))
    # Who works with colcon removes these two folders as a matter of course.
    made = [ROOT / top / folder.name for top in BUILT for folder in (ROOT / "src").glob("*")]
    title = "Building the workspace"
    steps.append(Step("workspace", title, workspace_mark(), build_workspace, made))
    return steps


def due_steps(steps: list[Step]) -> list[Step]:
    """Returns the steps still to run; all of them after an installation that was cut short."""
    done = read_state()
    if done.get("running") not in (None, "paths", "workspace"):
        return steps
    if done.get("environment") != steps[0].fingerprint or not VENV_PYTHON.exists():
        return steps
    return [step for step in steps if step.is_due(done)]


def run_step(step: Step) -> None:
    """Runs a step; notes that it runs, then that it is done."""
    say(f"{step.title} …")
    start = time.monotonic()
    if step.name != "environment":
        write_state({**read_state(), "running": step.name})
    try:
        step.run()
    except SetupError:  # refused in good order, by pip say, which undoes its half-done work
        note(step, done=False)
        raise
    note(step, done=True)
    say(f"… done in {time.monotonic() - start:.0f} s")


def note(step: Step, *, done: bool) -> None:
    """Notes that a step no longer runs and, if done, its fingerprint."""
    state = read_state()
    state.pop("running", None)
    if done:
        state[step.name] = step.fingerprint
    if VENV.is_dir():
        write_state(state)


def make_environment() -> None:
    """Makes an empty virtual environment; what was built on an earlier one goes with it."""
    STATE_FILE.unlink(missing_ok=True)
    for name in BUILT:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    options = ["--clear", *(["--system-site-packages"] if SYSTEM_ROS else [])]
    advice = "if ensurepip is missing: sudo apt install python3-venv"
    interpreter = os.path.realpath(sys.executable)  # not that of the environment to be cleared
    call([interpreter, "-m", "venv", *options, VENV], f"cannot make {VENV}; {advice}")


def install_ros(wheels: Path) -> None:
    """Installs the ROS wheels by hash, since the ROS project does not publish them itself."""
    pip("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", wheels)
    # colcon asks of every ROS prefix that it has one; there is nothing to set beyond setup/env.sh.
    (VENV / "local_setup.sh").write_text("", encoding="utf-8")


def install(requirements: Path) -> None:
    """Installs one requirements file at the numpy version that this kind of workspace uses."""
    pip("-c", NUMPY_PINS, "-r", requirements)


def correct_paths() -> None:
    """Replaces the Python and numpy include folders of the machine that built the ROS wheels."""
    numpy = "import numpy; print(numpy.get_include())"
    numpy_include = subprocess.check_output([VENV_PYTHON, "-c", numpy], text=True).strip()
    python_include = sysconfig.get_path("include")
    for file in VENV.glob("share/*/cmake/*.cmake"):
        text = file.read_text(encoding="utf-8")
        fixed = re.sub(r'/opt/python/[^;"]*/numpy/_core/include', numpy_include, text)
        fixed = re.sub(r'/opt/python/[^;"]*/include/python3\.\d+', python_include, fixed)
        if fixed != text:
            file.write_text(fixed, encoding="utf-8")


def build_workspace() -> None:
    """Builds every package with colcon; Python packages are linked, so edits need no new build."""
    build = f"colcon build --symlink-install --cmake-args -DPython3_EXECUTABLE={VENV_PYTHON}"
    command = f"source setup/env.sh && {build}"
    call(["bash", "-c", command], "colcon build failed; its messages are above and in log/")


def pip(*arguments: str | Path) -> None:
    """Runs pip install in the virtual environment."""
    command: list[str | Path] = [VENV_PYTHON, "-I", "-m", "pip", "install", "-qq", "--no-input"]
    advice = "pip's message is above; check the network connection, then run ./deepracer again"
    call([*command, *arguments], f"cannot install packages: {advice}")


def say(message: str) -> None:
    """Tells the user what goes on; on standard error, which leaves the command's output alone."""
    print(f"./deepracer: {message}", file=sys.stderr, flush=True)


def call(command: Sequence[str | Path], message: str) -> None:
    """Runs a program, its output on standard error; raises SetupError(message) if it fails."""
    if subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode:
        raise SetupError(message)


def check_machine() -> None:
    """Raises SetupError, with what to install, where something that building needs is missing."""
    distribution = os.environ.get("ROS_DISTRO")
    if distribution not in (None, "", "jazzy"):
        raise SetupError(f"ROS 2 {distribution} is sourced; use a shell with jazzy or without ROS")
    if not SYSTEM_ROS and (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise SetupError("ROS wheels are for Linux on x86-64; elsewhere source ROS 2 Jazzy first")
    if not any(map(shutil.which, (os.environ.get("CXX", "c++"), "g++", "clang++"))):
        raise SetupError("no C++ compiler found; sudo apt install g++, or set CXX")
    if not shutil.which("cmake"):
        raise SetupError("no CMake found; sudo apt install cmake")
    first_line = subprocess.check_output(["cmake", "--version"], text=True).splitlines()[0]
    version = tuple(int(part) for part in re.findall(r"\d+", first_line)[:2])
    if version < OLDEST_CMAKE:
        raise SetupError(f"{first_line} is too old; install CMake 3.22 or newer")
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.is_file():
        raise SetupError(f"Python's headers are missing ({header}); sudo apt install python3-dev")


def workspace_mark() -> str:
    """Returns the fingerprint of all that a build copies, compiles or links by name."""
    wheels = [] if SYSTEM_ROS else [REQUIREMENTS / "ros-wheels.txt"]
    names = map(str, files_of_packages(INSTALLED_BY_NAME))
    inputs = (ROOT / "colcon.meta", NUMPY_PINS, *wheels, *files_of_packages(BUILD_INPUTS))
    return fingerprint(*inputs, *names)


def files_of_packages(patterns: Iterable[str]) -> list[Path]:
    """Returns the files that match any of the patterns in any package's folder, sorted."""
    return sorted(file for at in PACKAGE_FOLDERS for glob in patterns for file in at.glob(glob))


def fingerprint(*parts: str | Path) -> str:
    """Returns the SHA-256 over texts and over names and contents of files."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else b""
        digest.update(str(part).encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


def read_state() -> dict[str, str]:
    """Returns the fingerprints noted so far; nothing where the note is missing or damaged."""
    try:
        return dict(json.loads(STATE_FILE.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def write_state(state: dict[str, str]) -> None:
    """Replaces the note in one go, so that a reader never sees half of it."""
    fresh = STATE_FILE.with_suffix(".new")
    fresh.write_text(json.dumps(state, indent=2), encoding="utf-8")
    fresh.replace(STATE_FILE)


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Holds the set-up lock, waiting where another call has it; it ends with the process."""
    with LOCK_FILE.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up to finish …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
