#!/usr/bin/env bash
# Installs strace where that can be done: it kills a process, or lets a system call fail, at a chosen call. Without it the
# trials of crash boundaries and full disks are skipped.
set -euo pipefail
[ "$(uname -s)" = Linux ] || exit 0
command -v strace >/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends strace >/dev/null
else
  echo "strace is not installed, so crashes at chosen system calls are not tried." >&2
fi
