# Target `kernels_test`: the kernels' own tests, on the emulator.
file(GLOB kernel_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/../cuda-kernels/test/*.cpp)
add_executable(kernels_test ${kernel_tests})
target_include_directories(kernels_test PRIVATE
  ${CMAKE_CURRENT_SOURCE_DIR}/emulator/include ${CMAKE_CURRENT_SOURCE_DIR}/include)
target_compile_options(kernels_test PRIVATE -Wall -Wextra -Werror)
# What its kernels need is found beside them.
target_link_libraries(kernels_test PRIVATE emulated_kernels emulated_cudart ${CMAKE_DL_LIBS})
set_target_properties(kernels_test PROPERTIES EXCLUDE_FROM_ALL ON)
add_dependencies(kernels_test emulator)
add_dependencies(native_tests kernels_test)
add_test(NAME kernels COMMAND kernels_test)
