#!/bin/sh
# An OCI image FROM scratch: the static daemon, an empty /srv/tftp, uid 65534. No container tools are needed:
#   sh packaging/container/build.sh [OUTPUT]     default: build/container
# writes OUTPUT/uvtftpd, an OCI image layout, and OUTPUT/uvtftpd.tar, the same as one file:
#   podman load -i build/container/uvtftpd.tar; skopeo copy oci:build/container/uvtftpd docker://...
# UVTFTPD=FILE takes another static binary, UVTFTP_ARCH=arm64 says for which processor it is. Equal binaries give
# equal images; SOURCE_DATE_EPOCH is the date in it.
set -eu
cd "$(dirname "$0")/../.."

output=${1:-build/container}
date=${SOURCE_DATE_EPOCH:-0}
binary=${UVTFTPD:-}
if [ -z "$binary" ]; then
	sh cmake/cross/libuv.sh
	cmake --preset appliance >/dev/null
	cmake --build --preset appliance
	binary=build/appliance/bin/uvtftpd
fi
version=$(sed -n 's/^#define UVTFTP_VERSION "\(.*\)"/\1/p' include/uvtftp.h)
case ${UVTFTP_ARCH:-$(uname -m)} in
x86_64) arch=amd64 ;;
aarch64) arch=arm64 ;;
*) arch=${UVTFTP_ARCH:-$(uname -m)} ;;
esac

layout=$output/uvtftpd
rm -rf "$layout" "$output/rootfs"
mkdir -p "$layout/blobs/sha256" "$output/rootfs/srv/tftp"
chmod 755 "$output/rootfs" "$output/rootfs/srv" "$output/rootfs/srv/tftp"
install -m 755 "$binary" "$output/rootfs/uvtftpd"

archive() {
	tar --sort=name --format=ustar --mtime="@$date" --numeric-owner --owner=0 --group=0 "$@"
}

# Puts standard input among the blobs; sets digest and size.
blob() {
	cat >"$layout/blob"
	digest=$(sha256sum "$layout/blob" | cut -d ' ' -f 1)
	size=$(wc -c <"$layout/blob")
	mv "$layout/blob" "$layout/blobs/sha256/$digest"
}

# Not through a pipe: blob sets variables.
archive -cf "$output/layer" -C "$output/rootfs" srv uvtftpd
blob <"$output/layer"
rm -r "$output/layer" "$output/rootfs"
layer=$digest layer_size=$size

blob <<END
{
  "created": "$(date -u -d "@$date" +%Y-%m-%dT%H:%M:%SZ)",
  "architecture": "$arch",
  "os": "linux",
  "config": {
    "User": "65534:65534",
    "ExposedPorts": { "6969/udp": {} },
    "Entrypoint": [ "/uvtftpd" ],
    "Cmd": [ "--single-port", "--listen", ":6969", "/srv/tftp" ],
    "Volumes": { "/srv/tftp": {} },
    "StopSignal": "SIGTERM",
    "Labels": { "org.opencontainers.image.title": "uvtftpd", "org.opencontainers.image.version": "$version",
      "org.opencontainers.image.licenses": "MIT" }
  },
  "rootfs": { "type": "layers", "diff_ids": [ "sha256:$layer" ] },
  "history": [ { "created_by": "packaging/container/build.sh" } ]
}
END
config=$digest config_size=$size

blob <<END
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:$config", "size": $config_size },
  "layers": [
    { "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:$layer", "size": $layer_size }
  ]
}
END

cat >"$layout/index.json" <<END
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    { "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:$digest", "size": $size,
      "platform": { "os": "linux", "architecture": "$arch" },
      "annotations": { "org.opencontainers.image.ref.name": "uvtftpd:$version" } }
  ]
}
END
echo '{ "imageLayoutVersion": "1.0.0" }' >"$layout/oci-layout"
archive -cf "$output/uvtftpd.tar" -C "$layout" oci-layout index.json blobs
echo "$layout: sha256:$digest, $(wc -c <"$output/uvtftpd.tar") bytes"
