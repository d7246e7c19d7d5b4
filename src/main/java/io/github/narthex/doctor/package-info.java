/**
 * Looks at all that decides whether libtorch can be used here, and how fast it is: the JVM, the
 * processor, what limits the process, and libtorch itself, which is loaded in a process of its own.
 *
 * <p>A group of checks is a class; where there is nothing that it could read, it says so and goes
 * on. Files are read below a root directory, so that tests can make up machines.
 */
@NullMarked
package io.github.narthex.doctor;

import org.jspecify.annotations.NullMarked;
