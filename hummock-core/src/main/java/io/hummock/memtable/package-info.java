/**
 * The writes of one epoch, in memory: a hash index for points, order made only where it is asked
 * for. Everything that grows with the data lies in pages. Uses {@code iterator}, {@code key} and
 * {@code bytes}.
 */
@NullMarked
package io.hummock.memtable;

import org.jspecify.annotations.NullMarked;
