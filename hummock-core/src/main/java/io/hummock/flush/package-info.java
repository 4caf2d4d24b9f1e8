/**
 * Writes a frozen memtable into tables. A flush is the merge of one memtable with nothing, so it
 * uses {@code compaction}'s merger and table writer; and {@code version}, {@code sstable}, {@code
 * memtable}, {@code iterator}, {@code key} and {@code bytes}.
 */
@NullMarked
package io.hummock.flush;

import org.jspecify.annotations.NullMarked;
