package io.github.narthex.cli;

import java.util.List;

/**
 * How a command is called.
 *
 * @param name for example {@code bench}
 * @param arguments its arguments as the usage line shows them, for example {@code [MODEL]}
 * @param minArguments how many it needs
 * @param maxArguments how many it takes
 * @param summary one line
 * @param description what it does and prints, with line ends
 * @param options its own and the common ones
 */
record CommandSpec(
    String name,
    String arguments,
    int minArguments,
    int maxArguments,
    String summary,
    String description,
    List<Option> options) {}
