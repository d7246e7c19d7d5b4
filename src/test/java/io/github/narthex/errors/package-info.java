/** Each message of {@code docs/errors.md} is made by a test. */
@org.jspecify.annotations.NullMarked
package io.github.narthex.errors;
