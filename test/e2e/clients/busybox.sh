#!/bin/sh
. "${0%/*}/lib.sh"
need busybox
busybox --list | grep -qx tftp || skip 'this busybox has no tftp'

options=
fetch() {
	# shellcheck disable=SC2086 # words
	busybox tftp -g $options -r "$2" -l "$3" "$1" "$port" 2>"$work/said"
}

get_every_way
options='-b 1428'
get_every_way

random_file 40M 41943040
random_file 100M 104857600
start_daemon
options=
get 127.0.0.1 40M
options='-b 1428'
get 127.0.0.1 100M
options='-b 65464'
get 127.0.0.1 100M
stop_daemon
