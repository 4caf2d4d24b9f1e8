/**
 * The table of sorted entries: its two objects, {@code .sst} and {@code .meta}, what writes and
 * what reads them. Uses {@code objectstore}, {@code iterator}, {@code key} and {@code bytes}.
 */
@NullMarked
package io.hummock.sstable;

import org.jspecify.annotations.NullMarked;
