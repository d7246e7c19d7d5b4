/** What a recipe does to a model: how fast it is, and how far its answers are off. */
@NullMarked
package io.github.narthex.bench;

import org.jspecify.annotations.NullMarked;
