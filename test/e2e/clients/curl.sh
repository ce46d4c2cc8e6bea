#!/bin/sh
. "${0%/*}/lib.sh"
need curl
curl --version | grep -q '^Protocols:.* tftp' || skip 'this curl does not speak TFTP'

options=
fetch() {
	case $1 in
	*:*) set -- "[$1]" "$2" "$3" ;;
	esac
	# shellcheck disable=SC2086 # words
	curl --silent --show-error $options -o "$3" "tftp://$1:$port/$2"
}

get_every_way
options='--tftp-blksize 1428'
get_every_way
options='--tftp-no-options'
get_every_way

# Both wrap the block number.
random_file 40M 41943040
random_file 100M 104857600
start_daemon
options='--tftp-no-options'
get 127.0.0.1 40M
options='--tftp-blksize 1428'
get 127.0.0.1 100M
stop_daemon
