#!/bin/sh
# On all addresses of the machine: in a network namespace, so that it is nobody else's machine.
. "${0%/*}/lib.sh"
need ip
[ "${UVTFTP_OWN_NET:-}" = yes ] || skip 'no network namespace may be made here'
# One that the loopback network does not contain; another comes while the daemon runs.
ip address add 192.0.2.7/32 dev lo

fetch() {
	"$tools/probe" -b 1428 -o "$3" "$1" "$port" "$2" >"$work/said"
}

make_small_files
for options in '' '--single-port'; do
	# shellcheck disable=SC2086 # words
	start_daemon --listen :0 $options
	hosts='127.0.0.1 127.0.0.2 192.0.2.7 198.51.100.7'
	if has_ipv6; then
		hosts="$hosts ::1"
	fi
	ip address add 198.51.100.7/32 dev lo
	for host in $hosts; do
		# probe takes answers from the host it asked, no others.
		# shellcheck disable=SC2086 # words
		get "$host" $small_files
	done
	ip address del 198.51.100.7/32 dev lo
	stop_daemon
done
