/**
 * The state backend as Flink meets it: its factory, its options, and the backend object itself.
 * Uses {@code backend}, {@code storage} and {@code memory}.
 */
@NullMarked
package io.hummock.flink;

import org.jspecify.annotations.NullMarked;
