#!/bin/sh
. "${0%/*}/lib.sh"
random_file file 1024
start_daemon --single-port --workers 2
"$tools/swarm" --clients 1000 --single-port --must-complete 127.0.0.1 "$port" "$root" file
"$tools/swarm" --clients 1000 --single-port --tsize --blksize 1428 --must-complete 127.0.0.1 "$port" \
	"$root" file
stop_daemon
