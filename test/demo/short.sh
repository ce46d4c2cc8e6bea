#!/bin/sh
# The demo in a short form: every line must be there and, of uvtftpd, every client served; nothing is judged by the
# clock. atftpd takes part where it is installed or unpacked. Usage: short.sh BUILD
set -eu
here=${0%/*}
export DEMO_BUILD="$1" DEMO_FETCH=no
# For systems that give no network of one's own: one that is likely to be free.
export DEMO_PORT="$((20000 + $$ % 10000))"
table=$(sh "$here/run_demo.sh" 20 '50 200') || {
	echo "short: FAILED: run_demo.sh ended with status $?"
	exit 1
}
printf '%s\n' "$table"
for clients in 50 200; do
	printf '%s\n' "$table" | grep -Eq "^uvtftpd +$clients +$clients +0 +0 +[0-9]+ ms$" || {
		echo "short: FAILED: no line of $clients clients of uvtftpd that were all served"
		exit 1
	}
done
printf '%s\n' "$table" | grep -Eq '^atftpd +(20 +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ ms$|is not here)' || {
	echo 'short: FAILED: no line of atftpd'
	exit 1
}
