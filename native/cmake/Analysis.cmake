# The tests clang-format and clang-tidy. clang-tidy reads libtorch's headers, which takes it 10 s a file:
# the target `tidy` checks what has changed since it was last right.

set(clang ${CMAKE_SOURCE_DIR}/bin/build/clang)
file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/native/*.h)
file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/native/*.cpp ${CMAKE_SOURCE_DIR}/native/*.c)

add_test(NAME clang-format COMMAND ${clang} clang-format --dry-run -Werror ${headers} ${sources})

# clang reads headers that gcc has not precompiled.
set(database ${CMAKE_BINARY_DIR}/tidy)
add_custom_target(tidy-database
  COMMAND sed "s/-Winvalid-pch -include [^ ]*//" ${CMAKE_BINARY_DIR}/compile_commands.json > ${database}/compile_commands.json
  VERBATIM)

set(stamps)
foreach(source IN LISTS sources)
  if(source MATCHES "/native/bench/" AND NOT NARTHEX_BENCHMARKS)
    continue()
  endif()
  if(source MATCHES "/native/test/pretend" AND NOT TARGET narthex_pretend)
    continue()
  endif()
  if(source MATCHES "/native/(cuda|test/cuda)" AND NOT TARGET narthex_cuda)
    continue()
  endif()
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/native ${source})
  set(stamp ${CMAKE_BINARY_DIR}/tidy/${name}.stamp)
  get_filename_component(folder ${stamp} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${clang} clang-tidy --quiet -p ${database} ${source}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS tidy-database ${source} ${headers} ${CMAKE_SOURCE_DIR}/.clang-tidy ${CMAKE_SOURCE_DIR}/native/test/.clang-tidy
    COMMENT "clang-tidy ${name}"
    VERBATIM)
  list(APPEND stamps ${stamp})
endforeach()
add_custom_target(tidy DEPENDS ${stamps})
include(ProcessorCount)
ProcessorCount(jobs)
add_test(NAME clang-tidy COMMAND bash -c [[
"$0" clang-tidy --version >/dev/null || exit
"$1" --build "$2" --target tidy --parallel "$3"]] ${clang} ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR} ${jobs})

set_tests_properties(clang-format clang-tidy PROPERTIES SKIP_RETURN_CODE 77)
