#!/bin/sh
. "${0%/*}/lib.sh"
[ -x "$bin/uvtftp" ] || skip 'uvtftp is not built'

options=
fetch() {
	case $1 in
	*:*) set -- "[$1]" "$2" "$3" ;;
	esac
	# shellcheck disable=SC2086 # words
	"$bin/uvtftp" get --quiet $options -o "$3" "tftp://$1:$port/$2"
}

get_every_way
options=--no-options
get_every_way
options='--blksize 1428 --windowsize 1'
get_every_way

random_file 40M 41943040
random_file 100M 104857600
start_daemon
options=--no-options
get 127.0.0.1 40M
for options in '' '--blksize 1428' '--blksize 1428 --windowsize 64' '--blksize 65464 --windowsize 4'; do
	get 127.0.0.1 100M
done
stop_daemon
