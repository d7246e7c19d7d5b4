@NullMarked
package io.github.narthex.junit;

import org.jspecify.annotations.NullMarked;
