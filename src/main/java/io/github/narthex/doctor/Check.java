package io.github.narthex.doctor;

/**
 * One thing that was looked at.
 *
 * @param name what was looked at, in a word or two
 */
public record Check(String name, Finding finding) {}
