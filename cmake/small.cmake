# MinSizeRel, where flash is small: size before speed, and before what a stripped program tells of a crash. (The other
# builds keep their unwind tables, a sixth of the daemon, by which a core dump names its frames.)
include(CheckIPOSupported)
# The archive is then for this compiler only, and not for others to link.
check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION OUTPUT why LANGUAGES C)
# What it names by chance, it names by the place of the sources, if nobody says otherwise: two places, two programs.
check_c_compiler_flag(-frandom-seed=a has_random_seed)
if(has_random_seed)
  string(APPEND CMAKE_C_COMPILE_OBJECT " -frandom-seed=<OBJECT>")
  target_link_options(uvtftp_flags INTERFACE -frandom-seed=uvtftp)
endif()

add_flags(-Oz -fno-plt -fno-unwind-tables -fno-asynchronous-unwind-tables)

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  include(CheckLinkerFlag)
  # Code and constants share pages, and there are no tables for what is not there: unwinding, and debug information.
  set(linker_flags -Wl,-z,noseparate-code -Wl,--no-eh-frame-hdr -Wl,--build-id=none)
  # Relocations as a bitmap, which older C libraries take for none.
  check_c_source_compiles("
#include <features.h>
#if !__GLIBC_PREREQ(2, 36)
#error
#endif
int main(void) { return 0; }" libc_knows_relr)
  if(libc_knows_relr)
    list(APPEND linker_flags -Wl,-z,pack-relative-relocs)
  endif()
  foreach(flag ${linker_flags})
    string(MAKE_C_IDENTIFIER "has${flag}" has)
    check_linker_flag(C ${flag} ${has})
    if(${has})
      target_link_options(uvtftp_flags INTERFACE ${flag})
    endif()
  endforeach()
endif()
