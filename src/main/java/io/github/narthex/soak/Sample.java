package io.github.narthex.soak;

import io.github.narthex.bench.Disturbance;
import io.github.narthex.load.Distribution;

/**
 * What a window was like.
 *
 * @param seconds when it ended, since the beginning
 * @param reading at its end
 * @param latency of the calls in it that did not fail
 * @param errors calls in it that failed
 * @param disturbance during it
 */
public record Sample(
    double seconds,
    Gauges.Reading reading,
    Distribution latency,
    long errors,
    Disturbance disturbance) {}
