/**
 * Where time and memory go: libtorch's profiler, what it recorded as a table, stages of a pipeline,
 * parts of calls on a device, the ways of data between the JVM and libtorch, and memory.
 */
@NullMarked
package io.github.narthex.profile;

import org.jspecify.annotations.NullMarked;
