#!/bin/sh
. "${0%/*}/lib.sh"
need atftp

blksize=
windowsize=
fetch() {
	set -- --get --remote-file "$2" --local-file "$3" "$1" "$port"
	[ -z "$blksize" ] || set -- --option "blksize $blksize" "$@"
	[ -z "$windowsize" ] || set -- --option "windowsize $windowsize" "$@"
	atftp "$@" >"$work/said" 2>&1
}

get_every_way
windowsize=4
get_every_way
blksize=1428
get_every_way
windowsize=
get_every_way

random_file 40M 41943040
random_file 100M 104857600
start_daemon
blksize=
get 127.0.0.1 40M
blksize=1428
get 127.0.0.1 100M
windowsize=64
get 127.0.0.1 100M
stop_daemon
