#!/bin/sh
# Builds for another machine's processor, with warnings as errors, and runs the result under qemu: the unit tests,
# recorded talks, the simulator, and the real daemon and client over loopback.
#   sh cmake/cross/arch.sh [--short] [mips|s390x|arm|arm64]...    default: mips arm64
#   mips   32 bits, big endian      s390x  64 bits, big endian
#   arm    32 bits                  arm64  64 bits
#   --short  without the unit tests and the talks: a quarter of the time
# Needs Debian's cross compilers (gcc-mips-linux-gnu, ...) and qemu-user; as root, brings what is missing. Other test
# programs start the daemon, and qemu starts no foreign programs unless the kernel is told.
# UVTFTP_CROSS=DIR keeps the builds elsewhere than in build/cross. UVTFTP_SEEDS=N is for the simulator.
set -eu
cd "$(dirname "$0")/../.."
. cmake/cross/debian.sh

mkdir -p "${UVTFTP_CROSS:=build/cross}"
cross=$(cd "$UVTFTP_CROSS" && pwd)
seeds=${UVTFTP_SEEDS:-200}
jobs=$(getconf _NPROCESSORS_ONLN)

# Sets what there is to know of the machine $1.
machine() {
	trains=yes
	case $1 in
	s390x) triple=s390x-linux-gnu qemu=s390x libc=s390x loader=ld64.so.1 trains=no ;;
	arm) triple=arm-linux-gnueabihf qemu=arm libc=armhf loader=ld-linux-armhf.so.3 ;;
	arm64) triple=aarch64-linux-gnu qemu=aarch64 libc=arm64 loader=ld-linux-aarch64.so.1 ;;
	mips) triple=mips-linux-gnu qemu=mips libc=mips loader=ld.so.1 trains=no ;;
	*)
		echo "arch.sh: no machine '$1'" >&2
		exit 2
		;;
	esac
}

bring() {
	missing=
	command -v qemu-mips >/dev/null || command -v qemu-mips-static >/dev/null || missing='qemu-user'
	for name; do
		machine "$name"
		command -v "$triple-gcc" >/dev/null && [ -e "/usr/$triple/lib/libc.a" ] ||
			missing="$missing gcc-$triple libc6-dev-$libc-cross"
	done
	[ -n "$missing" ] || return 0
	apt-get update -qq
	# shellcheck disable=SC2086 # words
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
}

configure() {
	# Programs name their libraries themselves. With qemu's -L its root, and all that is below, would be /usr/$triple.
	link="-Wl,--dynamic-linker=/usr/$triple/lib/$loader -Wl,-rpath,/usr/$triple/lib"
	if [ "$trains" = no ]; then
		"$triple-gcc" -D_GNU_SOURCE -O1 -c -o "$build/no_trains.o" cmake/cross/no_trains.c
		link="$link -Wl,--wrap=getsockopt $build/no_trains.o"
	fi
	# Nothing installed here fits. What is not optimised much is built sooner than it runs slower.
	PKG_CONFIG_LIBDIR=$build cmake -S . -B "$build" -G Ninja -DCMAKE_SYSTEM_NAME=Linux \
		-DCMAKE_SYSTEM_PROCESSOR="${triple%%-*}" -DCMAKE_C_COMPILER="$triple-gcc" \
		-DCMAKE_EXE_LINKER_FLAGS="$link" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1 \
		-DUVTFTP_LIBUV_SOURCE="$PWD/build/libuv" -DUVTFTP_CHECK_SOURCE="$PWD/build/check" \
		-DUVTFTP_CONFUSE=OFF -DUVTFTP_WERROR=ON -DUVTFTP_TESTS="$tests"
}

# Not by ctest, whose tests are started by a program that makes a network for them. Says what failed or was skipped.
# An emulated machine is slow: more time for what hangs.
unit_tests() {
	export CK_VERBOSITY=minimal CK_TIMEOUT_MULTIPLIER=10
	# shellcheck disable=SC2016 # $1 and $2 are the inner shell's
	one='
		if said=$("$1" "$2" 2>&1); then
			printf "%s\n" "$said" | grep "^skipped" || :
		else
			printf "%s: %s\n" "$2" "$said"
			exit 1
		fi'
	(
		cd test/unit
		for test in test_*.c; do
			echo "$build/test-bin/${test%.c}"
		done | xargs -P "$jobs" -I TEST sh -c "$one" sh "$emulator" TEST
	)
}

try() {
	machine "$1"
	build=$cross/$1
	emulator=qemu-$qemu
	command -v "$emulator" >/dev/null || emulator=$emulator-static
	mkdir -p "$build"
	configure
	if [ "$tests" = ON ]; then
		cmake --build "$build" --parallel "$jobs" \
			--target uvtftpd uvtftp uvtftp-sim uvtftp-replay light test/unit/all
		unit_tests
		"$emulator" "$build/test-bin/uvtftp-replay" test/replay/*.talk
	else
		cmake --build "$build" --parallel "$jobs" --target uvtftpd uvtftp uvtftp-sim
	fi
	"$emulator" "$build/test-bin/uvtftp-sim" --count "$seeds" --from 1
	sh test/e2e/loopback.sh "$build/bin" "$emulator" --windowsize 16
}

tests=ON
if [ "${1:-}" = --short ]; then
	tests=OFF
	shift
fi
[ $# -gt 0 ] || set -- mips arm64
bring "$@"
sh cmake/cross/libuv.sh
[ "$tests" = OFF ] || [ -e build/check/CMakeLists.txt ] || debian_source check build/check
for name; do
	try "$name"
	echo "arch.sh: $name passed"
done
