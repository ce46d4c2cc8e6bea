#!/bin/sh
# The release criterion: 300 machines ask at the same moment, all are served, none has to ask twice.
. "${0%/*}/lib.sh"
random_file file 1024

retransmissions=0
if is_sanitized; then
	retransmissions=10
fi
# A machine that stands still for a second makes clients repeat, whatever the daemon does: forgiven once.
forgiven=0
round=0
while [ $round -lt 5 ]; do
	start_daemon
	"$tools/swarm" --clients 300 --must-complete 127.0.0.1 "$port" "$root" file >"$work/said" ||
		fail "$(cat "$work/said")"
	stop_daemon
	cat "$work/said"
	count=$(sed -n 's/.* retransmissions=\([0-9]*\) .*/\1/p' "$work/said")
	if [ "$count" -le $retransmissions ]; then
		round=$((round + 1))
	elif [ $forgiven -eq 0 ]; then
		forgiven=1
	else
		fail "twice clients had to ask again, now $count times"
	fi
done
