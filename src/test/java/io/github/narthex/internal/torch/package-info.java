@NullMarked
package io.github.narthex.internal.torch;

import org.jspecify.annotations.NullMarked;
