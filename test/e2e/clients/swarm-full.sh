#!/bin/sh
# More clients than places: who finds none waits for one, and is not refused. Those who asked in vain would ask
# again after a second, nearly all of them.
. "${0%/*}/lib.sh"

# crowd CLIENTS PERCENT [OPTION...]: so many of 100 may ask again. A machine on which a second is not enough for all of
# them, or that stands still meanwhile, gets fewer; still, most would have to ask again if they were not let wait.
crowd() {
	clients=$1
	percent=$2
	shift 2
	# Sanitizers on a full machine serve no 1,000 in the five seconds after which a client gives up, and a
	# second in which nothing comes is nothing special there.
	if is_sanitized; then
		"$tools/swarm" --clients $((clients / 4)) --must-complete "$@" 127.0.0.1 "$port" "$root" file
		return
	fi
	for part in 1 2 4; do
		count=$((clients / part))
		"$tools/swarm" --clients $count --must-complete "$@" 127.0.0.1 "$port" "$root" file >"$work/said" ||
			fail "$(cat "$work/said")"
		cat "$work/said"
		again=$(sed -n 's/.* retransmissions=\([0-9]*\) .*/\1/p' "$work/said")
		[ "$again" -gt $((count * percent / 100)) ] || return 0
	done
	fail "$again of $count clients had to ask again"
}

bytes=20000
if is_sanitized; then
	bytes=10000
fi
random_file file $bytes
start_daemon --max-sessions 100 --workers 2
crowd 1000 50
crowd 1000 50 --tsize --blksize 1428
wait_until 20 log_has 'requests wait: all 50 transfers .*--max-sessions' ||
	fail 'the log does not say that requests wait'
stop_daemon

start_daemon --max-sessions-per-client 10 --workers 1
crowd 200 60
wait_until 20 log_has 'requests wait: .*--max-sessions-per-client' ||
	fail 'the log does not say that requests wait'
stop_daemon
