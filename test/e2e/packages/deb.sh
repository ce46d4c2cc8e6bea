#!/bin/sh
# The life of the debs on a Debian: installed, started, upgraded, beside tftpd-hpa, removed, purged.
. "${0%/*}/lib.sh"

for package in uvtftpd uvtftp libuvtftp0 libuvtftp-dev; do
	set -- "$packages/${package}"_*.deb
	[ -e "$1" ] || skip "no deb of $package in $packages"
	[ $# -eq 1 ] || fail "several debs of $package in $packages"
done
need dpkg-deb
arch=$(dpkg-deb -f "$1" Architecture)
version=$(dpkg-deb -f "$1" Version)

# install_all [DIRECTORY]: those in it, by default those to be tested, with their library.
install_all() {
	rm -rf "$root/debs"
	mkdir -p "$root/debs"
	for package in uvtftpd uvtftp libuvtftp0; do
		cp "${1:-$packages}/${package}"_*.deb "$root/debs"
	done
	in_root sh -c 'dpkg -i /debs/*.deb' >"$work/dpkg" 2>&1 || {
		cat "$work/dpkg"
		fail 'dpkg -i failed'
	}
}

# repack NAME SUFFIX COMMAND...: the same package with a higher version, after COMMAND has run in its tree.
repack() {
	dpkg-deb -R "$packages/$1_$version"_*.deb "$work/again"
	sed -i "s/^Version: .*/&$2/" "$work/again/DEBIAN/control"
	file=$root/debs/next.deb
	shift 2
	(cd "$work/again" && "$@")
	dpkg-deb -b --root-owner-group "$work/again" "$file" >/dev/null
	rm -rf "$work/again"
}

step 'install'
fresh_root
install_all
in_root getent passwd uvtftpd >/dev/null || fail 'there is no user uvtftpd'
[ "$(stat -c '%U %a' "$root/srv/tftp")" = 'root 755' ] || fail '/srv/tftp is not there, or not root'\''s'
[ -e "$root/etc/uvtftpd.conf" ] || fail 'there is no /etc/uvtftpd.conf'
in_root uvtftpd --check-config >/dev/null || fail 'the configuration that is shipped is not valid'
[ -L "$root/etc/systemd/system/multi-user.target.wants/uvtftpd.service" ] || fail 'the unit is not enabled'
[ -z "$(in_root dpkg --verify uvtftpd uvtftp libuvtftp0)" ] || fail 'dpkg finds other files than were shipped'
for page in man8/uvtftpd.8 man5/uvtftpd.conf.5 man1/uvtftp.1; do
	gzip -dc "$root/usr/share/man/$page.gz" | grep -q '^\.Nm' || fail "no manual page $page"
done
in_root bash -nc '. /usr/share/bash-completion/completions/uvtftpd; . /usr/share/bash-completion/completions/uvtftp'

step 'start and serve'
start_unit
check_serving
stop_unit

if command -v cc >/dev/null && [ "$(dpkg --print-architecture 2>/dev/null)" = "$arch" ]; then
	step 'the library: the example of its manual page'
	dpkg-deb -x "$packages/libuvtftp-dev_$version"_*.deb "$root"
	gzip -dc "$root/usr/share/man/man3/libuvtftp.3.gz" | sed -n '/^\.Bd -literal/,/^\.Ed/p' | sed '1d;$d;s/\\e/\\/g' >"$work/serve.c"
	libdir=$(dirname "$root"/usr/lib/*/libuvtftp.so)
	cc -Wall -Werror -I"$root/usr/include" -o "$root/tmp/serve" "$work/serve.c" -L"$libdir" -luvtftp \
		-Wl,-rpath-link,"$libdir"
	in_root timeout 60 /tmp/serve </dev/null >"$work/address" || fail 'the example does not run'
	grep -q '^127\.0\.0\.1:[1-9]' "$work/address" || fail 'the example does not say where it serves'
fi

step 'upgrade: an edited configuration stays'
echo 'cache = 17M' >>"$root/etc/uvtftpd.conf"
repack uvtftpd '+1' true
in_root dpkg -i /debs/next.deb </dev/null >/dev/null 2>&1 || fail 'an upgrade asks although the shipped file is the same'
grep -q '^cache = 17M' "$root/etc/uvtftpd.conf" || fail 'the upgrade lost an edit'
repack uvtftpd '+2' sh -c 'echo "# another default" >>etc/uvtftpd.conf'
in_root dpkg -i --force-confdef --force-confold /debs/next.deb </dev/null >/dev/null 2>&1 || fail 'the upgrade failed'
grep -q '^cache = 17M' "$root/etc/uvtftpd.conf" || fail 'the upgrade lost an edit'
grep -q 'another default' "$root/etc/uvtftpd.conf.dpkg-dist" || fail 'the new default is not put beside it'
check_edit_in_force
# Whoever disabled it finds it disabled after the next upgrade.
in_root systemctl disable uvtftpd.service >/dev/null 2>&1 || fail 'systemctl disable failed'
repack uvtftpd '+3' sh -c 'echo "# another default" >>etc/uvtftpd.conf'
in_root dpkg -i /debs/next.deb </dev/null >/dev/null 2>&1 || fail 'the upgrade failed'
[ ! -e "$root/etc/systemd/system/multi-user.target.wants/uvtftpd.service" ] || fail 'the upgrade enabled it again'

if [ -n "$older" ]; then
	fresh_root
	install_all "$older"
	# shellcheck disable=SC2016 # of dpkg-query
	from=$(in_root dpkg-query -W -f '${Version}' uvtftpd)
	step "upgrade from $from to $version"
	dpkg --compare-versions "$from" lt "$version" || fail 'that is not earlier'
	sed -i 's/^#* *cache = .*/cache = 17M/' "$root/etc/uvtftpd.conf"
	grep -q '^cache = 17M$' "$root/etc/uvtftpd.conf" || echo 'cache = 17M' >>"$root/etc/uvtftpd.conf"
	start_unit
	check_serving
	stop_unit
	# As apt does when nobody can be asked, so that an edited file is kept.
	printf 'force-confdef\nforce-confold\n' >"$root/etc/dpkg/dpkg.cfg.d/keep"
	install_all
	grep -q '^cache = 17M$' "$root/etc/uvtftpd.conf" || fail 'the upgrade lost an edit'
	[ -L "$root/etc/systemd/system/multi-user.target.wants/uvtftpd.service" ] || fail 'the upgrade disabled the unit'
	check_edit_in_force
fi

step 'remove, purge'
echo mine >"$root/srv/tftp/mine"
in_root dpkg --remove uvtftpd >/dev/null
[ ! -e "$root/usr/sbin/uvtftpd" ] || fail 'the daemon is still there'
[ -e "$root/etc/uvtftpd.conf" ] || fail 'removing took the configuration'
in_root dpkg --purge uvtftpd uvtftp libuvtftp0 >/dev/null 2>&1
[ ! -e "$root/etc/uvtftpd.conf" ] || fail 'purging left the configuration'
[ -e "$root/srv/tftp/mine" ] || fail 'purging took files that are served'
for left in etc/systemd/system/multi-user.target.wants/uvtftpd.service etc/systemd/system/uvtftpd.service \
	var/lib/systemd/deb-systemd-helper-enabled/uvtftpd.service.dsh-also; do
	if [ -L "$root/$left" ] || [ -e "$root/$left" ]; then
		fail "purging left /$left"
	fi
done

if [ -e "$base/tftpd-hpa/done" ]; then
	step 'beside tftpd-hpa'
	fresh_root
	in_root sh -c 'dpkg -i /tftpd-hpa/*.deb' >/dev/null 2>&1 || fail 'tftpd-hpa cannot be installed'
	install_all
	grep -q 'there is another TFTP server: the package tftpd-hpa' "$work/dpkg" || fail 'nothing is said of tftpd-hpa'
	[ ! -e "$root/etc/systemd/system/multi-user.target.wants/uvtftpd.service" ] ||
		fail 'both servers are enabled: which one gets the port is chance'
	# shellcheck disable=SC2016 # of dpkg-query
	in_root dpkg-query -W -f '${db:Status-Status}' tftpd-hpa | grep -q '^installed' || fail 'tftpd-hpa was removed'
	echo hpa >"$root/srv/tftp/small"
	in_root in.tftpd --listen --user tftp --address :69 --secure /srv/tftp
	status=0
	(run_unit) 2>"$work/log" || status=$?
	[ $status -eq 1 ] || fail "on a port that is taken the daemon ended with $status"
	grep -q 'cannot listen on .*:69: the port is in use, perhaps by another TFTP server' "$work/log" ||
		fail 'the daemon does not say that the port is taken'
	in_root uvtftp get --quiet --output /tmp/small tftp://127.0.0.1/small || fail 'tftpd-hpa serves no more'
	grep -q '^hpa$' "$root/tmp/small" || fail 'tftpd-hpa serves something else'
	in_root uvtftpd --from-tftpd-hpa /etc/default/tftpd-hpa >"$root/etc/uvtftpd.conf" ||
		fail 'the settings of tftpd-hpa are not understood'
	grep -q '^root = "/srv/tftp"$' "$root/etc/uvtftpd.conf" || fail 'the directory of tftpd-hpa is lost'
	in_root uvtftpd --check-config >/dev/null || fail 'the settings of tftpd-hpa do not become valid ones'
else
	step 'left out: there is no tftpd-hpa to stand beside'
fi
step passed
