/**
 * How Flink's state handles become a tree again, of this or of other backends, at the same or
 * another parallelism. Uses {@code snapshot}, {@code storage}, {@code encoding} and hummock-core's
 * public rooms.
 */
@NullMarked
package io.hummock.flink.restore;

import org.jspecify.annotations.NullMarked;
