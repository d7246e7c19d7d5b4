/** Profiles a model by the text that names it: what {@code narthex profile} does. */
@NullMarked
package io.github.narthex.profile.run;

import org.jspecify.annotations.NullMarked;
