#!/bin/sh
# From a fresh machine to a served file: sh cmake/quickstart.sh [--once] [test]
#
# Installs what is missing to build (asking sudo only then), builds, serves a sample directory on a free
# port of 127.0.0.1, fetches from it and compares. Then the daemon goes on until Ctrl-C.
#
#   --once   end after the fetch; the exit status says whether everything was equal
#   test     build with the tests and run them instead
#
# Where the sources cannot be written to, the build goes below ~/.cache/uvtftp. UVTFTP_BUILD=DIR chooses.
set -eu

say() { printf '==> %s\n' "$*"; }
die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}
run() {
	printf '    $ %s\n' "$*"
	"$@"
}
has() { command -v "$1" >/dev/null 2>&1; }

usage() {
	sed -n '2,/^set /s/^# \{0,1\}//p' "$source_dir/cmake/quickstart.sh"
	exit "$1"
}

# --- what is missing ---------------------------------------------------------------------------------

# One word for each thing that is missing.
find_missing() {
	has cmake || echo cmake
	has "${CC:-cc}" || has gcc || has clang || echo compiler
	has ninja || has make || echo make
	if has pkg-config; then
		pkg-config --exists 'libuv >= 1.42' || echo libuv
		[ "$mode" != test ] || pkg-config --exists check || echo check
	else
		echo pkg-config libuv
		[ "$mode" != test ] || echo check
	fi
}

# Clients that the end-to-end tests use when they are there.
find_missing_clients() {
	for client in curl tftp atftp busybox; do
		has "$client" || echo "$client"
	done
}

# $1: apt-get, dnf, apk or brew; the rest: words of find_missing. Says the packages.
packages_of() {
	manager=$1
	shift
	for word in "$@"; do
		case $manager:$word in
		apt-get:compiler) echo gcc libc6-dev ;;
		apt-get:make) echo ninja-build ;;
		apt-get:libuv) echo libuv1-dev ;;
		apt-get:tftp) echo tftp-hpa ;;
		apt-get:confuse) echo libconfuse-dev ;;
		dnf:compiler) echo gcc ;;
		dnf:pkg-config) echo pkgconf-pkg-config ;;
		dnf:libuv) echo libuv-devel ;;
		dnf:check) echo check-devel ;;
		dnf:confuse) ! grep -q 'ID=fedora' /etc/os-release || echo libconfuse-devel ;;
		apk:compiler) echo gcc musl-dev ;;
		apk:pkg-config) echo pkgconf ;;
		apk:libuv) echo libuv-dev ;;
		apk:check) echo check-dev ;;
		apk:confuse) echo confuse-dev ;;
		brew:pkg-config) echo pkgconf ;;
		brew:compiler | brew:make) ;; # Xcode's command line tools
		*) echo "$word" ;;
		esac
	done
}

find_manager() {
	for manager in apt-get dnf apk brew; do
		if has "$manager"; then
			echo "$manager"
			return
		fi
	done
}

# Runs a command as root: as we are, or through sudo.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		run "$@"
	else
		run sudo "$@"
	fi
}

may_be_root() {
	[ "$(id -u)" -eq 0 ] || has sudo
}

install_packages() {
	manager=$1
	shift
	case $manager in
	apt-get)
		as_root apt-get update
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
		;;
	dnf)
		# RHEL's relatives keep development files of libraries in a repository that is off by default.
		if grep -q 'centos\|rhel' /etc/os-release; then
			as_root dnf install -y --enablerepo=crb "$@"
		else
			as_root dnf install -y "$@"
		fi
		;;
	apk) as_root apk add "$@" ;;
	brew) run brew install "$@" ;;
	esac
}

needs="cmake 3.18, a C compiler, ninja or make, pkg-config, libuv 1.42 with its headers; to test also check"

install_missing() {
	missing=$(find_missing)
	manager=$(find_manager)
	wanted=$missing
	# Optional, for configuration files: brought along, but no reason to install anything.
	if [ -n "$missing" ] && ! pkg-config --exists libconfuse 2>/dev/null; then
		wanted="$missing confuse"
	fi
	# Extras never ask for a password of their own.
	if [ "$mode" = test ] && [ "$manager" = apt-get ] && [ "${CI:-}${missing}" != "" ] && may_be_root; then
		wanted="$wanted $(find_missing_clients)"
	fi
	# shellcheck disable=SC2086 # words
	set -- $wanted
	[ $# -gt 0 ] || return 0
	say "Missing: $*"
	case $manager in
	'') die "no package manager known here. Needed: $needs" ;;
	brew) has cc || die "no C compiler; 'xcode-select --install' brings one" ;;
	esac
	# shellcheck disable=SC2046 # words
	set -- $(packages_of "$manager" "$@")
	[ "$manager" = brew ] || may_be_root ||
		die "neither root nor sudo here; let somebody who is root install: $*"
	install_packages "$manager" "$@" || die "installing failed. Needed: $needs"
	hash -r
	missing=$(find_missing | tr '\n' ' ')
	[ -z "$missing" ] || die "still missing or too old: $missing. Needed: $needs"
}

# --- build -------------------------------------------------------------------------------------------

# The first directory that can be made and written to.
find_build_dir() {
	id=$(printf '%s' "$source_dir" | cksum | cut -d ' ' -f 1)
	for dir in ${UVTFTP_BUILD:+"$UVTFTP_BUILD"} "$source_dir/build/quickstart" \
		"${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/uvtftp/$id"; do
		if mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ]; then
			echo "$dir"
			return
		fi
	done
	mktemp -d "${TMPDIR:-/tmp}/uvtftp-build.XXXXXX"
}

# Runs quietly; shows everything if it fails.
quietly() {
	if ! "$@" >"$build_dir/quickstart.log" 2>&1; then
		cat "$build_dir/quickstart.log" >&2
		die "this failed: $*"
	fi
}

build() {
	build_dir=$(find_build_dir)
	cache=$build_dir/CMakeCache.txt
	# A tree that was moved or copied brings a cache that still points to its old place.
	if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$source_dir" "$cache"; then
		rm -rf "$cache" "$build_dir/CMakeFiles"
	fi
	set -- -S "$source_dir" -B "$build_dir" -DCMAKE_BUILD_TYPE=RelWithDebInfo
	if [ ! -f "$cache" ]; then
		if has ninja; then
			set -- "$@" -G Ninja
		else
			set -- "$@" -G 'Unix Makefiles'
		fi
	fi
	if [ "$mode" = test ]; then
		set -- "$@" -DUVTFTP_TESTS=ON
	else
		set -- "$@" -DUVTFTP_TESTS=OFF
	fi
	say "Building in $build_dir"
	quietly cmake "$@"
	quietly cmake --build "$build_dir" --parallel "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
}

# --- serve and fetch ---------------------------------------------------------------------------------

make_sample() {
	umask 022
	work_dir=$(mktemp -d "${TMPDIR:-/tmp}/uvtftp.XXXXXX")
	chmod 755 "$work_dir"
	mkdir "$work_dir/root"
	cp -R "$source_dir/packaging/sample/." "$work_dir/root"
	# Not a whole number of blocks of any usual size.
	dd if=/dev/urandom of="$work_dir/root/random.bin" bs=1031 count=1024 2>/dev/null
	chmod -R u+w,a+rX "$work_dir/root"
}

# Starts the daemon and copies its log to ours; returns with $daemon and $port, or an empty $port.
start_daemon() {
	mkfifo "$work_dir/log"
	# With job control the daemon has a process group of its own: of a Ctrl-C it hears once, from us.
	set -m 2>/dev/null || :
	"$build_dir/bin/uvtftpd" --listen 127.0.0.1:0 "$work_dir/root" 2>"$work_dir/log" &
	daemon=$!
	set +m
	port=
	exec 3<"$work_dir/log"
	while IFS= read -r line <&3; do
		printf '%s\n' "$line" >&2
		case $line in
		*'listening on 127.0.0.1:'*)
			port=${line##*listening on 127.0.0.1:}
			port=${port%%[!0-9]*}
			break
			;;
		esac
	done
	cat <&3 >&2 3<&- &
	exec 3<&-
}

# fetch FILE COMMAND...: runs the command, which writes $work_dir/got, and compares.
fetch() {
	file=$1
	shift
	rm -f "$work_dir/got"
	if run "$@" && cmp "$work_dir/root/$file" "$work_dir/got"; then
		say "$file: $(($(wc -c <"$work_dir/got"))) bytes, equal"
	else
		say "$file: NOT fetched as it is"
		all_equal=no
	fi
}

fetch_all() {
	all_equal=yes
	for file in hello.txt random.bin; do
		url=tftp://127.0.0.1:$port/$file
		fetch "$file" "$build_dir/bin/uvtftp" get --quiet -o "$work_dir/got" "$url"
		if has curl && curl --version | grep -q '^Protocols:.* tftp'; then
			fetch "$file" curl --silent --show-error --tftp-blksize 1428 -o "$work_dir/got" "$url"
		fi
	done
}

forward() {
	kill -s "$1" "$daemon" 2>/dev/null || :
}

# Waits for the daemon, through signals that come in the meantime.
wait_for_daemon() {
	status=0
	wait "$daemon" || status=$?
	while kill -0 "$daemon" 2>/dev/null; do
		status=0
		wait "$daemon" || status=$?
	done
	wait # for the rest of its log
}

clean_up() {
	rm -rf "$work_dir"
}

serve() {
	make_sample
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	start_daemon
	trap 'forward INT' INT
	trap 'forward TERM' TERM HUP
	if [ -z "$port" ]; then
		wait_for_daemon
		die "the daemon did not start (exit status $status)"
	fi
	fetch_all
	if [ "$once" = yes ] || [ "$all_equal" = no ]; then
		forward TERM
	else
		say "Serving $work_dir/root on port $port until Ctrl-C. In another terminal:"
		printf '    %s\n' "$build_dir/bin/uvtftp get -o - tftp://127.0.0.1:$port/hello.txt" \
			"$build_dir/bin/uvtftpd --help"
		say "Your own directory, on the usual port: sudo $build_dir/bin/uvtftpd /srv/tftp"
	fi
	wait_for_daemon
	[ "$all_equal" = yes ] || die "what was fetched differs from what is served"
	[ "$status" -eq 0 ] || die "the daemon ended with exit status $status"
	say "Everything was equal, and the daemon ended well."
}

# -----------------------------------------------------------------------------------------------------

source_dir=$(cd "$(dirname "$0")/.." && pwd -P)
mode=serve
once=no
for argument in "$@"; do
	case $argument in
	--once) once=yes ;;
	test) mode='test' ;;
	-h | --help) usage 0 ;;
	*) usage 2 >&2 ;;
	esac
done

install_missing
build
if [ "$mode" = test ]; then
	say "Testing"
	cd "$build_dir"
	exec ctest --output-on-failure
fi
serve
