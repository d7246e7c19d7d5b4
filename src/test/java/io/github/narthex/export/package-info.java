@NullMarked
package io.github.narthex.export;

import org.jspecify.annotations.NullMarked;
