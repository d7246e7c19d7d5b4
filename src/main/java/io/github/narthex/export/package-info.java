/** AOTInductor packages made by the user's own Python: found, asked for its torch, and driven. */
@NullMarked
package io.github.narthex.export;

import org.jspecify.annotations.NullMarked;
