/** Results as text for people, and as JSON and CSV for programs. */
@NullMarked
package io.github.narthex.report;

import org.jspecify.annotations.NullMarked;
