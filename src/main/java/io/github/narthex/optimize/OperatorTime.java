package io.github.narthex.optimize;

/**
 * What one kind of operator takes in a forward.
 *
 * @param name as libtorch has it, for example {@code aten::conv2d}
 * @param calls in a forward
 * @param selfMs milliseconds in a forward, without what it calls
 * @param share of all operators' time, from 0 to 1
 */
public record OperatorTime(String name, double calls, double selfMs, double share) {}
