# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""One frame, one tensor; one action, one pair of pulses: the same in every package.

The numbers written here were true once and have to stay true: a change to one of them changes what
models see or what a car does, and is to be made on purpose.
"""

from pathlib import Path

import numpy as np
import pytest
from builtin_interfaces.msg import Time

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_core.observation import to_tensor
from deepracer_core.pulses import Pulses
from deepracer_inference.policy import load_policy
from deepracer_ros.image_messages import bgr_to_image, image_to_bgr
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import Mode
from deepracer_servo.freshness import Moment
from deepracer_servo.settings import ServoSettings
from deepracer_sim.env import DeepRacerEnv
from deepracer_sim.plant import PlantCar, PlantSettings
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import Start
from deepracer_trainer.verification import sample_frames

# Grey by (row, column) of what is seen from the start of re:Invent 2018: sky, wall, field, line,
# road, dash. Frames of the hosted service show 177, 1 to 24, 133, 210, 53 and 142 there.
GOLDEN_GREY = {
    (5, 80): 178,
    (20, 80): 17,
    (45, 150): 134,
    (59, 4): 211,
    (60, 10): 53,
    (100, 80): 143,
}
STOCK_PULSES = {
    Action(0.0, 0.0): Pulses(1_450_000, 1_446_000),
    Action(np.radians(30.0), 1.0): Pulses(1_700_000, 1_381_875),
    Action(np.radians(-30.0), 2.0): Pulses(1_200_000, 1_338_000),
    Action(np.radians(15.0), 4.0): Pulses(1_575_000, 1_311_000),
    Action(0.0, -1.0): Pulses(1_450_000, 1_520_812),
}


def seen_from(share: float) -> Simulation:
    simulation = Simulation("reinvent_base", 1)
    simulation.reset(np.arange(1), [Start(share, False)])
    return simulation


def test_the_picture_at_the_start_of_reinvent_base_is_the_golden_one() -> None:
    frame = seen_from(0.0).frames()[0]
    assert {place: frame[place] for place in GOLDEN_GREY} == GOLDEN_GREY


@pytest.mark.parametrize("share", [0.0, 0.21, 0.5, 0.83])
def test_one_frame_gives_one_tensor_in_trainer_simulator_and_inference_node(share: float) -> None:
    simulation = seen_from(share)
    published = bgr_to_image(simulation.renderer.bgr(simulation.state[:, :3])[0], Time(), "camera")
    in_the_node = to_tensor(image_to_bgr(published))
    env = DeepRacerEnv()
    env.reset(seed=0)
    env.simulation.reset(np.arange(1), [Start(share, False)])
    in_the_trainer = env.simulation.frames()[0]
    np.testing.assert_array_equal(in_the_node, in_the_trainer.astype(np.float32))


def test_sim_node_publishes_what_policies_train_on() -> None:
    car = PlantCar(PlantSettings(start=0.4))
    np.testing.assert_array_equal(to_tensor(car.frame()), seen_from(0.4).frames()[0])


@pytest.mark.parametrize(("action", "pulses"), STOCK_PULSES.items())
def test_an_action_makes_the_golden_pulses_and_the_stock_car_obeys_them(
    action: Action, pulses: Pulses
) -> None:
    assert Calibration().pulses(action) == pulses
    control = DriveControl(ServoSettings(), Calibration())
    control.set_mode(Mode.MANUAL)
    now = Moment(10**9, 10**9)
    control.output(now)
    control.manual_command("drive", 10**9, action, now)
    assert control.output(now).pulses == pulses
    np.testing.assert_allclose(Calibration().action(pulses), action, atol=1e-4)


def test_a_policy_output_makes_the_pulses_of_the_action_that_evaluation_drives(
    repository: Path,
) -> None:
    model = load_policy(repository / "models" / "reinvent_v1")
    control = DriveControl(ServoSettings(), Calibration())
    control.set_model(model.id, model.metadata.text)
    control.set_mode(Mode.AUTONOMOUS)
    for k, frame in enumerate(sample_frames("reinvent_base", 50, seed=4), start=1):
        values = model.policy.infer(frame.astype(np.float32))
        decision = model.metadata.action_space.decode(values)
        now = Moment(k * 10**9, k * 10**9)
        control.output(now)
        control.policy_output(k * 10**9, model.id, list(values), decision.index, now)
        output = control.output(now)
        assert output.status.enabled, output.status.stop_reason
        assert output.pulses == Calibration().pulses(decision.action)
