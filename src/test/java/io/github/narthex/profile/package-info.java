@NullMarked
package io.github.narthex.profile;

import org.jspecify.annotations.NullMarked;
