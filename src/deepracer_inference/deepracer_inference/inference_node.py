# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the driving policy: image_raw in, one policy_output a frame out, newest frame only.

The model comes from the parameter `model` or the service `~/load_model`; what came by service is
loaded again after a crash. A model that does not fit is refused with the reason, and the one in
force stays. One that does not fit at the start leaves the node up without a model, in error on
/diagnostics: a car may start with a damaged file, and the service must be there to replace it. An
unknown device ends the node with exit status 2.
"""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections import Counter
from concurrent.futures import Future as Loading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import Image

from deepracer_core.action_space import DiscreteActionSpace
from deepracer_core.errors import ConfigError, DeepRacerError
from deepracer_core.observation import FrameStack, to_tensor
from deepracer_inference.last_model import LastModel, process_token, user_folder
from deepracer_inference.picture_watch import PictureWatch
from deepracer_inference.policy import LoadedPolicy, load_policy
from deepracer_inference.settings import InferenceSettings
from deepracer_inference.stage_times import StageTimes
from deepracer_interfaces.msg import Model, PolicyOutput
from deepracer_interfaces.srv import LoadModel
from deepracer_ros.diagnostics import ERROR, OK, WARN, DiagnosticsReporter, Health
from deepracer_ros.image_messages import image_to_bgr
from deepracer_ros.parameters import declare_settings
from deepracer_ros.qos import COMMAND, LATCHED, NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS, SENSOR
from deepracer_ros.spin import run_node

LONGEST_UNCHANGED_S = 1.0
"""A picture that is the same for longer is reported; a simulated car that stands causes it too."""


class InferenceNode(Node):
    """Turns frames into policy outputs."""

    def __init__(self) -> None:
        """Load the model that the parameters name, if any."""
        super().__init__("inference_node")
        self._settings = declare_settings(self, InferenceSettings)
        self._loaded: LoadedPolicy | None = None
        self._stack = FrameStack(1)
        self._no_model = "none was loaded yet: set the parameter model or call ~/load_model"
        self._refused = ""
        self._counts: Counter[str] = Counter()
        self._times = StageTimes()
        self._picture = PictureWatch()
        self._unchanged = 0.0
        self._last_frame: float | None = None
        self._last_report = time.monotonic(), 0
        self._worker = ThreadPoolExecutor(1, "load_model")
        # One small picture is too little work to share, and OpenCV's idle workers spin.
        cv2.setNumThreads(1)
        quiet = {"event_callbacks": NO_PUBLISHER_EVENTS}
        self._output = self.create_publisher(PolicyOutput, "policy_output", COMMAND, **quiet)
        self._model = self.create_publisher(Model, "model", LATCHED, **quiet)
        self._reporter = DiagnosticsReporter(self, "inference", self._health)
        self._last_model = LastModel(
            f"{self.get_fully_qualified_name()} {self.context.get_domain_id()}",
            self._settings.model,
            user_folder(),
            process_token(os.getppid()),
        )
        self._load_first()
        self.create_subscription(
            Image, "image_raw", self._infer, SENSOR, event_callbacks=NO_SUBSCRIPTION_EVENTS
        )
        # In a group of its own a slow load holds up the next load, but no frame.
        group = MutuallyExclusiveCallbackGroup()
        self.create_service(LoadModel, "~/load_model", self._load_model, callback_group=group)

    def destroy_node(self) -> None:
        """Let a load that is under way end, then destroy the node."""
        self._worker.shutdown()
        if sys.exception() is None:  # What an exception ends is a crash as well.
            self._last_model.forget()
        super().destroy_node()

    def _infer(self, message: Image) -> None:
        stamp = message.header.stamp
        captured_ns = stamp.sec * 10**9 + stamp.nanosec
        queue = (self.get_clock().now().nanoseconds - captured_ns) * 1e-9
        self._counts["frames"] += 1
        self._last_frame = started = time.monotonic()
        self._unchanged = self._picture.unchanged(message.data.tobytes(), captured_ns)
        loaded = self._loaded
        if loaded is None:
            self._counts["dropped, no model"] += 1
            return
        if queue > self._settings.max_frame_age:
            self._counts["dropped, too old"] += 1
            self._refused = f"frames are {queue:.3g} s old when they arrive"
            return
        try:
            tensor = self._stack.push(to_tensor(image_to_bgr(message)), captured_ns)
        except ConfigError as error:
            self._counts["dropped, unusable"] += 1
            self._refused = str(error)
            return
        prepared = time.monotonic()
        values = loaded.policy.infer(tensor)
        ended = time.monotonic()
        output = PolicyOutput(header=message.header, model_id=loaded.id)
        output.values = array("f", values.tobytes())
        discrete = isinstance(loaded.metadata.action_space, DiscreteActionSpace)
        output.action = int(np.argmax(values)) if discrete else -1
        output.unchanged_s = self._unchanged
        output.queue_s, output.preprocess_s = queue, prepared - started
        output.inference_s = ended - prepared
        self._output.publish(output)
        self._times.add(queue, prepared - started, ended - prepared)

    def _load_first(self) -> None:
        """Load what was in force when this process's predecessor crashed, else the parameter's."""
        for path in filter(None, (self._recall(), self._settings.model)):
            try:
                self._use(load_policy(path, self._settings.device, self._settings.threads))
                return
            except (DeepRacerError, OSError) as error:
                self._no_model = str(error)
                self.get_logger().error(f"no model: {error}")

    def _recall(self) -> str:
        try:
            path = self._last_model.recall()
        except OSError as error:
            self.get_logger().warning(f"the last model is not known: {error}")
            return ""
        if path:
            self.get_logger().warning(f"started again after a crash, with the last model {path}")
        return path

    def _remember(self, path: str) -> None:
        try:
            self._last_model.remember(path)
        except OSError as error:
            self.get_logger().warning(f"after a crash this model will not come back: {error}")

    async def _load_model(
        self, request: LoadModel.Request, response: LoadModel.Response
    ) -> LoadModel.Response:
        try:
            self._use(await self._load_in_worker(request.path))
            self._remember(request.path)
            response.success = True
        except (DeepRacerError, OSError) as error:
            response.message = str(error)
            self.get_logger().warning(f"model refused: {error}")
        response.model_id = self._loaded.id if self._loaded else ""
        return response

    async def _load_in_worker(self, path: str) -> LoadedPolicy:
        """Load while the executor goes on with frames."""
        loaded = Future(executor=self.executor)
        # Any callback makes the executor wake up and see that the future is done.
        loaded.add_done_callback(lambda _: None)
        loading: Loading[LoadedPolicy] = self._worker.submit(
            load_policy, path, self._settings.device, self._settings.threads
        )
        loading.add_done_callback(loaded.set_result)
        return (await loaded).result()

    def _use(self, loaded: LoadedPolicy) -> None:
        self._loaded, self._no_model = loaded, ""
        self._stack = FrameStack(loaded.policy.stack_size)
        message = Model(name=loaded.name, id=loaded.id, metadata=loaded.metadata.text)
        message.header.stamp = self.get_clock().now().to_msg()
        self._model.publish(message)
        self.get_logger().info(f"model {loaded.name} is in force, id {loaded.id[:12]}")

    def _health(self) -> Health:
        now = time.monotonic()
        then, frames = self._last_report
        self._last_report = now, self._counts["frames"]
        refused, self._refused = self._refused, ""
        silent = self._last_frame is None or now - self._last_frame > 1.0
        if self._loaded is None:
            level, message = ERROR, f"no model: {self._no_model}"
        elif refused:
            level, message = WARN, refused
        elif silent:
            level, message = WARN, "no frames arrive on image_raw"
        elif self._unchanged > LONGEST_UNCHANGED_S:
            level, message = WARN, f"the picture has not changed for {self._unchanged:.3g} s"
        else:
            level, message = OK, f"model {self._loaded.name} runs"
        rate = (self._counts["frames"] - frames) / max(now - then, 1e-3)
        values: dict[str, object] = {
            "model": self._loaded.name if self._loaded else "",
            "model id": self._loaded.id if self._loaded else "",
            "device": self._settings.device,
            "rate [Hz]": rate,
            "picture unchanged for [s]": self._unchanged,
            **self._counts,
            **self._times.summary(),
        }
        return level, message, values


def main() -> int:
    """Run the inference node."""
    return run_node(InferenceNode)


if __name__ == "__main__":
    raise SystemExit(main())
