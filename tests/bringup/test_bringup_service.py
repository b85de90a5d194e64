# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer service`, into a staging folder; and what its udev rules do to files."""

import configparser
import grp
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deepracer_bringup import service_command
from deepracer_bringup.service import GROUPS, RULES_PATH, UNIT_PATH, reload_commands, service_files
from deepracer_bringup.service_command import main


def install(root: Path, *options: str) -> int:
    return main(["install", "--root", str(root), "--user", "pi", *options])


def unit_of(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read_string(text)
    return parser


def systemd_words(line: str) -> list[str]:
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]


def test_install_fills_in_who_where_and_what(tmp_path, repository):
    assert install(tmp_path, "--profile", "maestro", "--model", "/models/fast one") == 0
    service = unit_of((tmp_path / UNIT_PATH).read_text())["Service"]
    assert service["User"] == "pi"
    assert service["SupplementaryGroups"].split() == ["dialout", "video"]
    assert service["WorkingDirectory"] == str(repository)
    words = systemd_words(service["ExecStart"])
    assert words[-2:] == ["profile:=maestro", "model:=/models/fast one"]
    assert words[2].endswith('ros2 launch deepracer_bringup car.launch.py "$@"')
    assert (service["KillSignal"], service["Restart"]) == ("SIGINT", "on-failure")
    assert (tmp_path / UNIT_PATH).stat().st_mode & 0o777 == 0o644


def test_no_placeholder_is_left_and_sysfs_stays_writable(tmp_path):
    assert install(tmp_path) == 0
    unit = (tmp_path / UNIT_PATH).read_text()
    assert not re.search("@[a-z]+@", unit)
    service = unit_of(unit)["Service"]
    assert "ProtectKernelTunables" not in service
    assert "PrivateDevices" not in service


def test_without_a_model_the_car_starts_with_none(tmp_path):
    assert install(tmp_path) == 0
    service = unit_of((tmp_path / UNIT_PATH).read_text())["Service"]
    assert systemd_words(service["ExecStart"])[-1] == "profile:=deepracer"


def test_special_characters_survive_systemd():
    model = '/m/a "b" $HOME 100% \\x'
    files = service_files("pi", Path("/home/pi/50% done"), "deepracer", model)
    service = unit_of(files[UNIT_PATH])["Service"]
    assert systemd_words(service["ExecStart"])[-1] == f"model:={model}"
    assert service["WorkingDirectory"] == "/home/pi/50%% done"


def test_uninstall_removes_what_install_wrote(tmp_path):
    assert install(tmp_path) == 0
    assert main(["uninstall", "--root", str(tmp_path)]) == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert main(["uninstall", "--root", str(tmp_path)]) == 0


def test_show_writes_nothing_and_prints_files_and_commands(tmp_path, capsys):
    assert main(["show", "--root", str(tmp_path), "--user", "pi"]) == 0
    shown = capsys.readouterr().out
    words = "[Service]", 'SUBSYSTEM=="pwm"', "usermod --append --groups gpio,video pi"
    assert all(word in shown for word in words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_the_system_is_changed_by_root_only(command, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main([command]) == 2
    assert "sudo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--user", "root"], "does not run as root"),
        (["--user", "a b"], "no name of a user"),
        (["--profile", "lorry"], "lorry"),
        (["--now"], "--now"),
    ],
)
def test_bad_options_are_one_line_and_nothing_is_written(tmp_path, capsys, options, words):
    assert install(tmp_path, *options) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert words in errors[0]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "etc").write_text("a file")
    assert install(tmp_path) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_user_or_model_that_this_machine_lacks_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert main(["install", "--user", "no-such-user"]) == 2
    assert "no user no-such-user" in capsys.readouterr().err
    monkeypatch.setattr(service_command, "_service_user", lambda name, here: "pi")
    assert main(["install", "--model", "/no/such/model"]) == 2
    assert "no model package at /no/such/model" in capsys.readouterr().err


def test_a_car_that_could_not_start_is_not_installed_with_now(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(service_command, "_service_user", lambda name, here: "pi")
    monkeypatch.setattr(service_command, "REPOSITORY", tmp_path)
    assert main(["install", "--now"]) == 2
    assert "run ./deepracer setup first" in capsys.readouterr().err


def test_who_calls_sudo_runs_the_car(tmp_path, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ada")
    assert main(["install", "--root", str(tmp_path)]) == 0
    assert "User=ada" in (tmp_path / UNIT_PATH).read_text()


def test_only_what_runs_is_reloaded():
    assert reload_commands(udev=False, systemd=False) == []
    assert [command[0] for command in reload_commands(udev=True, systemd=True)] == [
        "udevadm",
        "udevadm",
        "systemctl",
    ]


def test_there_is_a_profile_of_the_car_for_every_choice(repository):
    folder = repository / "launch" / "config" / "profiles"
    assert {file.stem for file in folder.glob("*.yaml")} == set(GROUPS)


def rule_script(start: str, folder: Path) -> str:
    """Returns the shell script of a rule, for this user's group and a folder instead of sysfs."""
    rules = service_files("pi", Path("/"), "deepracer", "")[RULES_PATH]
    line = next(line for line in rules.splitlines() if line.startswith(start))
    (script,) = re.findall(r"""RUN\+="/bin/sh -c '(.*)'"$""", line)
    group = grp.getgrgid(os.getgid()).gr_name
    for special, meaning in (
        ("/sys%p", str(folder)),
        ("$$", "$"),
        ("chgrp gpio", f"chgrp {group}"),
    ):
        script = script.replace(special, meaning)
    return script


def test_the_pwm_rule_opens_what_the_car_writes_and_nothing_else(tmp_path):
    opened = ("export", "unexport", "pwm0/duty_cycle", "pwm0/enable", "pwm0/period")
    for name in (*opened, "uevent", "pwm0/uevent"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.touch(mode=0o644)
    script = rule_script('SUBSYSTEM=="pwm"', tmp_path)
    subprocess.run(["/bin/sh", "-c", script], check=True)
    writable = {
        str(file.relative_to(tmp_path))
        for file in tmp_path.rglob("*")
        if file.is_file() and file.stat().st_mode & 0o020
    }
    assert writable == set(opened)


def test_the_command_runs_without_the_workspace(repository):
    command = [repository / "deepracer", "service", "show", "--user", "pi"]
    environment = {"PATH": os.environ["PATH"]}
    shown = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert "User=pi" in shown.stdout
