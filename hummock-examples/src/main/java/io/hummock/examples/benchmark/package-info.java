/**
 * JMH benchmarks over Flink's public keyed-state API: the same operations, seeds and key sets for
 * every state backend, one process a backend, and the report that sets them side by side.
 */
@NullMarked
package io.hummock.examples.benchmark;

import org.jspecify.annotations.NullMarked;
