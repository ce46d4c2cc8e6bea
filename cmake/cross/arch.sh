#!/bin/sh
# Builds for another machine's processor and runs the result under qemu: the simulator, and the real daemon and client
# over loopback.  sh cmake/cross/arch.sh [--tests] [s390x|arm|arm64|mips]...    default: s390x arm
#   s390x  64 bits, big endian      arm  32 bits
#   mips   32 bits, big endian      arm64
#   --tests  also the unit tests, with check's source from Debian. Not all pass on mips: see CONTRIBUTING.md
# Needs Debian's cross compilers (gcc-s390x-linux-gnu, ...) and qemu-user-static; as root, brings what is missing.
# Test programs that start the daemon cannot run so: qemu does not start foreign programs unless the kernel is told.
# UVTFTP_CROSS=DIR keeps the builds elsewhere than in build/cross.
set -eu
cd "$(dirname "$0")/../.."
. cmake/cross/debian.sh

cross=${UVTFTP_CROSS:-build/cross}
seeds=${UVTFTP_SEEDS:-200}

# Sets what there is to know of the machine $1. Windows only where bytes are in this machine's order: qemu 7.2 hands the
# segment size of UDP_SEGMENT on as it stands, and a window would leave as one datagram.
machine() {
	window=16
	case $1 in
	s390x) triple=s390x-linux-gnu qemu=s390x libc=s390x window=1 ;;
	arm) triple=arm-linux-gnueabihf qemu=arm libc=armhf ;;
	arm64) triple=aarch64-linux-gnu qemu=aarch64 libc=arm64 ;;
	mips) triple=mips-linux-gnu qemu=mips libc=mips window=1 ;;
	*)
		echo "arch.sh: no machine '$1'" >&2
		exit 2
		;;
	esac
}

bring() {
	missing=
	command -v qemu-s390x-static >/dev/null || missing='qemu-user-static'
	for name; do
		machine "$name"
		command -v "$triple-gcc" >/dev/null || missing="$missing gcc-$triple libc6-dev-$libc-cross"
	done
	[ -n "$missing" ] || return 0
	apt-get update -qq
	# shellcheck disable=SC2086 # words
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
}

# configure SOURCE TREE [ARGUMENTS]
configure() {
	source=$1
	tree=$2
	shift 2
	PKG_CONFIG_LIBDIR=$root/lib/pkgconfig cmake -S "$source" -B "$tree" -G Ninja -DCMAKE_SYSTEM_NAME=Linux \
		-DCMAKE_SYSTEM_PROCESSOR="${triple%%-*}" -DCMAKE_C_COMPILER="$triple-gcc" \
		-DCMAKE_CROSSCOMPILING_EMULATOR="qemu-$qemu-static;-L;/usr/$triple" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		"$@" >"$tree.log" 2>&1 || {
		cat "$tree.log"
		exit 1
	}
}

tests=OFF
failed=
if [ "${1:-}" = --tests ]; then
	tests=ON
	shift
fi
[ $# -gt 0 ] || set -- s390x arm
bring "$@"
sh cmake/cross/libuv.sh
[ "$tests" = OFF ] || [ -e build/check/CMakeLists.txt ] || debian_source check build/check
mkdir -p "$cross"

for name; do
	machine "$name"
	build=$cross/$name
	root=$(cd "$cross" && pwd)/$name-root
	emulator="qemu-$qemu-static -L /usr/$triple"
	if [ "$tests" = ON ]; then
		configure build/check "$cross/$name-check" -DCHECK_ENABLE_TESTS=OFF -DCMAKE_INSTALL_PREFIX="$root"
		cmake --build "$cross/$name-check" --target install >/dev/null
		# The name that Debian's check.pc says.
		ln -sf libcheck.a "$root/lib/libcheck_pic.a"
	fi
	configure . "$build" -DUVTFTP_LIBUV_SOURCE="$PWD/build/libuv" -DUVTFTP_CONFUSE=OFF -DUVTFTP_TESTS="$tests" \
		-DUVTFTP_WERROR="$([ "$tests" = ON ] && echo OFF || echo ON)"
	# Of the tests those that need nothing foreign to be started. Tests are not held to sizes of 32 bits.
	if [ "$tests" = ON ]; then
		cmake --build "$build" --target uvtftpd uvtftp uvtftp-sim test/unit/all
		# Not by ctest, whose tests are started by a program in a network of their own.
		for test in "$build"/test-bin/test_*; do
			(cd test/unit && CK_VERBOSITY=minimal $emulator "$OLDPWD/$test") || failed="$failed ${test##*/}"
		done
	else
		cmake --build "$build" --target uvtftpd uvtftp uvtftp-sim
	fi
	$emulator "$build/test-bin/uvtftp-sim" --count "$seeds" --from 1
	sh test/e2e/loopback.sh "$build/bin" "$emulator" --windowsize "$window"
done
[ -z "$failed" ] || {
	echo "arch.sh: failed:$failed" >&2
	exit 1
}
