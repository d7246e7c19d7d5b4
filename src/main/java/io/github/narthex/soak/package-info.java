/**
 * Calls something for a long time, and says whether memory, handles or latency grow: {@code Soak}
 * calls and samples, {@code Slope} fits, {@code Growth} judges.
 */
@NullMarked
package io.github.narthex.soak;

import org.jspecify.annotations.NullMarked;
