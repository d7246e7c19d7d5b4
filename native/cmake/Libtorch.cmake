# Finds libtorch and defines the target `libtorch`, which is libtorch_cpu and libc10 with their headers.
# (find_package(Torch) of the official wheels wants all of CUDA.)
# Sets LIBTORCH_LIB, its absolute library folder, and LIBTORCH_VERSION, for example 2.15.0.

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

add_library(libtorch INTERFACE)
foreach(name c10 torch_cpu)
  add_library(libtorch_${name} SHARED IMPORTED)
  set_target_properties(libtorch_${name} PROPERTIES IMPORTED_LOCATION "${LIBTORCH_LIB}/lib${name}.so")
  target_link_libraries(libtorch INTERFACE libtorch_${name})
endforeach()
target_include_directories(libtorch SYSTEM INTERFACE "${include}" "${include}/torch/csrc/api/include")
