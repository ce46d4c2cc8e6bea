#!/bin/sh
# libuv's source, from Debian's source package (signed by Debian, with its security patches):
#   sh cmake/cross/libuv.sh [DIRECTORY]    default: build/libuv
# For -DUVTFTP_LIBUV_SOURCE=DIRECTORY. The lists of sources stay in a directory of their own: the machine's apt
# settings are read and not changed. Does nothing where DIRECTORY has it already.
set -eu
cd "$(dirname "$0")/../.."
. cmake/cross/debian.sh

directory=${1:-build/libuv}
[ ! -e "$directory/include/uv.h" ] || exit 0
debian_source libuv1 "$directory"
