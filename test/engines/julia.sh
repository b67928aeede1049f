#!/bin/bash
# Prints the path of a julia that starts: the one on the PATH, or else Julia 1.5.3, the last version that Debian packaged
# (release "bullseye"), unpacked once into a folder of this user without changing the system. Needs Debian's apt-get
# and dpkg-deb, but no root permission. BATCH_JOBS_ENGINES selects another folder for it.
set -euo pipefail

say() { printf 'julia.sh: %s\n' "$*" >&2; }
starts() { "$1" --startup-file=no -e 'using LinearAlgebra, Distributed; print(VERSION)' >/dev/null 2>&1; }

if found=$(command -v julia) && starts "$found"; then
  echo "$found"
  exit 0
fi

home=${BATCH_JOBS_ENGINES:-${XDG_CACHE_HOME:-$HOME/.cache}/batch-jobs-engines}/julia-1.5
mkdir -p "$home"
# Concurrent test runs unpack it only once.
exec 9>"$home/lock"
flock 9
if [ -x "$home/julia" ] && starts "$home/julia"; then
  echo "$home/julia"
  exit 0
fi

say 'unpacking Julia 1.5.3 (once; about 350 MB)'
rm -rf "$home/apt" "$home/root" "$home/lib" "$home/julia"
mkdir -p "$home/apt/lists/partial" "$home/apt/archives/partial" "$home/root" "$home/lib"
: >"$home/apt/status"
archive=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive bullseye main" >"$home/apt/sources.list"

apt() {
  apt-get -q \
    -o Dir::Etc::sourcelist="$home/apt/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$home/apt/lists" -o Dir::State::status="$home/apt/status" \
    -o Dir::Cache="$home/apt" -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none "$@"
}
if ! { apt update && apt install -y --no-install-recommends --download-only julia; } >"$home/log" 2>&1; then
  tail -n 5 "$home/log" >&2
  say 'the packages could not be downloaded'
  exit 1
fi

# The C library and other essential packages come from the system.
for package in "$home"/apt/archives/*.deb; do
  case ${package##*/} in
    libc6_* | libgcc-s1_* | libstdc++6_* | gcc-* | debconf_* | dpkg_* | perl-base_* | tar_*) ;;
    *) dpkg-deb -x "$package" "$home/root" ;;
  esac
done

# Only libraries missing from the system belong here: programs that Julia starts inherit the search path.
ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig)
"$ldconfig" -p | awk '{ print $1 }' | sort -u >"$home/apt/have"
for library in "$home"/root/usr/lib/*-linux-gnu/*.so.* "$home"/root/lib/*-linux-gnu/*.so.*; do
  if [ -e "$library" ] && ! grep -qxF "${library##*/}" "$home/apt/have"; then ln -sf "$library" "$home/lib/"; fi
done
# With a newer version, compiled code that catches an exception crashes Julia.
ln -sf "$home"/root/usr/lib/*-linux-gnu/libunwind.so.8 "$home/lib/"
for library in "$home"/root/usr/lib/*-linux-gnu/julia/*.so*; do
  if [ -e "$library" ]; then ln -sf "$library" "$home/lib/"; fi
done
cat >"$home/julia" <<END
#!/bin/sh
export LD_LIBRARY_PATH="$home/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec "$home/root/usr/bin/julia" "\$@"
END
chmod 755 "$home/julia"
rm -rf "$home/apt" "$home/root/usr/share/doc" "$home/root/usr/share/man"

if ! starts "$home/julia"; then
  say 'it does not start'
  exit 1
fi
echo "$home/julia"
