# check from its source, linked in, as cmake/libuv.cmake does with libuv. cmake/cross/debian.sh brings the source.
if(NOT EXISTS ${UVTFTP_CHECK_SOURCE}/src/check.h.in)
  message(FATAL_ERROR "no check in UVTFTP_CHECK_SOURCE=${UVTFTP_CHECK_SOURCE}: name a directory that has its source, "
    "or use -DUVTFTP_CHECK_SOURCE= for the installed one")
endif()
add_subdirectory(${UVTFTP_CHECK_SOURCE} check EXCLUDE_FROM_ALL)
# It is not held to our warnings.
target_compile_options(check PRIVATE -w)
target_include_directories(check SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/check ${CMAKE_CURRENT_BINARY_DIR}/check/src)
target_link_libraries(check INTERFACE Threads::Threads)
add_library(PkgConfig::CHECK ALIAS check)
if(APPLE)
  # Its own of what macOS lacked before 10.12 needs frameworks that no other system has.
  get_target_property(sources check SOURCES)
  list(FILTER sources EXCLUDE REGEX "clock_gettime\\.c$")
  set_target_properties(check PROPERTIES SOURCES "${sources}")
endif()
