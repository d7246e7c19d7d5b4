/** Named changes to how a model runs, and recipes made of them. */
@NullMarked
package io.github.narthex.strategy;

import org.jspecify.annotations.NullMarked;
