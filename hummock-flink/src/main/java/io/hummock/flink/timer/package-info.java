/**
 * The priority queue of timers, in the tree behind a cache of the next ones for each key group.
 * Uses {@code encoding}.
 */
@NullMarked
package io.hummock.flink.timer;

import org.jspecify.annotations.NullMarked;
