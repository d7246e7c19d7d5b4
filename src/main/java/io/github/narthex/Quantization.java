package io.github.narthex;

/**
 * What a quantised tensor's integers stand for: {@code (integer - zeroPoint) * scale}.
 *
 * @param scale the difference between two neighbouring numbers
 * @param zeroPoint the integer that stands for 0
 */
public record Quantization(double scale, long zeroPoint) {}
