@NullMarked
package io.github.narthex.strategy;

import org.jspecify.annotations.NullMarked;
