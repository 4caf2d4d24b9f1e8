/**
 * What an operator's metric group shows of its backend, and the progress of long work in the log.
 * Uses hummock-core's public rooms.
 */
@NullMarked
package io.hummock.flink.metrics;

import org.jspecify.annotations.NullMarked;
