# What the lint scripts share. They run as `cmake -DROOT=<tree> -P cmake/<lint>.cmake`.
set(fault_count 0)

# The lines of a file as a list. What would upset a CMake list becomes harmless: the result is for looking
# at shape, not for exact text.
function(lines_of path variable)
  file(READ ${path} text)
  string(REGEX REPLACE "[][;\\]" " " text "${text}")
  string(REGEX REPLACE "\n$" "" text "${text}")
  string(REPLACE "\n" ";" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

macro(fault path line what)
  message("${path}:${line}: ${what}")
  math(EXPR fault_count "${fault_count} + 1")
endmacro()

macro(finish name)
  if(fault_count GREATER 0)
    message(FATAL_ERROR "${name}: ${fault_count} faults, listed above as file:line: what to do")
  endif()
  message(STATUS "${name}: no faults")
endmacro()
