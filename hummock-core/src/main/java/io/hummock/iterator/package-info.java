/**
 * The cursor over entries in key order, and those that are made of others: concat, merge, user.
 * Uses {@code key} and {@code bytes}.
 */
@NullMarked
package io.hummock.iterator;

import org.jspecify.annotations.NullMarked;
