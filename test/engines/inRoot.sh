#!/bin/bash
# inRoot.sh ROOT COMMAND… : runs a command with another folder as its root, in a mount namespace of its own. The process
# keeps its id, so a daemon's id file says the truth. An ordinary user gets a user namespace for it, and stays who they are.
set -eu
export SIDE_ROOT="$1" SIDE_CWD="$PWD"
shift
own=()
[ "$(id -u)" = 0 ] || own=(--user --map-current-user --keep-caps)
exec unshare "${own[@]}" --mount --propagation private /bin/sh -c '
  mount --rbind "$SIDE_ROOT" "$SIDE_ROOT" || exit 1
  for folder in /proc /dev /sys /tmp /home; do
    mount --rbind "$folder" "$SIDE_ROOT$folder" || exit 1
  done
  cwd=$SIDE_CWD
  [ -d "$SIDE_ROOT$cwd" ] || cwd=/
  exec chroot "$SIDE_ROOT" /usr/bin/setpriv --ambient-caps=-all --inh-caps=-all -- \
    /usr/bin/env -u SIDE_ROOT -u SIDE_CWD -C "$cwd" "$@"
' inRoot "$@"
