#!/bin/sh
# A file that is changed in place in the middle of a transfer: the client is told, nobody gets a mixture.
. "${0%/*}/lib.sh"

size=4194304
random_file new $size

# change COMMAND...: runs it while a client is in the middle of $root/file.
change() {
	random_file file $size
	mkfifo "$work/go"
	"$tools/probe" -b 1428 -p 100 -o "$work/got" 127.0.0.1 "$port" file <"$work/go" >"$work/said" &
	client=$!
	children=$client
	exec 4>"$work/go"
	wait_until 10 grep -qx paused "$work/said" || fail 'the client did not come to the middle'
	"$@"
	echo >&4
	exec 4>&-
	status=0
	wait "$client" || status=$?
	children=
	rm "$work/go"
	[ "$status" -eq 3 ] || fail "after '$*' the client was not told: $(cat "$work/said")"
	grep -q '^error code=0 text=.*changed' "$work/said" || fail "the client heard: $(cat "$work/said")"
	check_alive
	# Afterwards the file as it is now.
	"$tools/probe" -b 1428 -o "$work/got" 127.0.0.1 "$port" file >"$work/said" ||
		fail "after '$*': $(cat "$work/said")"
	cmp "$root/file" "$work/got" || fail "stale content after '$*'"
}

cut_short() { : >"$root/file"; }
cut_in_half() { dd if=/dev/null of="$root/file" bs=1 seek=$((size / 2)) 2>/dev/null; }
overwrite() { dd if="$root/new" of="$root/file" conv=notrunc bs=65536 2>/dev/null; }
overwrite_end() { printf 'x' | dd of="$root/file" conv=notrunc bs=1 seek=$((size - 1)) 2>/dev/null; }
append() { printf 'x' >>"$root/file"; }

for options in '' '--single-port' '--cache 256K'; do
	# shellcheck disable=SC2086 # words
	start_daemon $options
	change cut_short
	change cut_in_half
	change overwrite
	change overwrite_end
	change append
	stop_daemon
done

# Overwritten with as many bytes over and over, each time fetched at once: never what was there before.
start_daemon
for i in $(seq 200); do
	printf '%0100d' "$i" >"$work/version"
	dd if="$work/version" of="$root/small" conv=notrunc 2>/dev/null
	"$tools/probe" -o "$work/got" 127.0.0.1 "$port" small >"$work/said" || fail "$(cat "$work/said")"
	cmp "$work/version" "$work/got" || fail "stale content of version $i"
done
stop_daemon
