#!/bin/sh
# 20 MiB of files through 1 MiB of cache.
. "${0%/*}/lib.sh"
files=
for i in $(seq 20); do
	random_file "file$i" 1048576
	files="$files file$i"
done
start_daemon --cache 1M
# shellcheck disable=SC2086 # words
"$tools/swarm" --clients 200 --blksize 1428 --windowsize 16 --limit 120 --must-complete \
	127.0.0.1 "$port" "$root" $files
stop_daemon
