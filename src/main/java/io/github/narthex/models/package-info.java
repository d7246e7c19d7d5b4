/**
 * Networks that need no file: well-known architectures, written in Java and traced to TorchScript,
 * with given weights or random ones from a seed; and a small one that is trained, with pictures.
 */
@NullMarked
package io.github.narthex.models;

import org.jspecify.annotations.NullMarked;
