@NullMarked
package io.github.narthex.check;

import org.jspecify.annotations.NullMarked;
