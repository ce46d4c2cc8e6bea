#!/bin/sh
# Runs the image that build.sh has made, as a container engine would: unpacked by its manifest, in namespaces of its
# own, with its user and command, and no right to low ports.  As root: sh packaging/container/check.sh [OUTPUT] [CLIENT]
# CLIENT: a static uvtftp, by default that of the appliance preset.
set -eu
cd "$(dirname "$0")/../.."

output=$(cd "${1:-build/container}" && pwd)
client=$(readlink -f "${2:-build/appliance/bin/uvtftp}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# field NAME FILE: the first value of that name, brackets and quotes off.
field() {
	sed -n "s/.*\"$1\": \[* *\"*\([^]\"]*\).*/\1/p" "$2" | head -n 1
}
# blob DIGEST: its file, if it is what its name says.
blob() {
	file=$output/uvtftpd/blobs/sha256/${1#sha256:}
	echo "${1#sha256:}  $file" | sha256sum --check --quiet >&2
	echo "$file"
}

manifest=$(blob "$(field digest "$output/uvtftpd/index.json")")
config=$(blob "$(field digest "$manifest")")
layer=$(blob "$(sed -n '/"layers"/,$p' "$manifest" | sed -n 's/.*"digest": "\([^"]*\)".*/\1/p')")
user=$(field User "$config")
command=$(sed -n 's/.*"\(Entrypoint\|Cmd\)": \[\(.*\)\].*/\2/p' "$config" | tr -d '",' | tr '\n' ' ')
[ "$user" = 65534:65534 ]

mkdir "$work/root"
tar -xpf "$layer" -C "$work/root"
[ "$(find "$work/root" -type f | wc -l)" = 1 ]
head -c 300000 /dev/urandom >"$work/root/srv/tftp/image"
chmod 644 "$work/root/srv/tftp/image"

cat >"$work/inside" <<'END'
set -eu
ip link set lo up
mkfifo "$1/log"
# shellcheck disable=SC2086 # words
chroot --userspec="$3" --groups= "$1/root" $4 2>"$1/log" &
daemon=$!
exec 3<"$1/log"
while read -r line <&3; do
	echo "$line"
	case $line in *'listening on'*) break ;; esac
done
cat <&3 &
"$2" get -q -o "$1/got" tftp://127.0.0.1:6969/image
cmp "$1/got" "$1/root/srv/tftp/image"
grep -E '^(Uid|Gid|CapEff|Groups|VmRSS):' "/proc/$daemon/status"
kill "$daemon"
wait "$daemon"
END
unshare --net --mount --ipc --uts sh "$work/inside" "$work" "$client" "$user" "$command"
echo "ok: the image serves"
