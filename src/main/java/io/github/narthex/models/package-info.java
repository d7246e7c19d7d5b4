/**
 * Networks that need no file: well-known architectures with random weights from a seed, written in
 * Java and traced to TorchScript.
 */
@NullMarked
package io.github.narthex.models;

import org.jspecify.annotations.NullMarked;
