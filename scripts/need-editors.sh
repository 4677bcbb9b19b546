#!/usr/bin/env bash
# Installs Neovim and Emacs with Eglot where that can be done, so that both are driven; without them those tests are
# skipped. `make test-editors` says so.
set -euo pipefail
missing=()
command -v nvim >/dev/null || missing+=(neovim)
command -v emacs >/dev/null || missing+=(emacs-nox)
# Emacs has Eglot in itself since 29; Debian's package is for those before.
if ! emacs --batch --eval '(kill-emacs (if (or (> emacs-major-version 28) (file-expand-wildcards "/usr/share/emacs/site-lisp/elpa*/eglot-*")) 0 1))' 2>/dev/null; then
  missing+=(elpa-eglot)
fi
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo -n)
if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Not installed, so these editors are not tried: ${missing[*]}." >&2
fi
