# MinSizeRel, where flash is small: size before speed, and before what a stripped program tells of a crash. (The other
# builds keep their unwind tables, a sixth of the daemon, by which a core dump names its frames.)
include(CheckIPOSupported)
check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION OUTPUT why LANGUAGES C)
# What it names by chance, it names by the place of the sources, if nobody says otherwise: two places, two programs.
check_c_compiler_flag(-frandom-seed=a has_random_seed)
if(has_random_seed)
  string(APPEND CMAKE_C_COMPILE_OBJECT " -frandom-seed=<OBJECT>")
  target_link_options(uvtftp_flags INTERFACE -frandom-seed=uvtftp)
endif()

foreach(flag -Oz -fno-unwind-tables -fno-asynchronous-unwind-tables)
  string(MAKE_C_IDENTIFIER "has${flag}" has)
  check_c_compiler_flag(${flag} ${has})
  if(${has})
    target_compile_options(uvtftp_flags INTERFACE ${flag})
  endif()
endforeach()

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  include(CheckLinkerFlag)
  # Code and constants share pages; and relocations are a bitmap, which older C libraries take for none.
  check_linker_flag(C -Wl,-z,noseparate-code has_noseparate_code)
  check_c_source_compiles("
#include <features.h>
#if !__GLIBC_PREREQ(2, 36)
#error
#endif
int main(void) { return 0; }" libc_knows_relr)
  check_linker_flag(C -Wl,-z,pack-relative-relocs has_pack_relative_relocs)
  if(has_noseparate_code)
    target_link_options(uvtftp_flags INTERFACE -Wl,-z,noseparate-code)
  endif()
  if(has_pack_relative_relocs AND libc_knows_relr)
    target_link_options(uvtftp_flags INTERFACE -Wl,-z,pack-relative-relocs)
  endif()
endif()
