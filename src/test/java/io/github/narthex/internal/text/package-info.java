@NullMarked
package io.github.narthex.internal.text;

import org.jspecify.annotations.NullMarked;
