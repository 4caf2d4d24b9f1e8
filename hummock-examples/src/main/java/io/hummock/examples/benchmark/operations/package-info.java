/**
 * JMH benchmarks of single operations over Flink's public keyed-state API: the same operations,
 * seeds and keys for every state backend, a process for each operation of each backend.
 *
 * <p>May use {@code backend}, {@code process} and {@code report}.
 */
@NullMarked
package io.hummock.examples.benchmark.operations;

import org.jspecify.annotations.NullMarked;
