# Warnings, sanitizers and hardening, as interface targets that only our own code links.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)

add_library(uvtftp_flags INTERFACE)
target_compile_options(uvtftp_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual
  -Wwrite-strings -Wvla -Wundef -Wformat=2 -Wconversion -Wno-sign-conversion
  $<$<BOOL:${UVTFTP_WERROR}>:-Werror>)

if(UVTFTP_SANITIZE)
  target_compile_options(uvtftp_flags INTERFACE
    -fsanitize=${UVTFTP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(uvtftp_flags INTERFACE -fsanitize=${UVTFTP_SANITIZE})
else()
  # Clang takes a flag that a target does not have, and warns.
  set(CMAKE_REQUIRED_FLAGS -Werror)
  # Those that the compiler knows.
  function(add_flags)
    foreach(flag ${ARGN})
      string(MAKE_C_IDENTIFIER "has${flag}" has)
      check_c_compiler_flag(${flag} ${has})
      if(${has})
        target_compile_options(uvtftp_flags INTERFACE ${flag})
      endif()
    endforeach()
  endfunction()
  add_flags(-fstack-protector-strong -fstack-clash-protection)
  # In builds that optimise: what the C library can check of buffers; and the place of the sources is in no message and
  # no debug information, so that builds in two places are equal.
  set(optimised $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
  target_compile_options(uvtftp_flags INTERFACE
    $<${optimised}:-U_FORTIFY_SOURCE> $<${optimised}:-D_FORTIFY_SOURCE=2>)
  check_c_compiler_flag(-ffile-prefix-map=/a=b has_prefix_map)
  if(has_prefix_map)
    target_compile_options(uvtftp_flags INTERFACE $<${optimised}:-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.>)
  endif()
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_link_options(uvtftp_flags INTERFACE -Wl,-z,relro -Wl,-z,now)
    # What nothing calls is left out.
    target_compile_options(uvtftp_flags INTERFACE
      $<${optimised}:-ffunction-sections> $<${optimised}:-fdata-sections>)
    target_link_options(uvtftp_flags INTERFACE $<${optimised}:-Wl,--gc-sections>)
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "MinSizeRel")
    include(cmake/small.cmake)
  endif()
  unset(CMAKE_REQUIRED_FLAGS)
endif()

# 32-bit machines without 64-bit atomics take them from libatomic.
set(atomic_program "
#include <stdatomic.h>
#include <stdint.h>
_Atomic uint64_t x;
int main(void) { atomic_store(&x, atomic_load(&x) + 1); return 0; }")
check_c_source_compiles("${atomic_program}" has_atomics)
if(NOT has_atomics)
  target_link_libraries(uvtftp_flags INTERFACE atomic)
endif()

# Platform files: NAME_linux.c where there is one and it is wanted, else NAME_posix.c. No #ifdef in logic.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT UVTFTP_PORTABLE)
  set(other_platform "_posix\\.c$")
else()
  set(other_platform "_linux\\.c$")
endif()

# All sources of one floor.
function(floor_sources variable floor)
  file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${floor}/*.c)
  list(FILTER found EXCLUDE REGEX ${other_platform})
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# An object library for one or more floors.
function(add_floor name)
  cmake_parse_arguments(arg "" "" "FLOORS;LINK" ${ARGN})
  foreach(floor ${arg_FLOORS})
    floor_sources(sources ${floor})
    list(APPEND all ${sources})
  endforeach()
  add_library(${name} OBJECT ${all})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
  set_target_properties(${name} PROPERTIES C_VISIBILITY_PRESET hidden)
  target_link_libraries(${name} PUBLIC uvtftp_flags ${arg_LINK})
endfunction()

# For the floors that touch the system: what POSIX and the platform have beyond C11, and large files.
set(UVTFTP_SYSTEM_DEFINITIONS _GNU_SOURCE _DARWIN_C_SOURCE _FILE_OFFSET_BITS=64)
