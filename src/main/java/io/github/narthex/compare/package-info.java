/** Compares results that were written to files, and checks rules about them. */
@NullMarked
package io.github.narthex.compare;

import org.jspecify.annotations.NullMarked;
