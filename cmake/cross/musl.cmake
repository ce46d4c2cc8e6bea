# Toolchain of the appliance preset: Debian's musl-gcc where it is installed, else the system's compiler (Alpine,
# OpenWrt's SDK and others are musl all over).
set(CMAKE_C_FLAGS_INIT "-ffunction-sections -fdata-sections")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -s -Wl,--gc-sections")
find_program(MUSL_GCC musl-gcc)
mark_as_advanced(MUSL_GCC)
if(MUSL_GCC)
  set(CMAKE_C_COMPILER ${MUSL_GCC})
  # For link-time optimisation, which needs gcc's own.
  find_program(CMAKE_C_COMPILER_AR gcc-ar)
  find_program(CMAKE_C_COMPILER_RANLIB gcc-ranlib)
  # It knows no kernel headers. Only these, so that none of glibc's is taken for musl's.
  execute_process(COMMAND ${MUSL_GCC} -dumpmachine OUTPUT_VARIABLE machine OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(kernel_headers ${CMAKE_BINARY_DIR}/kernel-headers)
  file(MAKE_DIRECTORY ${kernel_headers})
  foreach(directory linux asm-generic ${machine}/asm)
    get_filename_component(name ${directory} NAME)
    if(EXISTS /usr/include/${directory})
      file(CREATE_LINK /usr/include/${directory} ${kernel_headers}/${name} SYMBOLIC)
    endif()
  endforeach()
  string(APPEND CMAKE_C_FLAGS_INIT " -idirafter ${kernel_headers}")
  # Libraries of this machine are glibc's.
  set(ENV{PKG_CONFIG_LIBDIR} ${kernel_headers})
endif()
