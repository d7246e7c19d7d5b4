package io.github.narthex.cli;

/** How {@code narthex doctor} is called. */
final class DoctorSpec {
  static final String NAME = "doctor";

  static final CommandSpec SPEC =
      new CommandSpec(
          NAME,
          "",
          0,
          0,
          "Say whether libtorch can be used here, what slows it down, and what to do about it.",
          """
          Looks at the JVM and its flags, native access, the processor and its instruction sets,
          cores, CPU quota, throttling, memory and its limit, environment variables, GPU, Python,
          the native library, libtorch, and the OpenMP and MKL that come with it. Each line is ok, a
          warning (it works, but slower or otherwise than it could) or an error (it does not work),
          with what to do about it.

          libtorch is loaded in a process of its own, so that all else is told where it can't be
          loaded, or crashes. The exit code is 0 with warnings, and 4 with an error.\
          """,
          Options.with(Options.JSON));

  private DoctorSpec() {}
}
