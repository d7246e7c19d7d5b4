/**
 * Loads a model with requests: when they are due, who serves them, what came of it, and which rate
 * of them keeps a bound on latency. Knows nothing of models: whatever serves a request is given.
 *
 * <p>Times are nanoseconds since the load began, unless something else is said.
 */
@NullMarked
package io.github.narthex.load;

import org.jspecify.annotations.NullMarked;
