/**
 * State that is larger than the memory for it.
 *
 * <p>May use {@code backend}, {@code process} and {@code report}.
 */
@NullMarked
package io.hummock.examples.benchmark.larger;

import org.jspecify.annotations.NullMarked;
