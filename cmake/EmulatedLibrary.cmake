# emulated_library(NAME SONAME name.so.N SOURCES ... [LIBRARIES ...])
#
# A library of the emulator in <build>/emulator under exactly the name that programs look for, finding its neighbours
# beside itself. The target is emulated_NAME.
set(EMULATOR_FOLDER "${CMAKE_BINARY_DIR}/emulator")
set(EMULATOR_SOURCES "${CMAKE_CURRENT_LIST_DIR}/../native/emulator")

function(emulated_library name)
  cmake_parse_arguments(ARG "" "SONAME" "SOURCES;LIBRARIES" ${ARGN})
  set(target "emulated_${name}")
  add_library(${target} SHARED ${ARG_SOURCES})
  # The name is the soname itself: no links beside it, and DT_SONAME as NVIDIA's.
  string(REGEX REPLACE "^lib(.*)$" "\\1" stem "${ARG_SONAME}")
  set_target_properties(${target} PROPERTIES
    PREFIX "lib" OUTPUT_NAME "${stem}" SUFFIX "" NO_SONAME ON
    LIBRARY_OUTPUT_DIRECTORY "${EMULATOR_FOLDER}"
    BUILD_RPATH "\$ORIGIN" BUILD_RPATH_USE_ORIGIN ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
  target_link_options(${target} PRIVATE "-Wl,-soname,${ARG_SONAME}" -Wl,--no-as-needed)
  target_link_libraries(${target} PRIVATE ${ARG_LIBRARIES})
  add_dependencies(emulator ${target})
endfunction()
