# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Users' reward files: every form that the field writes them in, and every fault told in place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reward_writing import write_reward

from deepracer_core.errors import ConfigError, RewardError
from deepracer_trainer.rewards.reward_function import RewardFile, RewardFunction

FUNCTION = """
def reward_function(params):
    return params["speed"] * 2
"""
CLASS = """
class Reward:
    def __init__(self, verbose=False):
        self.calls = 0

    def reward_function(self, params):
        self.calls += 1
        return params["speed"] + self.calls
"""
OBJECT = f"""{CLASS}
reward_object = Reward(verbose=True)
"""
BOTH = f"""{OBJECT}
def reward_function(params):
    return reward_object.reward_function(params)
"""
SUBCLASS = f"""{CLASS}
class Faster(Reward):
    pass
"""
METHOD = f"""{CLASS}
reward_function = Reward().reward_function
"""
DATACLASS = """
from __future__ import annotations
from dataclasses import dataclass

@dataclass
class Memory:
    calls: int = 0

memory = Memory()

def reward_function(params, weight=1.0):
    memory.calls += 1
    return params["speed"] + weight * memory.calls
"""


@pytest.mark.parametrize("text", [CLASS, OBJECT, BOTH, SUBCLASS, METHOD, DATACLASS])
def test_every_form_is_found_and_remembers_between_calls(text: str, tmp_path: Path) -> None:
    function = write_reward(tmp_path, text).new()
    assert [function({"speed": 1.0}) for _ in range(3)] == [2.0, 3.0, 4.0]


def test_a_function_beside_classes_is_the_one(tmp_path: Path) -> None:
    assert write_reward(tmp_path, CLASS + FUNCTION).new()({"speed": 1.5}) == 3.0


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + FUNCTION.encode(),
        FUNCTION.replace("\n", "\r\n").encode(),
        b"# -*- coding: latin-1 -*-\n# \xe9\n" + FUNCTION.encode(),
    ],
)
def test_files_of_other_editors_are_read(text: bytes, tmp_path: Path) -> None:
    assert write_reward(tmp_path, text).new()({"speed": 1.0}) == 2.0


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("def reward_function(params)\n    return 1\n", 1, "SyntaxError: expected ':'"),
        ("def reward_function(params):\n\treturn 1\n        x\n", 3, "TabError|Indentation"),
        ("import math\nimport no_such_package.part\n", 2, "pip install no_such_package"),
        ("from math import no_such_name\n", 1, "ImportError"),
        ("x = 1\ny = x / 0\n", 2, "ZeroDivisionError"),
        ("raise SystemExit(3)\n", 1, "SystemExit"),
        ("def reward_function():\n    return 1\n", 1, "needed is one argument"),
        ("x = 1\ndef reward_function(a, b):\n    return 1\n", 2, r"takes \(a, b\)"),
        (CLASS.replace("verbose=False", "verbose"), None, "verbose"),
        ("class R:\n    def reward_function(params): return 1\n", 2, "needed is one argument"),
        (CLASS + CLASS.replace("Reward", "Other"), None, "more than one class"),
        ("def reward(params):\n    return 1\n", None, "has no function"),
        ("from collections import Counter\nreward_function = 3\n", None, "has no function"),
        ("", None, "has no function"),
        ("x = 1\0\n", 1, "null bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_its_line(
    text: str, line: int | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        write_reward(tmp_path, text).new()
    assert "reward_function.py" in str(caught.value)
    assert line is None or f"line {line}: " in str(caught.value)


def test_what_is_no_python_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        RewardFile(tmp_path / "missing.py")
    with pytest.raises(ConfigError, match="is no file"):
        RewardFile(tmp_path)
    with pytest.raises(ConfigError, match="no Python text"):
        write_reward(tmp_path, b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("returned", "reward"),
    [
        ("1", 1.0),
        ("True", 1.0),
        ("np.float32(0.5)", 0.5),
        ("np.array(2)", 2.0),
        ("np.array([3])", 3.0),
        ("-1e5", -1e5),
        ("Fraction(1, 4)", 0.25),
    ],
)
def test_what_counts_as_a_number_counts(returned: str, reward: float, tmp_path: Path) -> None:
    imports = "import numpy as np\nfrom fractions import Fraction\n"
    value = write_reward(
        tmp_path, f"{imports}reward_function = lambda params: {returned}\n"
    ).new()({})
    assert type(value) is float
    assert value == reward


@pytest.mark.parametrize(
    "returned",
    ["None", "'1'", "float('nan')", "float('inf')", "100000.1", "-2e5", "10**400", "[1]", "1j"],
)
def test_what_is_no_reward_is_refused_with_the_state(returned: str, tmp_path: Path) -> None:
    function = write_reward(
        tmp_path, f"x = 1\ndef reward_function(params):\n    return {returned}\n"
    ).new()
    with pytest.raises(RewardError, match="line 2: reward_function returned") as caught:
        function({"speed": 1.0})
    assert caught.value.parameters == {"speed": 1.0}
    assert caught.value.trace == ""


def test_an_exception_is_told_with_the_users_own_lines_only(tmp_path: Path) -> None:
    function = write_reward(
        tmp_path,
        """
        import json

        def inner(params):
            return json.loads(params["text"])

        def reward_function(params):
            return inner(params)
        """,
    ).new()
    with pytest.raises(RewardError, match="line 5: .*JSONDecodeError") as caught:
        function({"text": "{"})
    trace = caught.value.trace
    assert trace.count("File ") == 2
    assert 'return json.loads(params["text"])' in trace
    assert "return inner(params)" in trace
    assert "decoder.py" not in trace
    assert trace.splitlines()[-1].startswith("json.decoder.JSONDecodeError")


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    function = write_reward(
        tmp_path, "def reward_function(params):\n    return params['sped']\n"
    ).new()
    with pytest.raises(RewardError, match="KeyError: 'sped', did you mean 'speed'?"):
        function({"speed": 1.0, "steps": 1})


def test_a_file_that_is_edited_later_is_quoted_as_it_ran(tmp_path: Path) -> None:
    function = write_reward(
        tmp_path, "def reward_function(params):\n    return 1 / params['zero']\n"
    ).new()
    (tmp_path / "reward_function.py").write_text("# nothing\n# left\n")
    with pytest.raises(RewardError) as caught:
        function({"zero": 0})
    assert "return 1 / params['zero']" in caught.value.trace


@pytest.mark.parametrize("fault", ["exit()", "raise SystemExit", "reward_function(params)"])
def test_neither_exit_nor_endless_recursion_ends_the_trainer(fault: str, tmp_path: Path) -> None:
    function = write_reward(tmp_path, f"def reward_function(params):\n    {fault}\n").new()
    with pytest.raises(RewardError) as caught:
        function({})
    assert len(caught.value.trace.splitlines()) < 30


OWN_ERROR = "class Stop(BaseException):\n    pass\n\n"


@pytest.mark.parametrize("error", ["Stop('enough')", "GeneratorExit('enough')"])
def test_what_is_no_exception_to_python_is_one_to_us(error: str, tmp_path: Path) -> None:
    text = f"{OWN_ERROR}def reward_function(params):\n    raise {error}\n"
    function = write_reward(tmp_path, text).new()
    with pytest.raises(RewardError, match=r"line 5: .*(Stop|GeneratorExit): enough") as caught:
        function({"speed": 1.0})
    assert f"raise {error}" in caught.value.trace
    with pytest.raises(ConfigError, match=r"line 4: .*(Stop|GeneratorExit): enough"):
        write_reward(tmp_path, f"{OWN_ERROR}raise {error}\n").new()


@pytest.mark.parametrize("key", ["[1]", "{}", "3", ""])
def test_a_key_error_with_any_key_is_told(key: str, tmp_path: Path) -> None:
    text = f"def reward_function(params):\n    raise KeyError({key})\n"
    with pytest.raises(RewardError, match="line 2: KeyError"):
        write_reward(tmp_path, text).new()({"speed": 1.0})


def test_what_converting_raises_is_no_number(tmp_path: Path) -> None:
    number = "class Odd:\n    def __float__(self):\n        raise Stop\n\n"
    text = f"{OWN_ERROR}{number}def reward_function(params):\n    return Odd()\n"
    with pytest.raises(RewardError, match="returned a value of type Odd"):
        write_reward(tmp_path, text).new()({})


def test_ctrl_c_is_not_the_functions_fault(tmp_path: Path) -> None:
    text = "def reward_function(params):\n    raise KeyboardInterrupt\n"
    with pytest.raises(KeyboardInterrupt):
        write_reward(tmp_path, text).new()({})
    with pytest.raises(KeyboardInterrupt):
        write_reward(tmp_path, "raise KeyboardInterrupt\n").new()


@pytest.mark.parametrize("helper", ["helper_mod.py", "helper_mod/__init__.py"])
def test_a_module_beside_the_file_is_told_to_be_put_into_it(helper: str, tmp_path: Path) -> None:
    (tmp_path / helper).parent.mkdir(exist_ok=True)
    (tmp_path / helper).write_text("x = 1\n")
    text = "from helper_mod import x\n\ndef reward_function(params):\n    return x\n"
    with pytest.raises(ConfigError) as caught:
        write_reward(tmp_path, text).new()
    message = str(caught.value)
    assert "line 1: ModuleNotFoundError" in message and "pip" not in message
    assert "helper_mod lies beside it, but a reward function is one file: copy" in message


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_reward_is_passed_on_to_the_bit_or_refused(value: float) -> None:
    function = RewardFunction(lambda params: value, "file.py")
    if abs(value) <= 1e5:
        assert function({}) == value
    else:
        with pytest.raises(RewardError):
            function({})
