# The tests clang-format and clang-tidy.

file(GLOB_RECURSE formatted CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/native/*.h ${CMAKE_SOURCE_DIR}/native/*.cpp ${CMAKE_SOURCE_DIR}/native/*.c)
add_test(NAME clang-format
  COMMAND ${CMAKE_SOURCE_DIR}/bin/build/clang clang-format --dry-run -Werror ${formatted})
add_test(NAME clang-tidy COMMAND ${CMAKE_SOURCE_DIR}/bin/build/tidy ${CMAKE_BINARY_DIR})
set_tests_properties(clang-format clang-tidy PROPERTIES SKIP_RETURN_CODE 77)
