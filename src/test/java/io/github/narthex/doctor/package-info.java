@NullMarked
package io.github.narthex.doctor;

import org.jspecify.annotations.NullMarked;
