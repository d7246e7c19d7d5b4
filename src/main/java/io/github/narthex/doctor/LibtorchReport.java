package io.github.narthex.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a process that loads libtorch came to know, as far as it came.
 *
 * @param location where the native library was found, with what named it; null if it was not
 * @param abi the version of its interface; 0 before it is loaded
 * @param libtorch null if it could not be loaded
 * @param failure why it could not be loaded, in one line; null if it could
 * @param detail what there is to say about the failure beyond that; may be empty
 * @param mapped the shared libraries of the process after that
 */
record LibtorchReport(
    @Nullable String location,
    int abi,
    @Nullable LibtorchFacts libtorch,
    @Nullable String failure,
    String detail,
    List<String> mapped) {
  static final LibtorchReport NOTHING = new LibtorchReport(null, 0, null, null, "", List.of());

  /** The list is copied. */
  LibtorchReport {
    mapped = List.copyOf(mapped);
  }

  LibtorchReport foundAt(String place) {
    return new LibtorchReport(place, abi, libtorch, failure, detail, mapped);
  }

  LibtorchReport loaded(int version, LibtorchFacts facts, List<String> libraries) {
    return new LibtorchReport(location, version, facts, failure, detail, libraries);
  }

  LibtorchReport failed(String message, String more, List<String> libraries) {
    return new LibtorchReport(location, abi, libtorch, message, more, libraries);
  }
}
