/**
 * Flink's memory as pages of the engine: one lease a slot, shared by the backends in it, handed out
 * as off-heap memory. Uses hummock-core's {@code bytes}.
 */
@NullMarked
package io.hummock.flink.memory;

import org.jspecify.annotations.NullMarked;
