#!/bin/sh
# The unit under a real systemd: a Debian boots in a container with the debs installed, and a unit in it asks whether
# the service is ready when systemd says so, works within its sandbox, reloads, restarts, and ends well.
. "${0%/*}/lib.sh"
need systemd-nspawn
[ -e "$(echo "$packages"/uvtftpd_*.deb)" ] || skip "no deb of uvtftpd in $packages"

fresh_root
mkdir "$root/debs"
cp "$packages"/uvtftpd_*.deb "$packages"/uvtftp_*.deb "$root/debs"
in_root sh -c 'dpkg -i /debs/*.deb' >"$work/dpkg" 2>&1 || {
	cat "$work/dpkg"
	fail 'dpkg -i failed'
}
umount "$root/proc" "$root/dev"
# Containers have it to keep services from being started.
rm -f "$root/usr/sbin/policy-rc.d"

# Uploads go where the unit lets them; and it is an ordinary file of an ordinary user that comes back.
install -d -o "$(chroot "$root" id -u uvtftpd)" "$root/srv/tftp/up"
cat >"$root/etc/uvtftpd.conf" <<'END'
write = "overwrite"
upload-mode = 0644
END
head -c 3000000 /dev/urandom >"$root/srv/tftp/large"
cat >"$root/usr/local/bin/ask" <<'END'
#!/bin/sh
set -eux
exec >/result 2>&1
trap 'echo "status $?"; journalctl -b -u uvtftpd --no-pager -o cat >/journal || :; systemctl --no-block poweroff' EXIT
# The shell does not end at a command with "!" before it.
not() { ! "$@"; }
show() { systemctl show uvtftpd -P "$1"; }
# Type=notify: active means that it serves, so the first request is answered.
test "$(show ActiveState)" = active
uvtftp get -q -o /tmp/large tftp://127.0.0.1/large
cmp /tmp/large /srv/tftp/large
uvtftp put -q /tmp/large 'tftp://[::1]/up/large'
cmp /tmp/large /srv/tftp/up/large
test "$(stat -c '%U %a' /srv/tftp/up/large)" = 'uvtftpd 644'
pid=$(show MainPID)
grep -q '^Seccomp:.2$' /proc/$pid/status
grep -q '^NoNewPrivs:.1$' /proc/$pid/status
grep -q '^CapEff:.0*400$' /proc/$pid/status
grep -q '^CapBnd:.0*400$' /proc/$pid/status
test "$(stat -c %U /proc/$pid)" = uvtftpd
# What is hidden is hidden.
uid=$(id -u uvtftpd)
not nsenter -t $pid -m setpriv --reuid $uid --clear-groups ls /root
not nsenter -t $pid -m setpriv --reuid $uid --clear-groups touch /var/tmp/../lib/x
systemctl reload uvtftpd
test "$(show ActiveState)" = active
test "$(show MainPID)" = $pid
uvtftp get -q -o /tmp/large tftp://127.0.0.1/large
systemctl restart uvtftpd
test "$(show ActiveState)" = active
uvtftp get -q -o /tmp/large tftp://127.0.0.1/large
# An upgrade restarts it.
pid=$(show MainPID)
dpkg -i /debs/uvtftpd_*.deb </dev/null
test "$(show ActiveState)" = active
test "$(show MainPID)" != $pid
uvtftp get -q -o /tmp/large tftp://127.0.0.1/large
# A port that is taken: said, and not tried again and again.
systemctl stop uvtftpd
test "$(show Result)" = success
uvtftpd --listen :69 /srv/tftp 2>/tmp/other &
until uvtftp get -q -o /tmp/large tftp://127.0.0.1/large; do :; done
not systemctl start uvtftpd
test "$(show Result)" = exit-code
test "$(show NRestarts)" = 0
journalctl -b -u uvtftpd --no-pager -o cat | grep 'the port is in use, perhaps by another TFTP server'
kill $!
wait $! || :
# Started by the first request, which is answered, on sockets of systemd's and without any capability.
mkdir -p /run/systemd/system/uvtftpd.service.d
printf '[Service]\nAmbientCapabilities=\nCapabilityBoundingSet=\nPrivateUsers=yes\n' \
	>/run/systemd/system/uvtftpd.service.d/none.conf
systemctl daemon-reload
systemctl reset-failed uvtftpd
systemctl start uvtftpd.socket
test "$(show ActiveState)" = inactive
for host in 127.0.0.1 '[::1]'; do
	uvtftp get -q -o /tmp/large tftp://$host/large
	cmp /tmp/large /srv/tftp/large
done
test "$(show ActiveState)" = active
pid=$(show MainPID)
grep -q '^CapEff:.0*$' /proc/$pid/status
grep -q '^CapBnd:.0*$' /proc/$pid/status
uvtftp put -q /tmp/large tftp://127.0.0.1/up/large
systemctl restart uvtftpd
uvtftp get -q -o /tmp/large tftp://127.0.0.1/large
cmp /tmp/large /srv/tftp/large
test "$(show MainPID)" != $pid
# Removing it ends it, and what would start it again.
dpkg --remove uvtftpd
not systemctl --quiet is-active uvtftpd.service
not systemctl --quiet is-active uvtftpd.socket
not uvtftp get -q --timeout 1 -o /tmp/large tftp://127.0.0.1/large
echo reached-the-end
END
chmod 755 "$root/usr/local/bin/ask"
cat >"$root/etc/systemd/system/ask.service" <<'END'
[Unit]
After=uvtftpd.service
[Service]
Type=oneshot
TimeoutStartSec=100
ExecStart=/usr/local/bin/ask
END
ln -s ../ask.service "$root/etc/systemd/system/multi-user.target.wants/ask.service"

step 'boot'
timeout 150 systemd-nspawn --directory="$root" --register=no --keep-unit --private-network --console=pipe --boot \
	</dev/null >"$work/console" 2>&1 || :
[ -s "$root/result" ] || {
	tail -n 30 "$work/console"
	skip 'systemd does not boot in a container here'
}
grep -q '^reached-the-end$' "$root/result" || {
	cat "$root/result" "$root/journal"
	fail 'see above'
}
step passed
