/**
 * Whether a TaskManager stays within its configured process size while its state is larger than its
 * memory.
 *
 * <p>May use {@code backend}, {@code process} and {@code report}.
 */
@NullMarked
package io.hummock.examples.benchmark.memory;

import org.jspecify.annotations.NullMarked;
