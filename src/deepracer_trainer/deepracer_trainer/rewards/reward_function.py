# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A user's reward function: a file as it was written for the hosted service, run unchanged.

The file has a function `reward_function(params)`, or a class with such a method. Its code runs in
this process, with all that this process may do. Whatever it does wrong is told with its own line:
ConfigError while it is loaded, RewardError when it is called. It may raise anything, also what
is no Exception, as exit() does: that ends the function, not the trainer. Ctrl-C alone passes.
"""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import linecache
import sys
import traceback
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from deepracer_core.errors import ConfigError, RewardError

LARGEST = 1e5  # of a reward, either sign; the hosted service's bound
NAME = "reward_function"


class RewardFunction:
    """One instance of a user's function, with a memory of its own between calls."""

    def __init__(self, call: Callable[[dict[str, Any]], Any], file: str) -> None:
        """Take the callable and the file that it was loaded from."""
        self._call = call
        self._file = file

    def __call__(self, parameters: dict[str, Any]) -> float:
        """Return the reward.

        Raises:
            RewardError: the function raised, or returned no number from -1e5 to 1e5.
        """
        try:
            value = self._call(parameters)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            trace = _own_lines(error, self._file)
            message = f"{_fault(error, self._file)}{_nearest_key(error, parameters)}"
            raise RewardError(message, parameters, trace) from None
        if type(value) is not float:
            value = _number(value)
        # NaN is in no range.
        if isinstance(value, float) and -LARGEST <= value <= LARGEST:
            return value
        raise RewardError(
            f"{self._file}, line {_line_of(self._call)}: {NAME} returned {_short(value)}, needed "
            f"is a number from {-LARGEST:g} to {LARGEST:g}",
            parameters,
        )


class RewardFile:
    """The text of a reward function, read once and compiled once.

    Attributes:
        path: where it was read from.
        source: the text.
    """

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            ConfigError: it cannot be read or is no Python text.
        """
        self.path = path
        try:
            if path.exists() and not path.is_file():
                raise ConfigError(f"{path} is no file: name the .py file of a reward function")
            self.source = importlib.util.decode_source(path.read_bytes())
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
        except (SyntaxError, UnicodeDecodeError):
            raise ConfigError(f"{path} is no Python text in UTF-8") from None

    def new(self) -> RewardFunction:
        """Run the file in a module of its own and return what it defines.

        Raises:
            ConfigError: it has no usable function, or fails; with its line.
        """
        module = ModuleType(f"{NAME}_file")
        module.__file__ = str(self.path)
        code = self._code
        # Dataclasses look up the module that they are defined in.
        sys.modules[module.__name__] = module
        try:
            exec(code, module.__dict__)
            call = self._callable(module)
        except (KeyboardInterrupt, ConfigError):
            raise
        except BaseException as error:
            remedy = _remedy(error, self.path.parent)
            raise ConfigError(f"{_fault(error, str(self.path))}{remedy}") from None
        finally:
            sys.modules.pop(module.__name__, None)
        self._check_signature(call)
        return RewardFunction(call, str(self.path))

    @cached_property
    def _code(self) -> CodeType:
        name = str(self.path)
        try:
            code = compile(self.source, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None) or 1
            reason = getattr(error, "msg", None) or str(error)
            raise ConfigError(f"{name}, line {line}: {type(error).__name__}: {reason}") from None
        # Tracebacks shall quote the text that runs, also when the file is edited meanwhile.
        linecache.cache[name] = (len(self.source), None, self.source.splitlines(True), name)
        return code

    def _callable(self, module: ModuleType) -> Callable[[dict[str, Any]], Any]:
        """Find the function, or the one class that has it as a method."""
        function = getattr(module, NAME, None)
        if callable(function):
            return function
        own = [item for item in vars(module).values() if _is_rewarding(type(item), module)]
        made = list({id(item): item for item in own}.values())
        classes = {item for item in vars(module).values() if _is_rewarding(item, module)}
        classes -= {base for item in classes for base in item.__mro__[1:]}
        found = made or list(classes)
        if len(found) != 1:
            problem = "more than one class" if found else "no function, and no class with a method"
            raise ConfigError(
                f"{self.path} has {problem} {NAME}: define {NAME}(params) at its top level"
            )
        call: Callable[[dict[str, Any]], Any] = getattr(made[0] if made else found[0](), NAME)
        return call

    def _check_signature(self, call: Callable[[dict[str, Any]], Any]) -> None:
        try:
            signature = inspect.signature(call)
        except ValueError:  # Built-in functions need not have one.
            return
        try:
            signature.bind({})
        except TypeError:
            raise ConfigError(
                f"{self.path}, line {_line_of(call)}: {NAME} takes {signature}, needed is one "
                "argument: (params)"
            ) from None


def _is_rewarding(item: object, module: ModuleType) -> bool:
    """Tell whether this is a class of the file's own that has the method."""
    own = isinstance(item, type) and item.__module__ == module.__name__
    return own and callable(getattr(item, NAME, None))


def _number(value: Any) -> Any:
    """Return as a float what the hosted service takes for a number, all else as it is."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    try:
        return value if isinstance(value, str | bytes) else float(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # What is converted is the user's own, and so is how.
        return value


def _short(value: Any) -> str:
    if isinstance(value, float):
        return repr(value)
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _own_frames(error: BaseException, file: str) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]


def _own_lines(error: BaseException, file: str) -> str:
    """Return the traceback as Python prints it, less the lines that are not the user's."""
    lines = traceback.format_list(_own_frames(error, file))
    return "".join([*lines, *traceback.format_exception_only(error)])


def _fault(error: BaseException, file: str) -> str:
    """Say in one line where an error arose, and which."""
    frames = _own_frames(error, file)
    place = f"{file}, line {frames[-1].lineno}" if frames else file
    return f"{place}: {traceback.format_exception_only(error)[-1].strip()}"


def _nearest_key(error: BaseException, parameters: dict[str, Any]) -> str:
    key = str(error.args[0]) if isinstance(error, KeyError) and error.args else ""
    close = [] if key in parameters else difflib.get_close_matches(key, parameters, n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def _remedy(error: BaseException, folder: Path) -> str:
    """Return what to do about a module that is missing, also where it is in the file's folder."""
    if not isinstance(error, ModuleNotFoundError):
        return ""
    package = str(error.name).partition(".")[0]
    if (folder / f"{package}.py").is_file() or (folder / package).is_dir():
        return (
            f"; {package} lies beside it, but a reward function is one file: copy what it "
            f"needs of {package} into it"
        )
    return f"; a package is installed by {sys.executable} -m pip install {package}"


def _line_of(call: Callable[..., Any]) -> int:
    code = getattr(inspect.unwrap(call), "__code__", None)
    return code.co_firstlineno if code else 1
