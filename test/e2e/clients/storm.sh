#!/bin/sh
# `uvtftp storm` against the daemon: what it counts is what happened.
. "${0%/*}/lib.sh"
[ -x "$bin/uvtftp" ] || skip 'uvtftp is not built'

random_file small 1024
random_file middle 300000
random_file other 300000
: >"$root/empty"

said=$work/said

# storm STATUS OPTION... URL...: it must end so. What it says as JSON is in $said.
storm() {
	wanted=$1
	shift
	status=0
	"$bin/uvtftp" storm --json "$@" >"$said" 2>"$work/complaint" || status=$?
	[ "$status" -eq "$wanted" ] ||
		fail "storm $* ended with status $status, not $wanted: $(cat "$said" "$work/complaint")"
}

# number KEY: the first number of this name.
number() {
	sed -n "s/.*\"$1\":\\([0-9.]*\\).*/\\1/p" "$said"
}

# check KEY NUMBER...
check() {
	while [ $# -gt 0 ]; do
		[ "$(number "$1")" = "$2" ] || fail "$1 is not $2: $(cat "$said")"
		shift 2
	done
}

start_daemon --write
at=tftp://127.0.0.1:$port

# --- all is well, whatever is asked for -----------------------------------------------------------------
storm 0 -c 300 --expect "$root/small" "$at/small"
check clients 300 transfers 300 completed 300 failed 0 bytes 307200
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.load(open(sys.argv[1]))["transfer_ms"]["p99"] > 0 or sys.exit(1)' "$said" ||
		fail "that is no JSON: $(cat "$said")"
fi
storm 0 -c 20 --repeat 5 --workers 2 "$at/small" "$at/middle" "$at/empty"
check workers 2 completed 100
storm 0 -c 40 -b 1428 -w 16 --tsize --timeout 2 --expect "$root/middle" "$at/middle"
check completed 40 bytes 12000000
storm 0 -c 3 -b 65464 -w 3 "$at/middle"
check completed 3 bytes 900000
storm 0 -c 20 --duration 0.2 --fresh-ports "$at/small"
check failed 0
storm 0 -c 10 --rate 100 "$at/small"
check completed 10
# For as long as it takes them to be answered; how long that is, is the machine's business.
"$bin/uvtftp" storm --json -c 4 --stall --duration 60 --retry 20 "$at/middle" >"$said" 2>"$work/complaint" &
children=$!
wait_until 20 grep -q 'all 4 clients have an answer' "$work/complaint" || fail 'it did not say that all are stalled'
kill -TERM $children
wait $children || fail "stalled, it ended with status $?: $(cat "$said" "$work/complaint")"
children=
check completed 4 bytes 0 retransmissions 0
"$bin/uvtftp" storm -c 5 "$at/small" >"$said"
grep -q '^5 of 5 transfers completed, 5 clients' "$said" || fail "that is no summary: $(cat "$said")"

# --- lost packets -----------------------------------------------------------------------------------------
storm 0 -c 20 --repeat 2 --loss 3 --seed 5 --retry 0.3 --tries 20 --expect "$root/small" "$at/small"
check completed 40 failed 0
[ "$(number packets_sent)" -gt 160 ] || fail "nothing was lost: $(cat "$said")"
storm 0 -c 3 --loss 1 --seed 2 --tries 20 -b 1428 -w 8 "$at/middle"
check completed 3

# --- uploads ----------------------------------------------------------------------------------------------
storm 0 -c 12 --put --expect "$root/middle" -b 1428 -w 16 "$at/up"
check completed 12 bytes 3600000
storm 0 -c 3 --put --size 5000 "$at/made-{n}.bin"
check completed 3 bytes 15000
storm 0 -c 3 --put --loss 2 --seed 1 --tries 20 --expect "$root/middle" -b 1428 "$at/lossy{n}"
cmp "$root/up" "$root/middle" || fail 'the upload of client 0 is not what was sent'
cmp "$root/up.11" "$root/middle" || fail 'the upload of client 11 is not what was sent'
cmp "$root/lossy2" "$root/middle" || fail 'an upload with losses is not what was sent'
cmp "$root/made-0.bin" "$root/made-2.bin" || fail 'what is made up differs'
[ ! -e "$root/up.12" ] || fail 'there was one upload too many'
storm 0 -c 3 --expect "$root/middle" "$at/lossy{n}"
check completed 3

# --- what must be found -------------------------------------------------------------------------------------
storm 1 -c 10 --expect "$root/other" "$at/middle"
check completed 0 failed 10 mismatch 10
head -c 299999 "$root/middle" >"$work/shorter"
storm 1 -c 2 --expect "$work/shorter" -b 1428 -w 4 "$at/middle"
check mismatch 2
storm 1 -c 10 --expect "$root/small" "$at/missing"
check failed 10 error 10
storm 1 -c 1 --repeat 2 --expect "$root/small" "$at/small" "$at/missing"
check completed 1 failed 1
"$bin/uvtftp" storm -c 7 --expect "$root/small" "$at/missing" >"$said" &&
	fail 'a missing file is taken for a success'
grep -q '7 times ERROR 1, file not found' "$said" || fail "the server's words are missing: $(cat "$said")"
stop_daemon

storm 1 -c 3 --retry 0.01 --tries 2 --expect "$root/small" "$at/small"
check failed 3 timeout 3 retransmissions 3
storm 1 -c 3 --retry 0.5 --tries 2 "$at/small"
storm 2 -c 3
storm 2 -c 3 http://127.0.0.1/small
storm 1 -c 3 --put --expect "$work/nowhere" "$at/small"

# --- interrupted -----------------------------------------------------------------------------------------
has_served() {
	[ "$(grep -c 'read done' "$log")" -ge "$1" ]
}

start_daemon
"$bin/uvtftp" storm --json -c 2 --duration 60 --rate 50 "tftp://127.0.0.1:$port/small" >"$said" &
children=$!
# The first copy is fetched before the storm.
wait_until 20 has_served 5 || fail 'it does not begin'
kill -TERM $children
status=0
wait $children || status=$?
children=
[ "$status" -eq 143 ] || fail "interrupted, it ended with status $status"
check clients 2 failed 0
stop_daemon

# In the middle of asking: each answer is waited for and refused, or the daemon would not end in time.
start_daemon
kill -STOP "$daemon"
"$bin/uvtftp" storm --json -c 20 --duration 60 --expect "$root/small" "tftp://127.0.0.1:$port/small" >"$said" &
children=$!
has_asked() {
	# Bytes in the receive queue of the listener: number: local remote state sent:received
	grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") [0-9A-F:]* [0-9A-F]* 0*:0*[1-9A-F]" /proc/net/udp
}
if [ -r /proc/net/udp ]; then
	wait_until 20 has_asked || fail 'it does not ask'
fi
kill -TERM $children
kill -CONT "$daemon"
status=0
wait $children || status=$?
children=
[ "$status" -eq 143 ] || fail "interrupted, it ended with status $status"
stop_daemon

# --- ways of the daemon -----------------------------------------------------------------------------------
for way in --single-port '--listen [::1]:0'; do
	host=127.0.0.1
	case $way in
	*::1*) host='[::1]' ;;
	esac
	if [ "$host" = '[::1]' ] && ! has_ipv6; then
		echo "$name: no IPv6 here: left out"
		continue
	fi
	# shellcheck disable=SC2086 # words
	start_daemon $way
	storm 0 -c 100 --repeat 3 "tftp://$host:$port/small"
	check completed 300
	stop_daemon
done
