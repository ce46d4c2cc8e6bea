# shellcheck shell=sh
if [ "$1" -eq 0 ] && command -v systemctl >/dev/null; then
	if [ -d /run/systemd/system ]; then
		systemctl --no-reload disable --now uvtftpd.service || :
	else
		systemctl --no-reload disable uvtftpd.service || :
	fi
fi
