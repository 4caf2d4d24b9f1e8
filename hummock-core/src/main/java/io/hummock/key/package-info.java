/**
 * The key {@code key_space | user_key | epoch} and the three kinds of value. Uses {@code bytes}.
 */
@NullMarked
package io.hummock.key;

import org.jspecify.annotations.NullMarked;
