# Toolchain: zig cc for ZIG_TARGET (aarch64-macos, x86_64-macos, mips-linux-musleabi, ...), from the directory
# ZIG_TOOLS, which cmake/cross/zig.sh has made.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ZIG_TARGET ZIG_TOOLS)

string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${ZIG_TARGET}")
if(ZIG_TARGET MATCHES "macos")
  set(CMAKE_SYSTEM_NAME Darwin)
elseif(ZIG_TARGET MATCHES "freebsd")
  set(CMAKE_SYSTEM_NAME FreeBSD)
else()
  set(CMAKE_SYSTEM_NAME Linux)
endif()

set(CMAKE_C_COMPILER ${ZIG_TOOLS}/zig-cc -target ${ZIG_TARGET})
if(ZIG_TARGET MATCHES "macos")
  # The system's library has what a compiler's runtime has; zig would build its own first, twice.
  list(APPEND CMAKE_C_COMPILER -fno-sanitize=undefined -rtlib=none)
endif()
set(CMAKE_AR ${ZIG_TOOLS}/zig-ar)
set(CMAKE_RANLIB ${ZIG_TOOLS}/zig-ranlib)
# No package of this machine fits the target.
set(ENV{PKG_CONFIG_LIBDIR} ${ZIG_TOOLS})
