#!/bin/sh
# Builds everything, the tests included, for macOS on Linux, with warnings as errors, and looks at what came out:
#   sh cmake/cross/macos.sh [aarch64|x86_64]...    default: both
# Needs apt-get (libuv's and check's source), npm (zig) and file. Nothing is run: there is no macOS here.
# UVTFTP_CROSS=DIR keeps the tools and builds, 700 MB, elsewhere than in build/cross.
set -eu
cd "$(dirname "$0")/../.."
. cmake/cross/debian.sh
. cmake/cross/zig.sh

cross=${UVTFTP_CROSS:-build/cross}
[ $# -gt 0 ] || set -- aarch64 x86_64

# expect FILE WORDS: file(1) says WORDS of it.
expect() {
	said=$(file --brief "$1")
	case $said in
	*"$2"*) printf '%-55s %s\n' "$1" "$said" ;;
	*)
		printf '%s: expected "%s", it is: %s\n' "$1" "$2" "$said" >&2
		exit 1
		;;
	esac
}

sh cmake/cross/libuv.sh
[ -e build/check/CMakeLists.txt ] || debian_source check build/check
zig_tools "$cross/zig"
for cpu; do
	build=$cross/$cpu-macos
	case $cpu in
	aarch64) named=arm64 ;;
	*) named=$cpu ;;
	esac
	cmake -S . -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/cross/zig.cmake" \
		-DZIG_TARGET="$cpu-macos" -DZIG_TOOLS="$(cd "$cross/zig" && pwd)" -DCMAKE_C_COMPILER_LAUNCHER= \
		-DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1 -DUVTFTP_WERROR=ON -DUVTFTP_CONFUSE=OFF \
		-DUVTFTP_LIBUV_SOURCE="$PWD/build/libuv" -DUVTFTP_CHECK_SOURCE="$PWD/build/check"
	cmake --build "$build"
	expect "$build/bin/uvtftpd" "Mach-O 64-bit $named executable"
	expect "$build/bin/uvtftp" "Mach-O 64-bit $named executable"
	expect "$build/src/libuvtftp.a" 'ar archive'
	expect "$build/test-bin/test_transfer_end" "Mach-O 64-bit $named executable"
done
