/**
 * Sorted tables of immutable entries: a {@code .sst} object with the blocks, a {@code .meta} object
 * with what finds them; their builder, their reader, their iterators, and the cache that keeps
 * blocks, filters and indexes in pages. Uses {@code objectstore}, {@code iterator}, {@code key},
 * {@code metrics} and {@code bytes}. The bytes of both objects are drawn in docs/format.md.
 */
@NullMarked
package io.hummock.sstable;

import org.jspecify.annotations.NullMarked;
