#!/bin/sh
. "${0%/*}/lib.sh"
need tftp
tftp -V 2>/dev/null | grep -q '^tftp-hpa' || skip 'this tftp is not tftp-hpa'

mode=binary
fetch() {
	tftp -m $mode "$1" "$port" -c get "$2" "$3"
}

get_every_way

# It speaks 512 bytes in lock-step only: 40 MiB wrap the block number.
random_file 40M 41943040
# Netascii there and back is the same file, wherever a block ends in the middle of a line end.
printf 'a\nb\rc\r\nd\n\r\r\n\n' >"$work/piece"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	cat "$work/piece" "$work/piece" >"$work/pieces"
	mv "$work/pieces" "$work/piece"
done
for shift in 0 1 2; do
	head -c $shift /dev/zero | cat - "$work/piece" >"$root/text$shift"
done
start_daemon
get 127.0.0.1 40M
mode=ascii
get 127.0.0.1 text0 text1 text2
stop_daemon
