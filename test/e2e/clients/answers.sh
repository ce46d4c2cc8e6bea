#!/bin/sh
# Which port answers, and what is granted.
. "${0%/*}/lib.sh"
random_file file 3000

ask() {
	"$tools/probe" "$@" >"$work/said" || fail "probe $*: $(cat "$work/said")"
	answer_port=$(sed -n 's/^port=//p' "$work/said")
}

start_daemon
ask -t -b 1428 -o "$work/got" 127.0.0.1 "$port" file
[ "$answer_port" != "$port" ] || fail 'a transfer runs on the port that was asked'
grep -qx 'oack tsize=3000 blksize=1428' "$work/said" || fail "granted: $(cat "$work/said")"
cmp "$root/file" "$work/got"
stop_daemon

start_daemon --single-port
ask 127.0.0.1 "$port" file
[ "$answer_port" = "$port" ] || fail "port $answer_port answers instead of $port"
stop_daemon

range=$(port_range)
start_daemon --port-range "$range"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	ask 127.0.0.1 "$port" file
	if [ "$answer_port" -lt "${range%-*}" ] || [ "$answer_port" -gt "${range#*-}" ]; then
		fail "port $answer_port is not among $range"
	fi
done
stop_daemon

# More clients of one address than ports: all are served, from few ports.
start_daemon --endpoints 2 --workers 1
"$tools/swarm" --clients 50 --must-complete 127.0.0.1 "$port" "$root" file
stop_daemon
