/**
 * Bytes and where they live: slices on the heap, pages of a budget, readers that check before they
 * believe. Depends on no other room.
 */
@NullMarked
package io.hummock.bytes;

import org.jspecify.annotations.NullMarked;
