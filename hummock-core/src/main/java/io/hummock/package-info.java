/**
 * Hummock: a log-structured merge-tree whose SSTables live in an object store. Uses all rooms
 * below.
 */
@NullMarked
package io.hummock;

import org.jspecify.annotations.NullMarked;
