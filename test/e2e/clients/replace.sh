#!/bin/sh
# A file replaced by rename: every copy is of one version, and of the right one.
. "${0%/*}/lib.sh"

start_daemon
"$tools/replace" 127.0.0.1 "$port" "$root" 300
stop_daemon

# Little memory: old versions are read again while new ones come.
start_daemon --cache 256K --workers 2
"$tools/replace" 127.0.0.1 "$port" "$root" 100
stop_daemon

# With windows, and renames that know nothing of the clients.
[ -x "$bin/uvtftp" ] || exit 0
random_file a 3000000
random_file b 3000000
cp "$root/a" "$root/c"
start_daemon
# Told to end it first ends what it does: a copy left alone would still write while the directory is removed.
(
	trap 'exit 0' TERM
	while :; do
		for version in b a; do
			cp "$root/$version" "$root/next"
			mv "$root/next" "$root/c"
		done
	done
) &
renamer=$!
children=$renamer
for _ in $(seq 100); do
	"$bin/uvtftp" get --quiet -o "$work/got" "tftp://127.0.0.1:$port/c"
	cmp -s "$root/a" "$work/got" || cmp "$root/b" "$work/got" || fail 'a mixture'
done
kill "$renamer"
wait "$renamer" 2>/dev/null || :
children=
stop_daemon
