/**
 * Searches for the best way to run a model: tries candidates from the cheapest evidence on, drops
 * what can not win, and says why.
 */
@NullMarked
package io.github.narthex.optimize;

import org.jspecify.annotations.NullMarked;
