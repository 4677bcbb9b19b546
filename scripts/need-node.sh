#!/usr/bin/env bash
# Makes sure that there is a Node new enough for the client's tools.
set -euo pipefail
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "Node 20 or newer with npm is needed (Debian: apt-get install nodejs npm)." >&2
  exit 1
fi
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; then
  echo "Node 20 or newer is needed; $(node --version) was found." >&2
  exit 1
fi
