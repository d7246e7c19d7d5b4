@NullMarked
package io.github.narthex.internal.bindings;

import org.jspecify.annotations.NullMarked;
