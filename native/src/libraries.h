// Shared libraries of libtorch's that are loaded when they are needed.
#pragma once

#include <string>

namespace nx {

// Where libtorch's libraries lie, with a slash at the end; and this library.
std::string torch_folder();
std::string own_folder();

// Loads a library for as long as the process runs, and returns its handle. Null if it can't be;
// `tried` then gets the reason, after others.
void* open_library(const std::string& file, std::string& tried);

}  // namespace nx
