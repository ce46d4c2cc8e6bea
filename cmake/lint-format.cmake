# Everything is as .clang-format says. ROOT: the tree; CLANG_FORMAT: the program, 14 or newer.
cmake_policy(VERSION 3.18)
file(GLOB_RECURSE files RELATIVE ${ROOT}
  ${ROOT}/src/*.c ${ROOT}/src/*.h ${ROOT}/include/*.h ${ROOT}/test/*.c ${ROOT}/test/*.h)
list(FILTER files EXCLUDE REGEX "^test/lint/")
execute_process(COMMAND ${CLANG_FORMAT} --dry-run -Werror ${files} WORKING_DIRECTORY ${ROOT}
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "lint.format: run `clang-format -i` on the files named above")
endif()
list(LENGTH files count)
message(STATUS "lint.format: ${count} files are in form")
