/**
 * What the engine counts, as one interface that the embedding application implements. Depends on no
 * other room.
 */
@NullMarked
package io.hummock.metrics;

import org.jspecify.annotations.NullMarked;
