package io.github.narthex.doctor;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * What a JVM is, and how it was started.
 *
 * @param feature the Java version, such as 25
 * @param name the JVM's name, version and vendor
 * @param os the operating system's name
 * @param collectors the garbage collectors by name
 * @param flags what it was started with, without class path, main class and arguments
 * @param maxHeapBytes what the heap may grow to
 * @param processors how many it counts
 * @param named whether Narthex is a named module in it
 * @param nativeAccess whether Narthex has been granted native access
 */
record JavaFacts(
    int feature,
    String name,
    String os,
    List<String> collectors,
    List<String> flags,
    long maxHeapBytes,
    int processors,
    boolean named,
    boolean nativeAccess) {
  /** The lists are copied. */
  JavaFacts {
    collectors = List.copyOf(collectors);
    flags = List.copyOf(flags);
  }

  static JavaFacts ofThisProcess() {
    Module module = JavaFacts.class.getModule();
    return new JavaFacts(
        Runtime.version().feature(),
        "%s %s (%s)"
            .formatted(
                System.getProperty("java.vm.name"),
                System.getProperty("java.vm.version"),
                System.getProperty("java.vendor")),
        System.getProperty("os.name", "unknown"),
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .toList(),
        ManagementFactory.getRuntimeMXBean().getInputArguments(),
        Runtime.getRuntime().maxMemory(),
        Runtime.getRuntime().availableProcessors(),
        module.isNamed(),
        module.isNativeAccessEnabled());
  }

  boolean hasFlag(String flag) {
    return flags.contains(flag);
  }

  boolean hasFlagThatBegins(String prefix) {
    return flags.stream().anyMatch(flag -> flag.startsWith(prefix));
  }
}
