# shellcheck shell=sh disable=SC2034 # what the tests use
# What the client tests share. Each is run as: sh NAME.sh BUILD_DIR
# Exit status: 0 passed, 1 failed, 77 skipped (a program is missing, which is said).
#
# A test calls start_daemon, then client programs, then stop_daemon, as often as it likes. It finds the served
# directory in $root, the port in $port, the process in $daemon, and may use $work as it likes.
set -eu
umask 022

# A loopback network of one's own where the system gives it. UVTFTP_OWN_NET=no: never.
if [ -z "${UVTFTP_OWN_NET:-}" ] && [ -x "${1:-}/test-bin/own-net" ]; then
	exec "$1/test-bin/own-net" --root sh "$0" "$@"
fi

name=${0##*/}
name=${name%.sh}
if [ $# -ne 1 ] || [ ! -x "$1/bin/uvtftpd" ]; then
	echo "Usage: $0 BUILD_DIR (with bin/uvtftpd in it)" >&2
	exit 2
fi
bin=$1/bin
tools=$1/test-bin
work=$(mktemp -d "${TMPDIR:-/tmp}/uvtftp-$name.XXXXXX")
root=$work/root
log=$work/log
# ENV=VALUE words for the daemon alone.
daemon_env=
daemon=
log_writer=
children=
mkdir "$root"
: >"$log"

clean_up() {
	status=$?
	trap - EXIT
	for pid in $daemon $children; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	# shellcheck disable=SC2086 # words
	wait $daemon $children $log_writer 2>/dev/null || :
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
		echo "--- the end of the daemon's log:" >&2
		tail -n 40 "$log" >&2
	fi
	rm -rf "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	echo "$name: FAILED: $*" >&2
	exit 1
}

skip() {
	echo "$name: skipped: $*"
	exit 77
}

# need PROGRAM...: skips the test if one of them is not installed.
need() {
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# random_file NAME BYTES, in the served directory.
random_file() {
	head -c "$2" /dev/urandom >"$root/$1"
}

# --- the daemon --------------------------------------------------------------------------------------

# start_daemon [OPTION...]: serves $root on a free port of 127.0.0.1, or as --listen says; returns when it is
# ready, without waiting for time to pass.  Not with --quiet: the daemon would not say it.
start_daemon() {
	case " $* " in
	*' --listen '*) ;;
	*) set -- --listen 127.0.0.1:0 "$@" ;;
	esac
	mkfifo "$work/stderr"
	# shellcheck disable=SC2086 # words
	env $daemon_env "$bin/uvtftpd" "$@" "$root" 2>"$work/stderr" &
	daemon=$!
	exec 3<"$work/stderr"
	rm "$work/stderr"
	port=
	ready=no
	while [ $ready = no ] && IFS= read -r line <&3; do
		printf '%s\n' "$line" >>"$log"
		case $line in
		*'listening on '*) port=${line##*:} ;;
		*'uvtftpd: serving '*) ready=yes ;;
		esac
	done
	cat <&3 >>"$log" &
	log_writer=$!
	exec 3<&-
	[ $ready = yes ] || fail "the daemon did not start with $*"
}

# Ends the daemon and demands a clean end: status 0 (so no leaks under a sanitizer), nothing left to wait for.
stop_daemon() {
	kill -TERM "$daemon" || fail "the daemon is gone"
	status=0
	wait "$daemon" || status=$?
	daemon=
	wait "$log_writer" || :
	log_writer=
	[ "$status" -eq 0 ] || fail "the daemon ended with status $status"
	grep -q 'uvtftpd: stopped: ' "$log" || fail "the daemon did not say that it stopped"
	if grep -E 'not all transfers ended|runtime error|Sanitizer' "$log"; then
		fail "the daemon complained"
	fi
	: >"$log"
}

check_alive() {
	kill -0 "$daemon" 2>/dev/null || fail "the daemon is gone"
}

is_sanitized() {
	grep -Eqs '^UVTFTP_SANITIZE:STRING=.+' "$bin/../CMakeCache.txt"
}

# --- waiting -----------------------------------------------------------------------------------------

# wait_until SECONDS COMMAND...: until it succeeds; looks 50 times a second.
wait_until() {
	tries=$(($1 * 50))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.02
	done
}

log_has() {
	grep -q "$1" "$log"
}

# --- fetching ----------------------------------------------------------------------------------------
# The test defines fetch HOST NAME FILE: one file from $port of HOST, silently, status 0 if it worked.

# get HOST NAME...: each must come as it is.
get() {
	host=$1
	shift
	for file in "$@"; do
		rm -f "$work/got"
		fetch "$host" "$file" "$work/got" || fail "$file from $host was not fetched (status $?)"
		cmp "$root/$file" "$work/got" || fail "$file from $host is not what is served"
	done
}

# get_nothing HOST NAME: it is not there, and no content may come.
get_nothing() {
	rm -f "$work/got"
	fetch "$1" "$2" "$work/got" >/dev/null 2>&1 || :
	[ ! -s "$work/got" ] || fail "$2 does not exist, yet something came"
}

small_files='0 1 511 512 513 1048576'

make_small_files() {
	for size in $small_files; do
		random_file "$size" "$size"
	done
}

has_ipv6() {
	grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6
}

# Ports below those that the system gives away, others for each test process. The daemon leaves out those of
# them that somebody uses.
port_range() {
	low=$((10000 + $$ % 100 * 200))
	echo "$low-$((low + 199))"
}

# The small files in every way the daemon can serve them.
get_every_way() {
	make_small_files
	start_daemon
	# shellcheck disable=SC2086 # words
	get 127.0.0.1 $small_files
	get_nothing 127.0.0.1 missing
	stop_daemon
	for way in '--single-port' "--port-range $(port_range)" '--listen 127.0.0.2:0' '--listen [::1]:0'; do
		host=127.0.0.1
		case $way in
		*127.0.0.2*) host=127.0.0.2 ;;
		*::1*) host=::1 ;;
		esac
		if [ "$host" = ::1 ] && ! has_ipv6; then
			echo "$name: no IPv6 here: left out"
			continue
		fi
		# shellcheck disable=SC2086 # words
		start_daemon $way
		# shellcheck disable=SC2086 # words
		get "$host" $small_files
		stop_daemon
	done
}
