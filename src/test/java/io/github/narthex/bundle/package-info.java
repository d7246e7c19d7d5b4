@NullMarked
package io.github.narthex.bundle;

import org.jspecify.annotations.NullMarked;
