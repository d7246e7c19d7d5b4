@NullMarked
package io.github.narthex;

import org.jspecify.annotations.NullMarked;
