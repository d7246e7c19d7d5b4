package io.github.narthex.bench;

/**
 * How often a classifier is right, by labels.
 *
 * @param top1 the share of the samples for which the right class has the highest score
 * @param top5 the share for which it is among the five highest; NaN where there are no more classes
 */
public record TopAccuracy(double top1, double top5) {}
