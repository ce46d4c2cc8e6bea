#!/bin/sh
# Slow reads hold up those who wait for them and nobody else.
. "${0%/*}/lib.sh"

slow='slow1 slow2 slow3 slow4'
for file in $slow; do
	random_file "$file" 524288
done
fast=
for i in $(seq 40); do
	random_file "fast$i" 20000
	fast="$fast fast$i"
done
daemon_env="LD_PRELOAD=$tools/slowread.so ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"

# Less cache than the fast files need: they are read again and again. Prints the median in microseconds.
measure() {
	# shellcheck disable=SC2086 # words
	"$tools/swarm" --clients 400 --at-once 4 --blksize 1428 --must-complete 127.0.0.1 "$port" "$root" \
		$fast >"$work/said"
	cat "$work/said" >&2
	sed -n 's/.* p50_us=\([0-9]*\) .*/\1/p' "$work/said"
}

start_daemon --cache 256K
alone=$(measure)
# Over and over, for as long as the fast files take on this machine.
(
	until [ -e "$work/enough" ]; do
		# shellcheck disable=SC2086 # words
		"$tools/swarm" --clients 8 --blksize 1428 --windowsize 4 --must-complete 127.0.0.1 "$port" "$root" $slow
	done
) &
children=$!
# The first slow read has begun when its client is admitted.
together=$(measure)
again=$(measure)
: >"$work/enough"
wait "$children" || fail 'the slow files were not fetched'
children=
stop_daemon

# A loop that stalls would take 500 ms.
for median in "$together" "$again"; do
	[ "$median" -le $((alone * 10 + 20000)) ] ||
		fail "a fast file takes $median us beside slow reads, $alone us without them"
done
