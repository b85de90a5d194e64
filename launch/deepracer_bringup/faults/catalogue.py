# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""All faults, in the order in which they are injected. A new one is one more entry here."""

from __future__ import annotations

from math import inf, nan

from deepracer_bringup.faults.camera_faults import camera
from deepracer_bringup.faults.device_faults import clock_set, device, read_only_throttle
from deepracer_bringup.faults.fault import Fault
from deepracer_bringup.faults.message_faults import (
    OTHER_MODEL_ID,
    corrupted,
    fields,
    flooded,
    fragment,
    garbage,
    killed_in_flood,
    repeat_stamp,
    shift_stamp,
    silence,
)
from deepracer_bringup.faults.process_faults import hang, kill
from deepracer_bringup.faults.service_faults import (
    emergency_stop,
    full_disk,
    no_mode,
    replaced_model,
    restart_with,
)
from deepracer_bringup.faults.sources import POLICY

HOUR = 3600  # [s]
# What drive_state has to say, or one of them; nothing where nobody is there to say it.
SILENT = ("no fresh command",)
STOPPED_CLOCK = ("the clock", *SILENT)
DISABLED = ("mode is DISABLED",)
DEVICE = ("could not be written",)
MUTE = ()


def _process(
    name: str,
    process: str,
    killed: tuple[str, ...],
    hung: tuple[str, ...],
    stage: str = "simulator",
    passing: bool = False,
) -> tuple[Fault, Fault]:
    """Return the faults of a process that dies and that hangs, and what is said about either."""
    return (
        Fault(
            f"kill-{name}", f"kill -9 of {process}", stage, kill(process), killed, passing=passing
        ),
        Fault(
            f"hang-{name}", f"SIGSTOP of {process}", stage, hang(process), hung, passing=passing
        ),
    )


PROCESSES = (
    *_process("simulator", "sim_node", STOPPED_CLOCK, STOPPED_CLOCK),
    *_process("inference", "inference_node", SILENT, SILENT),
    *_process("servo", "servo_node", DISABLED, MUTE),
    *_process("guard", "guard", DEVICE, DEVICE, passing=True),
    Fault(
        "kill-guard-and-servo",
        "kill -9 of the guard, then of servo_node: the Maestro stops by itself",
        "simulator",
        kill("guard", "servo_node"),
        DISABLED,
    ),
)
FLOODS = (
    *(
        Fault(
            f"flood-{name}",
            f"{what} at 1 kHz, then kill -9 of inference_node",
            "simulator",
            killed_in_flood("inference_node", topic),
            ("stamp", *SILENT),
        )
        for name, what, topic in (
            ("pictures", "copies of one picture", "image_raw"),
            ("commands", "manual commands in AUTONOMOUS", "drive"),
        )
    ),
    Fault(
        "flood-outputs",
        "outputs of another model at 1 kHz between the right ones",
        "simulator",
        flooded(POLICY),
        ("of model", "stamp"),
    ),
)
SERVICES = (
    Fault(
        "emergency-stop",
        "the emergency stop, which a person clears",
        "simulator",
        emergency_stop,
        ("latched",),
        check=no_mode,
    ),
    Fault(
        "model-replaced",
        "another model is loaded while the car drives",
        "simulator",
        replaced_model,
        ("new model",),
        passing=True,
    ),
    Fault(
        "disk-full",
        "the calibration is saved on a full disk",
        "simulator",
        full_disk,
        ("CALIBRATION",),
    ),
)
CALIBRATION = tuple(
    Fault(
        f"calibration-{name}",
        f"servo_node dies, and starts with a calibration file that is {what}",
        "simulator",
        restart_with(damage),
        ("calibration file",),
        check=no_mode,
    )
    for name, what, damage in (
        ("damaged", "cut in half", lambda text: text[: len(text) // 2]),
        ("empty", "empty", lambda _: ""),
        ("newer", "of a newer version", lambda text: text.replace("format: 1", "format: 2")),
    )
)
SERIAL = tuple(
    Fault(f"port-{name}", what, "simulator", device(harm, "restore"), DEVICE)
    for name, what, harm in (
        ("gone", "the Maestro's USB cable is pulled out", "unplug"),
        ("stuck", "the serial port takes no bytes", "stick"),
        ("silent", "the Maestro answers nothing", "silence"),
        ("garbage", "the Maestro answers garbage", "babble"),
    )
)
OUTPUTS = tuple(
    Fault(f"policy-{name}", f"{POLICY} {what}", "commands", corrupted(change), reasons, POLICY)
    for name, what, change, reasons in (
        ("nan", "has NaN", fields(values=(0.1, nan, 0.1)), ("NaN",)),
        ("infinite", "has infinity", fields(values=(0.1, inf, 0.1)), ("infinity",)),
        ("short", "has a value too few", fields(values=(0.1, 0.8)), ("shape",)),
        ("long", "has a value too many", fields(values=(0.1, 0.8, 0.1, 0.0)), ("shape",)),
        ("index", "has an index beyond the actions", fields(action=3), ("index",)),
        ("stale", "is of a picture a second old", shift_stamp(-1.0), ("stamp", "older")),
        ("future", "is of a picture a second ahead", shift_stamp(1.0), ("future",)),
        ("repeated", "has the same stamp again and again", repeat_stamp, ("stamp",)),
        ("wrong-model", "is of another model", fields(model_id=OTHER_MODEL_ID), ("of model",)),
        ("garbage", "is no message", garbage, SILENT),
        ("fragment", "is cut off", fragment, SILENT),
        ("silent", "stops", silence, SILENT),
    )
)
BY_HAND = tuple(
    Fault(
        f"{topic.replace('_', '-')}-{name}",
        f"{topic} {what}",
        "commands",
        corrupted(change),
        reasons,
        topic,
    )
    for topic in ("drive", "cmd_vel")
    for name, what, change, reasons in (
        ("nan", "has NaN", fields(speed=nan), ("finite",)),
        ("infinite", "has infinity", fields(turn=inf), ("finite",)),
        ("huge", "asks for 1e30 m/s", fields(speed=1e30), ("speed", "m/s")),
        ("garbage", "is no message", garbage, SILENT),
        ("fragment", "is cut off", fragment, SILENT),
        ("silent", "stops", silence, SILENT),
    )
)
JOY = tuple(
    Fault(f"joy-{name}", f"joy {what}", "commands", corrupted(change), reasons, "joy")
    for name, what, change, reasons in (
        ("released", "has its enable button let go", fields(buttons=(0,) * 6), ("not held",)),
        ("nan", "has NaN", fields(axes=(0.0, nan)), ("finite",)),
        ("short", "has an axis too few", fields(axes=(0.0,)), ("axes",)),
        ("silent", "stops", silence, SILENT),
    )
)
CAMERA = (
    *_process("camera", "camera_node", SILENT, SILENT, stage="camera"),
    *(
        Fault(f"camera-{name}", what, "camera", camera(parameter, value), reasons)
        for name, what, parameter, value, reasons in (
            ("unplugged", "the camera is gone", "fake_unplugged", True, SILENT),
            (
                "frozen",
                "the camera shows one picture, with fresh stamps",
                "fake_frozen",
                True,
                ("frozen",),
            ),
            ("past", "pictures are an hour old", "fake_stamp_offset", -3600.0, SILENT),
            ("future", "pictures are an hour ahead", "fake_stamp_offset", 3600.0, ("future",)),
        )
    ),
)
CLOCK = tuple(
    Fault(
        f"clock-{way}",
        f"the system clock is set {way} by an hour",
        "clock",
        clock_set(seconds),
        ("the clock jumped",),
        passing=True,
    )
    for way, seconds in (("forwards", HOUR), ("backwards", -HOUR))
)
SYSFS = (
    *_process("servo-sysfs", "servo_node", DISABLED, MUTE, stage="sysfs"),
    *_process("guard-sysfs", "guard", DEVICE, DEVICE, stage="sysfs", passing=True),
    Fault("sysfs-gone", "the PWM chip is gone", "sysfs", device("unplug", "replug"), DEVICE),
    Fault(
        "sysfs-read-only",
        "the throttle's duty_cycle cannot be written",
        "sysfs",
        read_only_throttle,
        DEVICE,
    ),
)
CATALOGUE = (
    *PROCESSES,
    *FLOODS,
    *SERVICES,
    *CALIBRATION,
    *SERIAL,
    *OUTPUTS,
    *BY_HAND,
    *JOY,
    *CAMERA,
    *CLOCK,
    *SYSFS,
)
