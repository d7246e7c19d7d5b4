@NullMarked
package io.github.narthex.profile.run;

import org.jspecify.annotations.NullMarked;
