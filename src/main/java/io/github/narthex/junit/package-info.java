/**
 * For the tests of applications: an extension of JUnit Jupiter that fails tests which leave native
 * objects alive. JUnit is not among the library's dependencies; who uses this has it.
 */
@NullMarked
package io.github.narthex.junit;

import org.jspecify.annotations.NullMarked;
