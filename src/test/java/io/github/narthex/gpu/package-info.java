@NullMarked
package io.github.narthex.gpu;

import org.jspecify.annotations.NullMarked;
