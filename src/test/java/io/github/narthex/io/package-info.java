@NullMarked
package io.github.narthex.io;

import org.jspecify.annotations.NullMarked;
