/**
 * Checkpoints, restores and rescaling of one operator, on a local disk and on an object store.
 *
 * <p>May use {@code backend}, {@code process} and {@code report}.
 */
@NullMarked
package io.hummock.examples.benchmark.checkpoint;

import org.jspecify.annotations.NullMarked;
