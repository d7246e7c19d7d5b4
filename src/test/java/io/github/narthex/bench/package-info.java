@NullMarked
package io.github.narthex.bench;

import org.jspecify.annotations.NullMarked;
