/**
 * Which objects the engine may delete, and when. Uses {@code version}, {@code sstable} and {@code
 * objectstore}.
 */
@NullMarked
package io.hummock.ownership;

import org.jspecify.annotations.NullMarked;
