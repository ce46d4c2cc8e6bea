# shellcheck shell=sh
if [ "$1" -eq 0 ] && command -v systemctl >/dev/null; then
	if [ -d /run/systemd/system ]; then
		systemctl --no-reload disable --now uvtftpd.socket uvtftpd.service || :
	else
		systemctl --no-reload disable uvtftpd.socket uvtftpd.service || :
	fi
fi
