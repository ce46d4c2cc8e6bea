# The one time that packages carry, seconds since 1970, in UVTFTP_EPOCH: SOURCE_DATE_EPOCH if somebody says it, else
# that of the commit, else, in an unpacked release, that of its files (git archive gives them the commit's).
set(UVTFTP_EPOCH $ENV{SOURCE_DATE_EPOCH})
if(NOT UVTFTP_EPOCH AND EXISTS ${CMAKE_SOURCE_DIR}/.git)
  execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} log -1 --format=%ct
    OUTPUT_VARIABLE UVTFTP_EPOCH OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT UVTFTP_EPOCH)
  file(TIMESTAMP ${CMAKE_SOURCE_DIR}/include/uvtftp.h UVTFTP_EPOCH "%s" UTC)
endif()

# string(TIMESTAMP) takes the time from the environment.
set(environment_epoch "$ENV{SOURCE_DATE_EPOCH}")
set(ENV{SOURCE_DATE_EPOCH} ${UVTFTP_EPOCH})
string(TIMESTAMP UVTFTP_TIME_ISO "%Y-%m-%dT%H:%M:%SZ" UTC)
string(TIMESTAMP UVTFTP_TIME_MAIL "%a, %d %b %Y %H:%M:%S +0000" UTC)
if(environment_epoch STREQUAL "")
  unset(ENV{SOURCE_DATE_EPOCH})
else()
  set(ENV{SOURCE_DATE_EPOCH} ${environment_epoch})
endif()
