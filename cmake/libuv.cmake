# libuv from its source, linked in: for targets that have no package of it. cmake/cross/libuv.sh brings the source.
if(NOT EXISTS ${UVTFTP_LIBUV_SOURCE}/include/uv.h)
  message(FATAL_ERROR "no libuv in UVTFTP_LIBUV_SOURCE=${UVTFTP_LIBUV_SOURCE}: "
    "run `sh cmake/cross/libuv.sh`, name a directory that has its source, or use -DUVTFTP_LIBUV_SOURCE= "
    "for the installed one")
endif()
foreach(part MAJOR MINOR PATCH)
  file(STRINGS ${UVTFTP_LIBUV_SOURCE}/include/uv/version.h line REGEX "^#define UV_VERSION_${part} +[0-9]+")
  string(REGEX REPLACE ".* " "" ${part} "${line}")
endforeach()
set(LIBUV_VERSION ${MAJOR}.${MINOR}.${PATCH})
set(BUILD_TESTING OFF CACHE INTERNAL "libuv's own tests")
set(CMAKE_POLICY_DEFAULT_CMP0069 NEW) # link-time optimisation, where we have it
add_subdirectory(${UVTFTP_LIBUV_SOURCE} libuv EXCLUDE_FROM_ALL)
# It is not held to our warnings.
target_compile_options(uv_a PRIVATE -w)
set_target_properties(uv_a PROPERTIES
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES $<BUILD_INTERFACE:${UVTFTP_LIBUV_SOURCE}/include>)
add_library(PkgConfig::LIBUV ALIAS uv_a)
