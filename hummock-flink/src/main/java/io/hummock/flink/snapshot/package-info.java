/**
 * How a tree becomes Flink's state handles: checkpoints and native savepoints of its files, and
 * canonical savepoints of its entries. Uses {@code encoding}, {@code storage} and hummock-core's
 * public rooms.
 */
@NullMarked
package io.hummock.flink.snapshot;

import org.jspecify.annotations.NullMarked;
