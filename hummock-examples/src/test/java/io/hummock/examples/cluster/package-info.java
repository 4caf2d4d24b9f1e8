/**
 * A Flink of processes for a test: its distribution's own scripts start it, and only REST and the
 * command line see it.
 */
@NullMarked
package io.hummock.examples.cluster;

import org.jspecify.annotations.NullMarked;
