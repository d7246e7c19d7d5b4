package io.github.narthex.report;

/**
 * One thing that was looked at.
 *
 * @param section what it belongs to
 * @param name what was looked at
 * @param status what it came to, in a word
 * @param found what there is, of one or more lines
 * @param advice what to do about it; empty if there is nothing to do
 */
record StatusLine(String section, String name, String status, String found, String advice) {}
