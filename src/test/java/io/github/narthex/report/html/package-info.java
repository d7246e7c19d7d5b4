/** Tests of pages and charts. */
@NullMarked
package io.github.narthex.report.html;

import org.jspecify.annotations.NullMarked;
