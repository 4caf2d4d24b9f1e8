/**
 * The list of tables that make up the tree: version, levels, the change from one version to the
 * next, pins, and the manifest that a checkpoint keeps of it. Uses {@code sstable}, {@code
 * objectstore}, {@code iterator}, {@code key} and {@code bytes}.
 */
@NullMarked
package io.hummock.version;

import org.jspecify.annotations.NullMarked;
