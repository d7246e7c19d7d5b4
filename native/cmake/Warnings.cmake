# The target `narthex_warnings`: what every target of ours is compiled with.
# A compiler that this project is not checked with may warn of more, which must not stop a user's first build.

set(checked_compiler OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(checked_compiler ON)
endif()
option(NARTHEX_WERROR "Treat warnings as errors" ${checked_compiler})

add_library(narthex_warnings INTERFACE)
target_compile_options(narthex_warnings INTERFACE -Wall -Wextra $<$<BOOL:${NARTHEX_WERROR}>:-Werror>)
if(NARTHEX_SANITIZE)
  # vptr wants type information of libtorch's that it does not export.
  target_compile_options(narthex_warnings INTERFACE
    -fsanitize=${NARTHEX_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(narthex_warnings INTERFACE -fsanitize=${NARTHEX_SANITIZE})
endif()
