/**
 * Pages that need nothing but themselves: HTML, and charts in SVG, with their style and a few lines
 * of script inside. Knows nothing of what is shown.
 */
@NullMarked
package io.github.narthex.report.html;

import org.jspecify.annotations.NullMarked;
