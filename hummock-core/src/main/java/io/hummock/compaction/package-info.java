/**
 * Picks tables to merge and merges them. Uses {@code version}, {@code sstable}, {@code iterator},
 * {@code key} and {@code bytes}.
 */
@NullMarked
package io.hummock.compaction;

import org.jspecify.annotations.NullMarked;
