/**
 * What NVIDIA's management library, NVML, says of the machine's GPUs: what they are, how busy and
 * how hot, and what energy they take. Nothing of it needs libtorch.
 */
@NullMarked
package io.github.narthex.gpu;

import org.jspecify.annotations.NullMarked;
