/** Files, for all layers above. */
@NullMarked
package io.github.narthex.internal.files;

import org.jspecify.annotations.NullMarked;
