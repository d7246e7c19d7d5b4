/**
 * The shim from Java's side: the only package that touches the generated bindings. Addresses of
 * native objects do not leave it. Of the core it knows only plain values (dtype, shape, device,
 * memory format) and the exceptions.
 */
@NullMarked
package io.github.narthex.internal.torch;

import org.jspecify.annotations.NullMarked;
