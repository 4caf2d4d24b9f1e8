/**
 * Whole jobs on a small cluster within one process: a bounded source that makes its records from a
 * seed, one stateful part, and a checksum of all results.
 *
 * <p>May use {@code backend}, {@code process} and {@code report}.
 */
@NullMarked
package io.hummock.examples.benchmark.pipeline;

import org.jspecify.annotations.NullMarked;
