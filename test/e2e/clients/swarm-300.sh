#!/bin/sh
# The release criterion: 300 machines ask at the same moment, all are served, none has to ask twice.
. "${0%/*}/lib.sh"
random_file file 1024

retransmissions=0
if is_sanitized; then
	retransmissions=10
fi
for _ in 1 2 3 4 5; do
	start_daemon
	"$tools/swarm" --clients 300 --must-complete --max-retransmissions $retransmissions \
		127.0.0.1 "$port" "$root" file
	stop_daemon
done
