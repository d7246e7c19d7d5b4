# Finds libtorch and defines the target `libtorch`, which is libtorch_cpu and libc10 with their headers.
# (find_package(Torch) of the official wheels wants all of CUDA.)
# Where libtorch and the machine have CUDA, also the target `libtorch_cuda`, its part for CUDA with CUDA's headers.
# Sets LIBTORCH_LIB, its absolute library folder, and LIBTORCH_VERSION, for example 2.15.0,
# and LIBTORCH_CUDA_INCLUDE, the folders of CUDA's headers, empty where there is no CUDA.

if(LIBTORCH_HOME)
  set(ENV{LIBTORCH_HOME} "${LIBTORCH_HOME}")
endif()
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/bin/libtorch
  OUTPUT_VARIABLE home OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "No libtorch: see the line above.")
endif()
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/bin/libtorch --version
  OUTPUT_VARIABLE LIBTORCH_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE)
set(LIBTORCH_LIB "${home}/lib")
set(include "${home}/include")
message(STATUS "libtorch ${LIBTORCH_VERSION}: ${home}")

# Libraries of libtorch's as a target.
function(add_libtorch target)
  add_library(${target} INTERFACE)
  foreach(name IN LISTS ARGN)
    add_library(libtorch_part_${name} SHARED IMPORTED)
    set_target_properties(libtorch_part_${name} PROPERTIES IMPORTED_LOCATION "${LIBTORCH_LIB}/lib${name}.so")
    target_link_libraries(${target} INTERFACE libtorch_part_${name})
  endforeach()
endfunction()

add_libtorch(libtorch c10 torch_cpu)
target_include_directories(libtorch SYSTEM INTERFACE "${include}" "${include}/torch/csrc/api/include")

# A wheel of libtorch has its CUDA in a folder beside it, without CUDA's compiler and the headers that belong to that
# (crt), which Triton's wheel has.
set(LIBTORCH_CUDA_INCLUDE "")
if(EXISTS "${LIBTORCH_LIB}/libtorch_cuda.so" AND EXISTS "${LIBTORCH_LIB}/libc10_cuda.so")
  file(GLOB beside "${home}/../nvidia/cu*/include")
  set(has_all_of_cuda ON)
  foreach(header cuda_runtime_api.h crt/host_config.h)
    find_path(cuda_include ${header} NO_DEFAULT_PATH
      PATHS ${beside} ENV CUDA_HOME /usr/local/cuda "${home}/../triton/backends/nvidia/include"
      PATH_SUFFIXES include)
    if(cuda_include)
      list(APPEND LIBTORCH_CUDA_INCLUDE "${cuda_include}")
    else()
      set(has_all_of_cuda OFF)
    endif()
    unset(cuda_include CACHE)
  endforeach()
  if(has_all_of_cuda)
    list(REMOVE_DUPLICATES LIBTORCH_CUDA_INCLUDE)
    message(STATUS "CUDA's headers: ${LIBTORCH_CUDA_INCLUDE}")
    add_libtorch(libtorch_cuda torch_cuda c10_cuda)
    target_link_libraries(libtorch_cuda INTERFACE libtorch)
    target_include_directories(libtorch_cuda SYSTEM INTERFACE ${LIBTORCH_CUDA_INCLUDE})
    # Its own libraries need those of CUDA, which they find by themselves.
    target_link_options(libtorch_cuda INTERFACE LINKER:--allow-shlib-undefined)
  else()
    set(LIBTORCH_CUDA_INCLUDE "")
    message(STATUS "No headers of CUDA (CUDA_HOME): libnarthex_cuda.so is not built")
  endif()
endif()
