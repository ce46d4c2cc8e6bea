#!/bin/sh
# Gives the three members of each deb the mode 100644: cpack takes it from the umask of whoever packs, and then two
# builds would differ in nothing but that.
set -eu
for deb in "$@"; do
	bytes=$(wc -c <"$deb")
	at=8 # behind "!<arch>\n"; a header has 60 bytes, the mode at 40, the size at 48
	while [ "$at" -lt "$bytes" ]; do
		printf '100644  ' | dd of="$deb" bs=1 seek=$((at + 40)) conv=notrunc status=none
		size=$(dd if="$deb" bs=1 skip=$((at + 48)) count=10 status=none | tr -d ' ')
		at=$((at + 60 + size + size % 2))
	done
done
