/**
 * Command lines, and the processes that benchmarks run in: one a backend, so that none inherits
 * what another left in the heap, in the code cache or on the disk.
 *
 * <p>May use {@code report} and {@code backend}.
 */
@NullMarked
package io.hummock.examples.benchmark.process;

import org.jspecify.annotations.NullMarked;
