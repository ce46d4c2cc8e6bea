#!/bin/sh
# The life of the rpms: installed by rpm into another root, started, upgraded, erased. The root is a Debian, whose
# libraries are made known to rpm under the names Fedora and RHEL have for them: so what the packages ask for is
# resolved, and nothing beyond that list may be asked for.
. "${0%/*}/lib.sh"

need rpm rpmbuild cpack
arch=$(uname -m)
for package in uvtftpd uvtftp libuvtftp libuvtftp-devel; do
	set -- "$packages/$package"-[0-9]*".$arch.rpm"
	[ -e "$1" ] || skip "no rpm of $package in $packages"
	[ $# -eq 1 ] || fail "several rpms of $package in $packages"
done
rpms=$work/rpms
mkdir "$rpms"
cp "$packages"/*."$arch".rpm "$rpms"

# Debian's rpm warns of itself.
rpm_in_root() {
	rpm --root "$root" --dbpath /var/lib/rpm "$@" 2>"$work/rpm" || {
		cat "$work/rpm" >&2
		return 1
	}
}

step 'what is asked for'
rpm -qp --requires "$rpms"/*.rpm | sort -u | grep -v -e '^rpmlib(' -e '^config(' -e '^libuvtftp' >"$work/asked"
# RHEL 9 has glibc 2.34, and libuv 1.42 with the epoch 1.
while read -r what; do
	case $what in
	'libc.so.6()(64bit)' | 'libc.so.6(GLIBC_2.'[0-9]')(64bit)' | 'libc.so.6(GLIBC_2.'[0-9].[0-9]*')(64bit)') ;;
	'libc.so.6(GLIBC_2.'[12][0-9]')(64bit)' | 'libc.so.6(GLIBC_2.3'[0-4]')(64bit)') ;;
	'libuv.so.1()(64bit)' | 'libconfuse.so.2()(64bit)' | 'libuv >= 1:1.42' | 'libuv-devel >= 1:1.42') ;;
	'ld-linux-'* | 'rtld(GNU_HASH)' | /bin/sh | systemd | /usr/bin/pkg-config | 'pkgconfig(libuv) >= 1.42') ;;
	*) fail "a package asks for $what, which RHEL 9 may not have" ;;
	esac
done <"$work/asked"
rpm -qp --requires "$rpms"/libuvtftp-devel-*.rpm | grep -q '^libuvtftp = ' || fail '-devel does not ask for its library'
for wanted in 'uvtftpd /usr/sbin/uvtftpd' 'uvtftpd /usr/lib/systemd/system/uvtftpd.service' 'uvtftp /usr/bin/uvtftp' \
	'libuvtftp /usr/lib64/libuvtftp.so.0' 'libuvtftp-devel /usr/lib64/pkgconfig/libuvtftp.pc'; do
	rpm -qpl "$rpms/${wanted%% *}"-[0-9]*.rpm | grep -qx "${wanted#* }" || fail "$wanted is missing"
done
[ "$(rpm -qp --qf '[%{FILEFLAGS:fflags} %{FILENAMES}\n]' "$rpms"/uvtftpd-[0-9]*.rpm | grep 'uvtftpd\.conf$' |
	grep /etc/)" = 'cn /etc/uvtftpd.conf' ] || fail '/etc/uvtftpd.conf is not config(noreplace)'

step 'install'
fresh_root
rpm_in_root --initdb
{
	printf 'Name: system\nVersion: 1\nRelease: 1\nSummary: What the root has\nLicense: MIT\nBuildArch: noarch\n'
	sed 's/ >= / = /; s/^/Provides: /' "$work/asked"
	printf '%%description\n%%files\n'
} >"$work/system.spec"
rpmbuild --quiet -bb --define "_topdir $work/build" --define "_rpmdir $work" "$work/system.spec" 2>"$work/log" ||
	fail 'rpmbuild cannot make the package of what is there'
: >"$work/log"
if rpm_in_root -U "$rpms"/uvtftpd-[0-9]*.rpm 2>/dev/null; then
	fail 'uvtftpd can be installed without what it asks for'
fi
rpm_in_root -U "$work"/noarch/system-*.rpm
if rpm_in_root -U "$rpms"/libuvtftp-devel-*.rpm 2>/dev/null; then
	fail '-devel can be installed without its library'
fi
rpm_in_root -U "$rpms"/*.rpm >"$work/said" 2>&1 || {
	cat "$work/said"
	fail 'rpm -U failed'
}
in_root getent passwd uvtftpd >/dev/null || fail 'there is no user uvtftpd'
[ "$(stat -c '%U %a' "$root/srv/tftp")" = 'root 755' ] || fail '/srv/tftp is not there, or not root'\''s'
rpm_in_root -V uvtftpd uvtftp libuvtftp libuvtftp-devel || fail 'rpm finds other files than were shipped'
PKG_CONFIG_LIBDIR=$root/usr/lib64/pkgconfig pkg-config --validate libuvtftp 2>/dev/null ||
	! command -v pkg-config >/dev/null || fail 'the .pc file is not valid'

step 'start and serve'
start_unit
check_serving
stop_unit

step 'upgrade: an edited configuration stays'
echo 'cache = 17M' >>"$root/etc/uvtftpd.conf"
cpack -G RPM --config "$packages/../CPackConfig.cmake" -D CPACK_RPM_PACKAGE_RELEASE=2 -B "$work/next" >"$work/log" 2>&1 ||
	fail 'cpack cannot make the next release'
: >"$work/log"
rpm_in_root -U "$work"/next/uvtftpd-[0-9]*.rpm
[ "$(rpm_in_root -q --qf '%{RELEASE}' uvtftpd)" = 2 ] || fail 'the upgrade did not happen'
grep -q '^cache = 17M' "$root/etc/uvtftpd.conf" || fail 'the upgrade lost an edit'
check_edit_in_force

if [ -n "$older" ]; then
	fresh_root
	rpm_in_root --initdb
	rpm_in_root -U "$work"/noarch/system-*.rpm
	rpm_in_root -U "$older"/*."$arch".rpm >/dev/null || fail 'the earlier version cannot be installed'
	step "upgrade from $(rpm_in_root -q --qf '%{VERSION}-%{RELEASE}' uvtftpd)"
	echo 'cache = 17M' >>"$root/etc/uvtftpd.conf"
	start_unit
	check_serving
	stop_unit
	rpm_in_root -U "$rpms"/*.rpm || fail 'rpm -U failed'
	[ "$(rpm_in_root -qa 'uvtftp*' 'libuvtftp*' | wc -l)" = 4 ] || fail 'not every package has one version'
	grep -q '^cache = 17M' "$root/etc/uvtftpd.conf" || fail 'the upgrade lost an edit'
	check_edit_in_force
fi

step 'erase'
echo mine >"$root/srv/tftp/mine"
rpm_in_root -e uvtftpd uvtftp libuvtftp libuvtftp-devel 2>/dev/null || fail 'rpm -e failed'
for left in usr/sbin/uvtftpd usr/bin/uvtftp usr/lib64/libuvtftp.so.0; do
	[ ! -e "$root/$left" ] || fail "/$left is still there"
done
grep -q '^cache = 17M' "$root/etc/uvtftpd.conf.rpmsave" || fail 'erasing took the edited configuration'
[ -e "$root/srv/tftp/mine" ] || fail 'erasing took files that are served'
step passed
