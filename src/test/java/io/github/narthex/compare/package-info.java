@NullMarked
package io.github.narthex.compare;

import org.jspecify.annotations.NullMarked;
