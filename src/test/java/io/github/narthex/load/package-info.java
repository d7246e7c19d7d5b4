@NullMarked
package io.github.narthex.load;

import org.jspecify.annotations.NullMarked;
