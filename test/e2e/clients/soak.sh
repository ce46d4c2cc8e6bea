#!/bin/sh
# Fetches, aborts, clients that vanish and files that are not there, all mixed: nothing is left behind.
. "${0%/*}/lib.sh"

random_file empty 0
random_file small 700
random_file middle 100000
random_file large 400000
names='small missing middle empty large no/such/file'

descriptors() {
	set -- "/proc/$daemon/fd"/*
	echo $#
}

# At first a file that was just fetched may still be open.
no_more_descriptors() {
	[ "$(descriptors)" -le "$1" ]
}

# All that vanished have been given up, and nobody else.
has_given_up() {
	[ "$(grep -c ' read timeout ' "$log")" -eq "$1" ]
}

# Who is held up for a second has not vanished. So few ports are all open after the first clients.
start_daemon --endpoints 8 --give-up 2 --cache 1M --drain 60
# shellcheck disable=SC2086 # words
"$tools/swarm" --clients 600 --at-once 100 --must-complete 127.0.0.1 "$port" "$root" $names
if [ -d "/proc/$daemon/fd" ]; then
	warm=$(descriptors)
fi
vanished=0
seed=1
for options in '--blksize 1428 --windowsize 8' '--tsize' '--blksize 8192'; do
	# shellcheck disable=SC2086 # words
	"$tools/swarm" --clients 20000 --at-once 60 --seconds 2 --abort 15 --vanish 10 --seed $seed \
		$options --must-complete 127.0.0.1 "$port" "$root" $names >"$work/said" ||
		fail "$(cat "$work/said")"
	cat "$work/said"
	vanished=$((vanished + $(sed -n 's/.* vanished=\([0-9]*\) .*/\1/p' "$work/said")))
	wait_until 20 has_given_up "$vanished" || fail "not those $vanished clients that vanished were given up"
	seed=$((seed + 1))
done
if [ -d "/proc/$daemon/fd" ]; then
	wait_until 20 no_more_descriptors "$warm" || fail "$(descriptors) descriptors, $warm before"
fi
before=$(date +%s)
stop_daemon
# Far from --drain, and time enough for a sanitizer on a busy machine to look for leaks.
[ $(($(date +%s) - before)) -le 30 ] || fail 'with no transfers left the daemon took its time to end'
