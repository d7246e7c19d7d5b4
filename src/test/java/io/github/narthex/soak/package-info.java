@NullMarked
package io.github.narthex.soak;

import org.jspecify.annotations.NullMarked;
