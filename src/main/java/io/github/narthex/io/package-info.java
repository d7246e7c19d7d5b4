/** Data from outside: files of tensors, descriptions of inputs, and inputs made from them. */
@NullMarked
package io.github.narthex.io;

import org.jspecify.annotations.NullMarked;
