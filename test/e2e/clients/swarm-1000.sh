#!/bin/sh
. "${0%/*}/lib.sh"
random_file file 1024
start_daemon
"$tools/swarm" --clients 1000 --must-complete 127.0.0.1 "$port" "$root" file
"$tools/swarm" --clients 1000 --tsize --blksize 1428 --must-complete 127.0.0.1 "$port" "$root" file
stop_daemon
