# Versions that are this one and others. TREE: where.
file(REMOVE_RECURSE ${TREE})
file(WRITE ${TREE}/include/uvtftp.h "#define UVTFTP_VERSION \"1.2.3\"\n")
file(WRITE ${TREE}/CHANGELOG.md "# Changelog\n\n## 1.2.4 - planted\n\n## 1.2.2 - the one before\n")
file(WRITE ${TREE}/packaging/openwrt/Makefile "PKG_VERSION:=1.2.30 # planted\n")
file(WRITE ${TREE}/packaging/kubernetes/uvtftpd.yaml "# planted: it says none\nimage: uvtftpd\n")
file(WRITE ${TREE}/packaging/other/notes "uvtftp-1.2.3.tar.gz\nuvtftp-v1.2.2.tar.gz, planted\n")
