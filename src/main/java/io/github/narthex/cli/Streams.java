package io.github.narthex.cli;

import java.io.PrintStream;

/**
 * Where a command prints.
 *
 * @param out the result
 * @param err progress and diagnostics
 */
record Streams(PrintStream out, PrintStream err) {}
