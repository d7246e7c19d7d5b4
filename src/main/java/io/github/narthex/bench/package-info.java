/**
 * Measures recipes against each other: one worker process for each recipe, a coordinator that gives
 * them turns, and the statistics of what they did.
 */
@NullMarked
package io.github.narthex.bench;

import org.jspecify.annotations.NullMarked;
