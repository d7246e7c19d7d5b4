/** PyTorch models on the JVM: tensors, models, and the values that go in and out of them. */
@NullMarked
package io.github.narthex;

import org.jspecify.annotations.NullMarked;
