@NullMarked
package io.github.narthex.models;

import org.jspecify.annotations.NullMarked;
