# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
#
# Linters, types, then colcon test; run by `./deepracer test` in the workspace's environment. Arguments go to pytest.
# Two workers share the tests, whole files each: much of the time is waiting for nodes. `-n 0` is one process, for --pdb.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 3
failed=()

check() { # NAME COMMAND...
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

ran_tests() {
  grep -qE '<testsuite [^>]*tests="[1-9]' build/deepracer_tests/pytest.xml || { echo 'no test ran' && return 1; }
}

export OMP_NUM_THREADS=1 # two threads of torch and another worker on two cores wait for each other most of the time
rm -f build/deepracer_tests/pytest.xml
check 'ruff check' ruff check .
check 'ruff format' ruff format --check .
check 'mypy' mypy
check 'colcon test' colcon test --packages-select deepracer_tests \
  --event-handlers console_direct+ --return-code-on-test-failure --pytest-args -n 2 --dist loadfile "$@"
check 'colcon test-result' colcon test-result --verbose
check 'tests ran' ran_tests

[[ ! -f build/deepracer_tests/pytest.xml ]] || python setup/tests_not_run.py build/deepracer_tests/pytest.xml

if ((${#failed[@]})); then
  printf './deepracer test: failed: %s\n' "${failed[*]}" >&2
  exit 1
fi
