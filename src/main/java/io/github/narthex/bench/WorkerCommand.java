package io.github.narthex.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to start a worker's JVM.
 *
 * @param words program, flags, main class and arguments
 */
public record WorkerCommand(List<String> words) {
  /** The command is copied. */
  public WorkerCommand {
    words = List.copyOf(words);
  }

  /**
   * The program, flags and class path of this JVM.
   *
   * @param mainClass the class to run, in the module or on the class path of this one
   * @param arguments its arguments
   */
  public static WorkerCommand likeThisJvm(Class<?> mainClass, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(
        ProcessHandle.current()
            .info()
            .command()
            .orElseGet(() -> Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // A debugger or an agent can't be attached to two processes on the same terms.
      if (!flag.startsWith("-agentlib:jdwp")) {
        words.add(flag);
      }
    }
    String modulePath = System.getProperty("jdk.module.path");
    if (modulePath != null) {
      words.add("--module-path");
      words.add(modulePath);
    }
    String classPath = System.getProperty("java.class.path", "");
    if (!classPath.isEmpty()) {
      words.add("--class-path");
      words.add(classPath);
    }
    String module = mainClass.getModule().getName();
    if (module == null) {
      words.add(mainClass.getName());
    } else {
      words.add("--module");
      words.add(module + "/" + mainClass.getName());
    }
    words.addAll(List.of(arguments));
    return new WorkerCommand(words);
  }

  /** This command with further flags for the JVM. */
  public WorkerCommand withFlags(String... flags) {
    List<String> more = new ArrayList<>(words);
    more.addAll(1, List.of(flags));
    return new WorkerCommand(more);
  }

  /** This command with one more argument, the last. */
  public WorkerCommand withArgument(String argument) {
    List<String> more = new ArrayList<>(words);
    more.add(argument);
    return new WorkerCommand(more);
  }
}
