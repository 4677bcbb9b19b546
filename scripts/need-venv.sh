#!/usr/bin/env bash
# Makes sure that the given Python is new enough and can make virtual environments (Debian splits that off).
set -euo pipefail
python=${1:?usage: need-venv.sh PYTHON}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Issuelens needs Python 3.11 or newer; $("$python" --version 2>&1) was found. Set PYTHON=/path/to/python3.11." >&2
  exit 1
fi
"$python" -c 'import ensurepip' 2>/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
else
  echo "Python's venv module is missing. Install it (Debian: apt-get install python3-venv) and run make again." >&2
  exit 1
fi
