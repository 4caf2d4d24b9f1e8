/**
 * The keyed state backend: registers states, lives as long as its operator, and brings the other
 * rooms together. Uses all rooms below.
 */
@NullMarked
package io.hummock.flink.backend;

import org.jspecify.annotations.NullMarked;
