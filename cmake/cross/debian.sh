# shellcheck shell=sh
# Read by the scripts beside it.

UVTFTP_DEBIAN=${UVTFTP_DEBIAN:-http://deb.debian.org/debian}
UVTFTP_DEBIAN_SECURITY=${UVTFTP_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}

# debian_source PACKAGE DIRECTORY: unpacks Debian's source package there.
debian_source() {
	(
		set -e
		package=$1
		mkdir -p "$2"
		directory=$(cd "$2" && pwd)
		scratch=$(mktemp -d)
		trap 'rm -rf "$scratch"' EXIT
		chmod 755 "$scratch"
		mkdir -p "$scratch/lists/partial" "$scratch/download"
		! id _apt >/dev/null 2>&1 || [ "$(id -u)" != 0 ] || chown _apt "$scratch/download"
		release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
		for suite in "$release $UVTFTP_DEBIAN" "$release-security $UVTFTP_DEBIAN_SECURITY"; do
			echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${suite#* } ${suite%% *} main"
		done >"$scratch/source.list"
		cd "$scratch/download" || exit
		set -- -o Dir::Etc::SourceParts=/dev/null -o "Dir::Etc::SourceList=$scratch/source.list" \
			-o "Dir::State::Lists=$scratch/lists" -o "Dir::Cache=$scratch"
		apt-get "$@" -qq update
		apt-get "$@" -qq source --download-only "$package"
		rm -rf "$directory"
		dpkg-source --no-check -x ./*.dsc "$directory"
	)
}
