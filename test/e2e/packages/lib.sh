# shellcheck shell=sh disable=SC2034 # what the tests use
# What the package tests share. Each is run, by root, as: sh NAME.sh PACKAGES_DIR [OLDER_DIR]
# PACKAGES_DIR is what `cmake --build --preset release --target package` fills: build/release/packages.
# OLDER_DIR has packages of an earlier version, to upgrade from: older.sh makes some, or those of the last release.
# Exit status: 0 passed, 1 failed, 77 skipped (what is missing is said).
#
# A test runs in namespaces of its own - mounts, network, processes - and installs into a copy of a small Debian, which
# debootstrap makes once in UVTFTP_TEST_ROOT (by default /var/cache/uvtftp-test-root). Nothing of the machine is
# touched, and what was started ends with the test. With UVTFTP_TEST_ROOT=/ the copy is of the running system, which
# must be a Debian that has what the packages need: no debootstrap, and nothing of it is changed either.
set -eu
umask 022
export LC_ALL=C.UTF-8

name=${0##*/}
name=${name%.sh}
here=${0%/*}
base=${UVTFTP_TEST_ROOT:-/var/cache/uvtftp-test-root}
# What the packages need, and what asks whether they work.
base_packages=systemd,systemd-sysv,dbus,init-system-helpers,libuv1,libconfuse2,iproute2

fail() {
	echo "$name: FAILED: $*" >&2
	exit 1
}

skip() {
	echo "$name: skipped: $*"
	exit 77
}

step() {
	echo "$name: $*"
}

need() {
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

if [ $# -lt 1 ] || [ $# -gt 2 ] || [ ! -d "$1" ] || [ ! -d "${2:-/}" ]; then
	echo "Usage: $0 PACKAGES_DIR [OLDER_DIR]" >&2
	exit 2
fi
packages=$(cd "$1" && pwd)
older=${2:+$(cd "$2" && pwd)}
[ "$(id -u)" -eq 0 ] || skip 'only root can install into another root'
need unshare setpriv
unshare --mount --net --pid --fork true 2>/dev/null || skip 'this system gives root no namespaces'

if [ "${UVTFTP_OWN_WORLD:-}" != yes ]; then
	if [ ! -e "$base/usr/bin/dpkg" ]; then
		need debootstrap
		step "making $base, once"
		rm -rf "$base.new"
		debootstrap --variant=minbase --include=$base_packages bookworm "$base.new" >"$base.log" 2>&1 ||
			fail "debootstrap failed: see $base.log"
		rm -rf "$base.new/var/cache/apt/archives"/*.deb
		mv "$base.new" "$base"
		rm "$base.log"
	fi
	# tftpd-hpa, to stand beside; without a mirror that part is left out.
	if [ "$base" != / ] && [ ! -e "$base/tftpd-hpa/done" ]; then
		mkdir -p "$base/tftpd-hpa/partial"
		{
			chroot "$base" apt-get update &&
				chroot "$base" apt-get install --yes --no-install-recommends --download-only \
					-o Dir::Cache::archives=/tftpd-hpa tftpd-hpa && : >"$base/tftpd-hpa/done"
		} >/dev/null 2>&1 || :
	fi
	UVTFTP_OWN_WORLD=yes exec unshare --mount --net --pid --fork --kill-child sh "$0" "$packages" ${older:+"$older"}
fi

work=$(mktemp -d)
mount -t tmpfs -o mode=755 uvtftp-test "$work"
mount -t proc proc /proc
ip link set lo up
root=$work/root
children=

clean_up() {
	status=$?
	trap - EXIT
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ] && [ -s "$work/log" ]; then
		echo '--- the end of the daemon'\''s log:' >&2
		tail -n 20 "$work/log" >&2
	fi
	for pid in $children; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	# shellcheck disable=SC2086 # words
	wait $children 2>/dev/null || :
	umount --recursive --lazy "$work"
	rmdir "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A fresh system in $root.
fresh_root() {
	if mountpoint -q "$root"; then
		umount --recursive "$root"
		rm -rf "$work/upper" "$work/own"
	fi
	mkdir -p "$root" "$work/upper" "$work/own"
	if ! mount -t overlay uvtftp-test -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/own" "$root" 2>/dev/null; then
		[ "$base" != / ] || skip 'there is no overlay file system here'
		mount --bind "$work/upper" "$root"
		cp -a "$base/." "$root/"
	fi
	mount -t proc proc "$root/proc"
	mount --bind /dev "$root/dev"
	# Packages see no running systemd here: it would be the machine's.
	[ ! -d "$root/run/systemd/system" ] || rmdir "$root/run/systemd/system"
}

in_root() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# --- the daemon, as its unit starts it -----------------------------------------------------------------

unit=usr/lib/systemd/system/uvtftpd.service

unit_says() {
	sed -n "s/^$1=//p" "$root/$unit"
}

# With the user, the group and the capability of the unit, and no way to others. Its log goes to $work/log.
run_unit() {
	capability=$(unit_says AmbientCapabilities | tr '[:upper:]' '[:lower:]')
	capability=+${capability#cap_}
	# shellcheck disable=SC2046 # words
	exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		setpriv --reuid "$(unit_says User)" --regid "$(unit_says Group)" --clear-groups --no-new-privs \
		--inh-caps "-all,$capability" --bounding-set "-all,$capability" --ambient-caps "-all,$capability" \
		-- $(unit_says ExecStart)
}

# Returns when it serves.
start_unit() {
	mkfifo "$work/stderr"
	(run_unit) 2>"$work/stderr" &
	daemon=$!
	children="$children $daemon"
	exec 3<"$work/stderr"
	rm "$work/stderr"
	ready=no
	: >"$work/log"
	while [ $ready = no ] && IFS= read -r line <&3; do
		printf '%s\n' "$line" >>"$work/log"
		case $line in
		*'uvtftpd: serving '*) ready=yes ;;
		esac
	done
	cat <&3 >>"$work/log" &
	children="$children $!"
	exec 3<&-
	[ $ready = yes ] || fail 'the daemon did not start as its unit says'
}

stop_unit() {
	kill -TERM "$daemon"
	status=0
	wait "$daemon" || status=$?
	[ "$status" -eq 0 ] || fail "the daemon ended with status $status"
}

# --- what everybody expects of it ----------------------------------------------------------------------

# The daemon runs as the unit says, and every file comes as it is: small, with a window, over IPv6.
check_serving() {
	uid=$(in_root id -u uvtftpd)
	grep -q "^Uid:.$uid.$uid.$uid.$uid$" "/proc/$daemon/status" || fail 'the daemon does not run as uvtftpd'
	[ "$(sed -n 's/^CapEff:\t0*//p' "/proc/$daemon/status")" = 400 ] ||
		fail 'the daemon has other rights than CAP_NET_BIND_SERVICE'
	head -c 3000000 /dev/urandom >"$root/srv/tftp/large"
	echo hello >"$root/srv/tftp/small"
	for host in 127.0.0.1 '[::1]'; do
		for file in small large; do
			rm -f "$root/tmp/$file"
			in_root uvtftp get --quiet --output "/tmp/$file" "tftp://$host/$file" || fail "no $file from $host"
			cmp "$root/srv/tftp/$file" "$root/tmp/$file" || fail "$file from $host is another"
		done
	done
	rm "$root/srv/tftp/small" "$root/srv/tftp/large"
}

# "cache = 17M" was written into the configuration before an upgrade.
check_edit_in_force() {
	start_unit
	check_serving
	[ "$(in_root uvtftpd --print-config | sed -n 's/^cache = //p')" = 17M ] || fail 'the edit is not in force'
	stop_unit
}
