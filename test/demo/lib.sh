# shellcheck shell=sh disable=SC2034 # what the scripts use
# What the demo's scripts share. From the environment:
#   DEMO_BUILD   where uvtftpd is built [build/release]
#   DEMO_PORT    the port of both servers, which run one after the other [6900]
#   DEMO_PEERS   where atftpd is unpacked, if it is not installed; fetched there with apt-get if need be
#                [DEMO_BUILD/peers]
#   DEMO_FETCH   no: nothing is fetched
#   DEMO_BYTES   size of the file that machines boot from [1024]
set -eu
umask 022

here=$(cd "${0%/*}" && pwd)
DEMO_BUILD=${DEMO_BUILD:-$here/../../build/release}
DEMO_PORT=${DEMO_PORT:-6900}
DEMO_PEERS=${DEMO_PEERS:-$DEMO_BUILD/peers}
DEMO_BYTES=${DEMO_BYTES:-1024}
boot_file=pxelinux.0

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

[ -x "$DEMO_BUILD/bin/uvtftpd" ] ||
	die "no uvtftpd in $DEMO_BUILD: cmake --preset release && cmake --build --preset release"

# make_root DIR: what is served.
make_root() {
	head -c "$DEMO_BYTES" /dev/urandom >"$1/$boot_file"
	chmod 755 "$1"
}

unpacked_atftpd() {
	find "$DEMO_PEERS" -path '*bin/atftpd' -type f 2>/dev/null | head -n 1
}

fetch_atftpd() {
	[ "${DEMO_FETCH:-}" != no ] || return 1
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
	mkdir -p "$DEMO_PEERS"
	(
		cd "$DEMO_PEERS"
		apt-get download atftpd libwrap0 >/dev/null 2>&1 || exit 1
		for package in *.deb; do dpkg-deb -x "$package" .; done
	)
}

# Debian's atftpd: installed, unpacked, or fetched and unpacked; never installed by us. Sets $atftpd.
find_atftpd() {
	atftpd=$(command -v atftpd) || atftpd=$(unpacked_atftpd)
	if [ -z "$atftpd" ] && fetch_atftpd; then
		atftpd=$(unpacked_atftpd)
	fi
	[ -n "$atftpd" ] || return 1
	# libwrap may have come along.
	libraries=$(find "$DEMO_PEERS" -name 'libwrap.so*' -exec dirname {} \; 2>/dev/null | head -n 1)
	if [ -n "$libraries" ]; then
		export LD_LIBRARY_PATH="$libraries"
	fi
}
