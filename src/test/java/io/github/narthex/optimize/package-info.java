@NullMarked
package io.github.narthex.optimize;

import org.jspecify.annotations.NullMarked;
