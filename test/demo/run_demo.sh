#!/bin/sh
# The talk's table: a thread for each client against event loops. Usage: run_demo.sh [ATFTPD_COUNTS [UVTFTPD_COUNTS]]
#   sh test/demo/run_demo.sh
#   sh test/demo/run_demo.sh '100 200 300' '300 1000 10000'
. "${0%/*}/lib.sh"

# A loopback network of one's own where the system gives it: then DEMO_PORT is free.
if [ -z "${UVTFTP_OWN_NET:-}" ]; then
	find_atftpd || : # while there is another network
	for own_net in 'unshare --net' 'unshare --user --map-root-user --net'; do
		if $own_net ip link set lo up 2>/dev/null; then
			# shellcheck disable=SC2016 # of the inner shell
			UVTFTP_OWN_NET=yes exec $own_net sh -c 'ip link set lo up && exec sh "$0" "$@"' "$0" "$@"
		fi
	done
fi

work=$(mktemp -d)
server=
stop_server() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	[ -z "$server" ] || wait "$server" 2>/dev/null || :
	server=
}
clean_up() {
	status=$?
	trap - EXIT
	stop_server
	rm -rf "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/root"
make_root "$work/root"

# start_server SCRIPT: returns when it answers.
start_server() {
	sh "$here/$1" "$work/root" >"$work/log" 2>&1 &
	server=$!
	tries=50
	until "$DEMO_BUILD/bin/uvtftp" get --quiet --timeout 1 --output "$work/got" \
		"tftp://127.0.0.1:$DEMO_PORT/$boot_file" 2>/dev/null; do
		tries=$((tries - 1))
		if [ $tries -eq 0 ] || ! kill -0 "$server" 2>/dev/null; then
			die "$1 does not serve: $(tail -n 3 "$work/log")"
		fi
	done
}

# field NAME: a number of the last storm's outcome.
field() {
	sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$work/outcome"
}

# line NAME N: starts nothing; N clients, one line of the table.
line() {
	sh "$here/run_clients.sh" -c "$2" --quiet --json >"$work/outcome" || [ $? -eq 1 ] || die "the load tool failed"
	p99=$(sed -n 's/.*"transfer_ms":{[^}]*"p99":\([0-9.]*\).*/\1/p' "$work/outcome")
	printf '%-8s %8d %10d %10d %8d %9.0f ms\n' "$1" "$2" "$(field completed)" "$(field timeout)" \
		"$(($(field failed) - $(field timeout)))" "$p99"
}

# rows NAME SCRIPT N...: a fresh server for each line.
rows() {
	name=$1 script=$2
	shift 2
	for clients in "$@"; do
		start_server "$script"
		line "$name" "$clients"
		stop_server
	done
}

printf '%-8s %8s %10s %10s %8s %12s\n' server clients completed 'timed out' refused 'p99'
# shellcheck disable=SC2086 # words
if find_atftpd; then
	rows atftpd run_atftpd.sh ${1-100 200 300}
else
	echo 'atftpd   is not here (apt-get install atftpd)'
fi
# shellcheck disable=SC2086 # words
rows uvtftpd run_async.sh ${2-300 1000 10000}
