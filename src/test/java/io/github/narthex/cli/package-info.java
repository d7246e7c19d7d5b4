@NullMarked
package io.github.narthex.cli;

import org.jspecify.annotations.NullMarked;
