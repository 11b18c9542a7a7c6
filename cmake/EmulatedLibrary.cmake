# emulated_library(NAME SONAME name.so.N SOURCES ... [LIBRARIES ...] [STUBS list.txt CODE n])
#
# A library of the emulator in <build>/emulator under exactly the name that programs look for, finding its neighbours
# beside itself. The target is emulated_NAME. Functions of the list that the sources don't define say that they are not
# modelled and return the code. Symbols bear the soname as their version, as NVIDIA's do, but for the driver's.
set(EMULATOR_FOLDER "${CMAKE_BINARY_DIR}/emulator")

function(emulated_library name)
  cmake_parse_arguments(ARG "UNVERSIONED" "SONAME;STUBS;CODE" "SOURCES;LIBRARIES" ${ARGN})
  set(target "emulated_${name}")
  if(ARG_STUBS)
    list(APPEND ARG_SOURCES "${CMAKE_CURRENT_BINARY_DIR}/${name}_not_modelled.cpp")
    write_stubs("${ARG_STUBS}" ${ARG_CODE} "${CMAKE_CURRENT_BINARY_DIR}/${name}_not_modelled.cpp")
  endif()
  add_library(${target} SHARED ${ARG_SOURCES})
  # The name is the soname itself: no links beside it.
  string(REGEX REPLACE "^lib(.*)$" "\\1" stem "${ARG_SONAME}")
  set_target_properties(${target} PROPERTIES
    PREFIX "lib" OUTPUT_NAME "${stem}" SUFFIX "" NO_SONAME ON
    LIBRARY_OUTPUT_DIRECTORY "${EMULATOR_FOLDER}"
    BUILD_RPATH "\$ORIGIN" BUILD_RPATH_USE_ORIGIN ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
  target_link_options(${target} PRIVATE "-Wl,-soname,${ARG_SONAME}" -Wl,--no-as-needed -Wl,--no-undefined)
  if(NOT ARG_UNVERSIONED)
    set(script "${CMAKE_CURRENT_BINARY_DIR}/${name}.map")
    file(CONFIGURE OUTPUT "${script}" CONTENT "${ARG_SONAME} { global: *; };\n")
    target_link_options(${target} PRIVATE "-Wl,--version-script=${script}")
  endif()
  target_link_libraries(${target} PRIVATE ${ARG_LIBRARIES})
  add_dependencies(emulator ${target})
endfunction()

function(write_stubs list code to)
  file(STRINGS "${list}" names)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list}")
  set(text "#include \"${CMAKE_CURRENT_SOURCE_DIR}/core/not_modelled.h\"\n")
  foreach(name IN LISTS names)
    string(APPEND text "CONVLENS_NOT_MODELLED(${name}, ${code})\n")
  endforeach()
  file(CONFIGURE OUTPUT "${to}" CONTENT "${text}" @ONLY)
endfunction()
