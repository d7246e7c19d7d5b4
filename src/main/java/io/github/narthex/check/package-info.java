/**
 * Goes through what guides to deployment list, and says of each thing whether it is met by a model
 * here, is not, or cannot be known from here.
 *
 * <p>A group of things is a class. What is looked at is a {@link Subject}, which tests make up.
 */
@NullMarked
package io.github.narthex.check;

import org.jspecify.annotations.NullMarked;
