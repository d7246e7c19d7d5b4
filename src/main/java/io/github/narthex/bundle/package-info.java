/**
 * Bundles: a directory with a model, what a recipe made of it, how it is to be run, and what that
 * was proven on; to be opened by one line.
 */
@NullMarked
package io.github.narthex.bundle;

import org.jspecify.annotations.NullMarked;
