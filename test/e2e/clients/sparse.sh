#!/bin/sh
# More than 32 bits of size, mostly holes.
. "${0%/*}/lib.sh"

size=5368709120
blksize=65464
head_blocks=200
# The beginning of a chunk of the cache, the middle of a block, the last bytes that are looked at.
: >"$root/sparse"
for at in 0 65536 131071 6553600 $((head_blocks * blksize - 4)); do
	printf 'mark' | dd of="$root/sparse" bs=1 seek="$at" conv=notrunc 2>/dev/null
done
dd if=/dev/null of="$root/sparse" bs=1 seek=$size 2>/dev/null
[ "$(wc -c <"$root/sparse")" -eq $size ] || skip 'no files of 5 GiB here'

start_daemon
"$tools/probe" -t -b $blksize -n $head_blocks -o "$work/got" 127.0.0.1 "$port" sparse >"$work/said" ||
	fail "$(cat "$work/said")"
grep -qx "oack tsize=$size blksize=$blksize" "$work/said" || fail "granted: $(cat "$work/said")"
head -c $((head_blocks * blksize)) "$root/sparse" | cmp - "$work/got"
# As a machine that only wants to know the size.
"$tools/probe" -t -n 0 127.0.0.1 "$port" sparse >"$work/said"
grep -qx "oack tsize=$size blksize=-1" "$work/said" || fail "granted: $(cat "$work/said")"
grep -qx 'aborted bytes=0' "$work/said" || fail "probe: $(cat "$work/said")"
stop_daemon
