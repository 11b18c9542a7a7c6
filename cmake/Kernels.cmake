# Target `kernels`: libconvlens_kernels.so by nvcc, for the GPUs that are about and PTX for newer ones.
set(CONVLENS_KERNELS_DIR ${CMAKE_CURRENT_SOURCE_DIR}/../cuda-kernels)
file(GLOB CONVLENS_KERNEL_SOURCES CONFIGURE_DEPENDS ${CONVLENS_KERNELS_DIR}/*.cu)

include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(STATUS "nvcc is not here: the CUDA kernels are not built for GPUs")
  return()
endif()

set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90-real 100-real 120)
enable_language(CUDA)

add_library(kernels SHARED ${CONVLENS_KERNEL_SOURCES})
set_target_properties(kernels PROPERTIES
  OUTPUT_NAME convlens_kernels
  CUDA_STANDARD 17
  CUDA_STANDARD_REQUIRED ON
  CUDA_RUNTIME_LIBRARY Static
  CUDA_VISIBILITY_PRESET hidden
  CUDA_SEPARABLE_COMPILATION OFF
  # Each compilation leaves ptxas' account of its kernels beside its object, for the table.
  CUDA_COMPILER_LAUNCHER ${CONVLENS_KERNELS_DIR}/resources/keep-account)
target_include_directories(kernels PRIVATE
  ${CMAKE_CURRENT_SOURCE_DIR}/include ${CONVLENS_KERNELS_DIR})
target_compile_options(kernels PRIVATE
  -Werror=all-warnings -Xcompiler=-Wall,-Wextra,-Werror -Xptxas=-v)
add_custom_command(TARGET kernels POST_BUILD
  COMMAND ${CONVLENS_KERNELS_DIR}/resources/table ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_CUDA_COMPILER_VERSION}
    > ${CMAKE_CURRENT_BINARY_DIR}/kernels.txt
  COMMENT "Registers, shared memory and occupancy of the kernels: ${CMAKE_CURRENT_BINARY_DIR}/kernels.txt"
  VERBATIM)
# The static runtime's symbols are no business of other libraries in the process.
target_link_options(kernels PRIVATE -Wl,--exclude-libs,ALL -Wl,--no-undefined)
