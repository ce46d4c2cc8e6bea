# shellcheck shell=sh
# Nothing is started at installation: that is the system's presets' and the administrator's to say.
systemd-sysusers uvtftpd.conf || :
systemd-tmpfiles --create uvtftpd.conf || :
if [ "$1" -eq 1 ] && command -v systemctl >/dev/null; then
	systemctl --no-reload preset uvtftpd.service || :
fi
