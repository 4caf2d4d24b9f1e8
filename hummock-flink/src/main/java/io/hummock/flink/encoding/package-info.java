/**
 * How Flink's keyed state becomes keys and values of the tree: {@code key group | state id | key |
 * namespace | map key}, and what is registered under which state id. Uses the public rooms of
 * hummock-core.
 */
@NullMarked
package io.hummock.flink.encoding;

import org.jspecify.annotations.NullMarked;
