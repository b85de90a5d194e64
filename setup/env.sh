# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
#
# Puts .venv, ROS 2 and the built workspace on this bash shell's paths. ./deepracer sources it; so may you:
#   source setup/env.sh && python -m deepracer_servo.servo_node --ros-args -p pwm_output:=fake

_workspace=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC1091
source "$_workspace/.venv/bin/activate"

if [[ ${ROS_DISTRO:-} != jazzy ]]; then # the ROS wheels, whose prefix is the virtual environment
  _overlays= # what was built on top of the wheels elsewhere, such as ros_gz; nothing of another ROS
  if [[ -z ${ROS_DISTRO:-} ]]; then
    IFS=: read -ra _prefixes <<<"${AMENT_PREFIX_PATH:-}"
    for _prefix in "${_prefixes[@]}"; do
      case $_prefix in "" | "$VIRTUAL_ENV" | "$_workspace"/*) ;; *) _overlays+=$_prefix: ;; esac
    done
    unset _prefix _prefixes
  fi
  export AMENT_PREFIX_PATH=$_overlays$VIRTUAL_ENV CMAKE_PREFIX_PATH=$VIRTUAL_ENV CMAKE_GENERATOR=Ninja
  unset _overlays
  if [[ ":${LD_LIBRARY_PATH:-}:" != *":$VIRTUAL_ENV/lib:"* ]]; then
    _libraries=$(printf '%s:' "$VIRTUAL_ENV/lib" "$VIRTUAL_ENV"/lib/python3*/site-packages/ros_*.libs)
    export LD_LIBRARY_PATH=${_libraries%:}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    unset _libraries
  fi
  # Without this the wheels' start-up hook executes every Python process twice to set the same paths.
  export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
fi

if [[ -f $_workspace/install/local_setup.bash ]]; then
  # shellcheck disable=SC1091
  source "$_workspace/install/local_setup.bash"
fi
export ROS_LOG_DIR=${ROS_LOG_DIR:-$_workspace/log/ros} # by default it is in the home directory, if there is one
unset _workspace
