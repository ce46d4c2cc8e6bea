# What is installed beside the programs, and packages of it: cmake --build --preset release --target package
#
# One description for deb and rpm, by CPack, so that both have the same content and need nothing but cmake and
# dpkg or rpmbuild. (debhelper would write the maintainer scripts of the deb for us, but only for the deb.) What the
# two want to lie elsewhere is moved by cmake/package-layout.cmake. Two builds of one commit are equal: see
# cmake/package-time.cmake and -ffile-prefix-map below.

# --- what is installed ---------------------------------------------------------------------------------

set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(doc ${CMAKE_INSTALL_DATADIR}/doc)

install(FILES ${packaging}/man/uvtftpd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 COMPONENT daemon)
install(FILES ${packaging}/man/uvtftpd.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT daemon)
install(FILES ${packaging}/man/uvtftp.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT client)
install(FILES ${packaging}/man/libuvtftp.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT development)
# An example here; packages make it the configuration in /etc, whose changes their managers keep.
install(FILES ${packaging}/uvtftpd.conf DESTINATION ${doc}/uvtftpd COMPONENT daemon)

foreach(pair uvtftpd:daemon uvtftp:client)
  string(REGEX REPLACE ":.*" "" program ${pair})
  string(REGEX REPLACE ".*:" "" component ${pair})
  install(FILES ${packaging}/completions/${program}.bash RENAME ${program}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT ${component})
  install(FILES ${packaging}/completions/${program}.zsh RENAME _${program}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT ${component})
  install(FILES ${packaging}/completions/${program}.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT ${component})
endforeach()

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  configure_file(${packaging}/systemd/uvtftpd.service.in systemd/uvtftpd.service @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/systemd/uvtftpd.service ${packaging}/systemd/uvtftpd.socket
    DESTINATION lib/systemd/system COMPONENT daemon)
  install(FILES ${packaging}/systemd/uvtftpd.sysusers RENAME uvtftpd.conf
    DESTINATION lib/sysusers.d COMPONENT daemon)
  install(FILES ${packaging}/systemd/uvtftpd.tmpfiles RENAME uvtftpd.conf
    DESTINATION lib/tmpfiles.d COMPONENT daemon)
endif()

include(cmake/package-time.cmake)
# CONFUSE_VERSION is known in src only.
get_directory_property(has_confuse DIRECTORY src DEFINITION CONFUSE_FOUND)
get_directory_property(confuse_version DIRECTORY src DEFINITION CONFUSE_VERSION)

# One part in the list of parts: NAME VERSION LICENSE WHERE_FROM LINK; VERSION may be empty.
macro(add_part name version license from link)
  string(APPEND SPDX_PARTS "
PackageName: ${name}
SPDXID: SPDXRef-${name}
")
  if(NOT "${version}" STREQUAL "")
    string(APPEND SPDX_PARTS "PackageVersion: ${version}
ExternalRef: PACKAGE-MANAGER purl pkg:generic/${name}@${version}
")
  endif()
  string(APPEND SPDX_PARTS "PackageSupplier: NOASSERTION
PackageDownloadLocation: ${from}
FilesAnalyzed: false
PackageLicenseConcluded: ${license}
PackageLicenseDeclared: ${license}
PackageCopyrightText: NOASSERTION
PrimaryPackagePurpose: LIBRARY
")
  string(APPEND SPDX_LINKS "Relationship: SPDXRef-uvtftp ${link} SPDXRef-${name}\n")
endmacro()
set(SPDX_COMMENT "Nothing of others is bundled: the programs load the libraries listed here from the system. Their \
versions are those that were built against.")
set(libuv_link DYNAMIC_LINK)
if(UVTFTP_LIBUV_SOURCE)
  set(SPDX_COMMENT "Of the libraries listed here, those with STATIC_LINK are part of the programs.")
  set(libuv_link STATIC_LINK)
endif()
add_part(libuv "${LIBUV_VERSION}" MIT https://dist.libuv.org/dist/ ${libuv_link})
if(MUSL_GCC AND CMAKE_EXE_LINKER_FLAGS MATCHES "-static")
  add_part(musl "" MIT https://musl.libc.org/releases/ STATIC_LINK)
endif()
if(has_confuse AND UVTFTP_CONFUSE)
  add_part(libconfuse "${confuse_version}" ISC https://github.com/libconfuse/libconfuse/releases DYNAMIC_LINK)
endif()
configure_file(cmake/uvtftp.spdx.in uvtftp.spdx @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/uvtftp.spdx DESTINATION ${doc}/uvtftpd COMPONENT daemon)

# --- packages in general -------------------------------------------------------------------------------

# No more than can be made here.
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
find_program(RPMBUILD rpmbuild)
mark_as_advanced(DPKG_SHLIBDEPS RPMBUILD)
set(CPACK_GENERATOR TGZ)
if(DPKG_SHLIBDEPS)
  list(APPEND CPACK_GENERATOR DEB)
endif()
if(RPMBUILD)
  list(APPEND CPACK_GENERATOR RPM)
endif()

set(CPACK_PACKAGE_NAME uvtftp)
set(CPACK_PACKAGE_VENDOR "The uvtftp authors")
# Nobody can be reached there (RFC 2606): whoever publishes packages says who answers for them.
set(UVTFTP_MAINTAINER "The uvtftp authors <maintainers@uvtftp.invalid>" CACHE STRING
  "Who answers for packages: Name <address>")
set(CPACK_PACKAGE_CONTACT ${UVTFTP_MAINTAINER})
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_RELOCATABLE OFF)
set(CPACK_COMPONENTS_ALL daemon client library development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_BINARY_DIR}/package-options.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_BINARY_DIR}/package-layout.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_BINARY_DIR}/package-release.cmake)

set(about "uvtftp serves files over TFTP to machines that boot from the
network - PXE, UEFI, U-Boot, GRUB, phones and switches - many at
once, from a few event loops with a shared cache.")
set(summary_of_daemon "TFTP server for network boot")
set(summary_of_client "TFTP client with large blocks and windows")
set(summary_of_library "TFTP server for embedding")
set(summary_of_development "development files of libuvtftp")
set(part_daemon "This package has the server, uvtftpd.")
set(part_client "This package has the client, uvtftp.")
set(part_library "This package has the server as a library, for programs that
embed it.")
set(part_development "This package has what is needed to build programs with
libuvtftp.")
foreach(component ${CPACK_COMPONENTS_ALL})
  string(TOUPPER ${component} COMPONENT)
  # The first line of a deb's is the summary.
  set(CPACK_DEBIAN_${COMPONENT}_DESCRIPTION
    "${summary_of_${component}}\n${about}\n.\n${part_${component}}")
  set(CPACK_RPM_${COMPONENT}_PACKAGE_DESCRIPTION "${about}\n\n${part_${component}}")
  string(REGEX REPLACE "^d" "D" CPACK_RPM_${COMPONENT}_PACKAGE_SUMMARY "${summary_of_${component}}")
  # Of libuv both generators see functions, but not that flags of them came later.
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_DEPENDS "libuv1 (>= 1.42)")
  set(CPACK_RPM_${COMPONENT}_PACKAGE_REQUIRES "libuv >= 1:1.42") # Fedora's and RHEL's has the epoch 1
endforeach()

# --- deb -----------------------------------------------------------------------------------------------

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SOURCE uvtftp)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(exactly "= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

set(CPACK_DEBIAN_DAEMON_PACKAGE_NAME uvtftpd)
set(CPACK_DEBIAN_CLIENT_PACKAGE_NAME uvtftp)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libuvtftp${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libuvtftp-dev)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY >=)
string(APPEND CPACK_DEBIAN_DAEMON_PACKAGE_DEPENDS
  ", systemd | systemd-standalone-sysusers | systemd-sysusers"
  ", systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
# No Provides or Conflicts on tftp-server: a server that is there stays, see packaging/deb/postinst.
set(CPACK_DEBIAN_DAEMON_PACKAGE_SUGGESTS "uvtftp, pxelinux, ipxe")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "${CPACK_DEBIAN_LIBRARY_PACKAGE_NAME} (${exactly}), libuv1-dev (>= 1.42)")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${packaging}/deb/triggers)
set(CPACK_DEBIAN_DAEMON_PACKAGE_CONTROL_EXTRA
  ${packaging}/deb/conffiles ${packaging}/deb/postinst ${packaging}/deb/prerm ${packaging}/deb/postrm)

# --- rpm -----------------------------------------------------------------------------------------------

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_COMPRESSION_TYPE xz)
set(exactly "= ${PROJECT_VERSION}-${CPACK_RPM_PACKAGE_RELEASE}")

set(CPACK_RPM_DAEMON_PACKAGE_NAME uvtftpd)
set(CPACK_RPM_CLIENT_PACKAGE_NAME uvtftp)
set(CPACK_RPM_LIBRARY_PACKAGE_NAME libuvtftp)
set(CPACK_RPM_DEVELOPMENT_PACKAGE_NAME libuvtftp-devel)
set(CPACK_RPM_DEVELOPMENT_PACKAGE_REQUIRES "libuvtftp ${exactly}, libuv-devel >= 1:1.42")
set(CPACK_RPM_DAEMON_PACKAGE_REQUIRES_POST systemd)
set(CPACK_RPM_DAEMON_PACKAGE_REQUIRES_PREUN systemd)
set(CPACK_RPM_DAEMON_PACKAGE_REQUIRES_POSTUN systemd)
set(CPACK_RPM_DAEMON_POST_INSTALL_SCRIPT_FILE ${packaging}/rpm/post.sh)
set(CPACK_RPM_DAEMON_PRE_UNINSTALL_SCRIPT_FILE ${packaging}/rpm/preun.sh)
set(CPACK_RPM_DAEMON_POST_UNINSTALL_SCRIPT_FILE ${packaging}/rpm/postun.sh)
set(CPACK_RPM_DAEMON_USER_FILELIST "%config(noreplace) /etc/uvtftpd.conf")
# Directories of other packages.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /etc /usr/sbin /usr/include /usr/lib64/pkgconfig /usr/share/man /usr/share/man/man1 /usr/share/man/man3 /usr/share/man/man5
  /usr/share/man/man8 /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d
  /usr/share/doc /usr/share/licenses /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh
  /usr/share/zsh/site-functions /usr/share/fish /usr/share/fish/vendor_completions.d)
# Equal from two builds: no name of the machine, no time but the commit's.
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _buildhost localhost
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define _build_id_links none")

# They know what was set above.
configure_file(cmake/package-options.cmake.in package-options.cmake @ONLY)
configure_file(cmake/package-layout.cmake.in package-layout.cmake @ONLY)
configure_file(cmake/package-release.cmake.in package-release.cmake @ONLY)

include(CPack)
