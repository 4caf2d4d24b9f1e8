/**
 * The flights that left New York City in 2013, and a Flink source that replays them: one split an
 * airport, in the order of the calendar, paced, with a position that checkpoints keep.
 */
@NullMarked
package io.hummock.examples.flights;

import org.jspecify.annotations.NullMarked;
