/** Jobs that move between Hummock and Flink's own backends, and turn the changelog on and off. */
@NullMarked
package io.hummock.flink.switching;

import org.jspecify.annotations.NullMarked;
