#!/bin/sh
# The daemon is killed in the middle of many uploads: no name has a part of a file, and what the killed one left
# is gone after the next start.
. "${0%/*}/lib.sh"
[ -x "$bin/uvtftp" ] || skip 'uvtftp is not built'
"$bin/uvtftp" put --help >/dev/null 2>&1 || skip 'this uvtftp has no put'

uploads=100
head -c 2097152 /dev/urandom >"$work/new"
head -c 5000 /dev/urandom >"$work/old"

# Half of the names are taken.
make_old() {
	n=0
	while [ $n -lt $uploads ]; do
		[ $((n % 2)) -eq 1 ] || cp "$work/old" "$root/file$n"
		n=$((n + 1))
	done
}

start_uploads() {
	children=
	n=0
	while [ $n -lt $uploads ]; do
		"$bin/uvtftp" put --quiet --no-options --timeout 3 "$work/new" "tftp://127.0.0.1:$port/file$n" 2>/dev/null &
		children="$children $!"
		n=$((n + 1))
	done
}

end_uploads() {
	for pid in $children; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	# shellcheck disable=SC2086 # words
	wait $children 2>/dev/null || :
	children=
}

kill_daemon() {
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null || :
	daemon=
	wait "$log_writer" || :
	log_writer=
}

# Each name has the old file, the new one, or is not there.
check_names() {
	whole=0
	for file in "$root"/file*; do
		if cmp -s "$work/new" "$file"; then
			whole=$((whole + 1))
		else
			cmp -s "$work/old" "$file" || fail "${file##*/} has a part of a file"
		fi
	done
	n=0
	while [ $n -lt $uploads ]; do
		[ -f "$root/file$n" ] || [ $((n % 2)) -eq 1 ] || fail "the old file$n is gone"
		n=$((n + 1))
	done
	echo "$name: $whole of $uploads were complete"
}

check_nothing_else() {
	strays=$(find "$root" -mindepth 1 ! -name 'file*')
	[ -z "$strays" ] || fail "left after the restart: $strays"
}

some_are_done() {
	[ "$(grep -c 'write done' "$log")" -ge "$1" ]
}

# Early, when most have only begun, and in the middle of the commits.
for done in 1 40; do
	rm -rf "${root:?}"/*
	make_old
	start_daemon --write=overwrite
	start_uploads
	wait_until 120 some_are_done $done || fail 'the uploads do not get on'
	kill_daemon
	end_uploads
	check_names
	: >"$log"
	start_daemon --write=overwrite
	check_nothing_else
	check_names
	stop_daemon
done
