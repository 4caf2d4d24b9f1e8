/**
 * Results as files, and the page with tables and charts that is made of them alone.
 *
 * <p>Uses nothing of the other rooms.
 */
@NullMarked
package io.hummock.examples.benchmark.report;

import org.jspecify.annotations.NullMarked;
