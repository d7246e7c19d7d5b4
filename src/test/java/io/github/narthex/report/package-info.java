@NullMarked
package io.github.narthex.report;

import org.jspecify.annotations.NullMarked;
