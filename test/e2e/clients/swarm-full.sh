#!/bin/sh
# More clients than places: who finds none waits for one, and is not refused. Those who asked in vain would ask
# again after a second, nearly all of them.
. "${0%/*}/lib.sh"
random_file file 20000
start_daemon --max-sessions 100 --workers 2
"$tools/swarm" --clients 1000 --must-complete --max-retransmissions 600 127.0.0.1 "$port" "$root" file
"$tools/swarm" --clients 1000 --tsize --blksize 1428 --must-complete --max-retransmissions 600 \
	127.0.0.1 "$port" "$root" file
wait_until 20 log_has 'requests wait: all 50 transfers .*--max-sessions' ||
	fail 'the log does not say that requests wait'
stop_daemon

start_daemon --max-sessions-per-client 10 --workers 1
"$tools/swarm" --clients 200 --must-complete --max-retransmissions 120 127.0.0.1 "$port" "$root" file
wait_until 20 log_has 'requests wait: .*--max-sessions-per-client' ||
	fail 'the log does not say that requests wait'
stop_daemon
