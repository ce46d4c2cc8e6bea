#!/bin/sh
# More clients than places: who finds none waits for one, and is not refused. Those who asked in vain would ask
# again after a second, nearly all of them.
. "${0%/*}/lib.sh"

# crowd CLIENTS MAX_RETRANSMISSIONS [OPTION...]
crowd() {
	clients=$1
	limit="--max-retransmissions $2"
	shift 2
	# Sanitizers on a full machine serve no 1,000 in the five seconds after which a client gives up, and a
	# second in which nothing comes is nothing special there.
	if is_sanitized; then
		clients=$((clients / 4))
		limit=
	fi
	# shellcheck disable=SC2086 # words
	"$tools/swarm" --clients "$clients" --must-complete $limit "$@" 127.0.0.1 "$port" "$root" file
}

bytes=20000
if is_sanitized; then
	bytes=10000
fi
random_file file $bytes
start_daemon --max-sessions 100 --workers 2
crowd 1000 600
crowd 1000 600 --tsize --blksize 1428
wait_until 20 log_has 'requests wait: all 50 transfers .*--max-sessions' ||
	fail 'the log does not say that requests wait'
stop_daemon

start_daemon --max-sessions-per-client 10 --workers 1
crowd 200 120
wait_until 20 log_has 'requests wait: .*--max-sessions-per-client' ||
	fail 'the log does not say that requests wait'
stop_daemon
