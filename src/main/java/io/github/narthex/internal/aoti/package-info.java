/**
 * AOTInductor packages as files: what is in them, whether this machine can run it, and where they
 * are unpacked. Nothing here runs anything of a package.
 */
@NullMarked
package io.github.narthex.internal.aoti;

import org.jspecify.annotations.NullMarked;
