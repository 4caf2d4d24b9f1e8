/**
 * State backends outside of any job: how each is set up, opened, checkpointed and restored, and the
 * keys that all are asked for.
 *
 * <p>Uses nothing of the other rooms.
 */
@NullMarked
package io.hummock.examples.benchmark.backend;

import org.jspecify.annotations.NullMarked;
