#!/bin/bash
# inRoot.sh ROOT COMMAND… : runs a command with another folder as its root, in a separate mount namespace. The process
# keeps its ID, so a daemon's PID file is correct. An ordinary user gets a user namespace and keeps their identity.
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
