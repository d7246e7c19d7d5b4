package io.github.narthex.profile.run;

/**
 * Memory of a process that runs a model, in bytes. What the system does not say is -1.
 *
 * @param rssBytes memory in RAM at the end
 * @param peakRssBytes the most that it ever had there
 * @param jvmHeapBytes the JVM's heap in use, with its garbage
 * @param nativeHeapBytes the C library's heap in use, in which tensors lie
 * @param nativeFromSystemBytes what the C library holds for it
 * @param weightsBytes the model's parameters and buffers
 * @param inputBytes the input tensors
 * @param outputBytes the output tensors
 * @param forwardPeakBytes the most that a forward has taken for tensors at once
 * @param forwardTakenBytes all that a forward has taken for tensors
 * @param forwardAllocations how often a forward has taken memory for tensors
 * @param tensorBytes weights, inputs, outputs and what a forward has at once, together
 */
public record MemoryUse(
    long rssBytes,
    long peakRssBytes,
    long jvmHeapBytes,
    long nativeHeapBytes,
    long nativeFromSystemBytes,
    long weightsBytes,
    long inputBytes,
    long outputBytes,
    long forwardPeakBytes,
    long forwardTakenBytes,
    double forwardAllocations,
    long tensorBytes) {}
