/**
 * The row cache: what tree and frozen memtables have of hot keys, one hash probe away. May forget
 * anything at any time. Uses {@code key}, {@code bytes} and {@code metrics}.
 */
@NullMarked
package io.hummock.rowcache;

import org.jspecify.annotations.NullMarked;
