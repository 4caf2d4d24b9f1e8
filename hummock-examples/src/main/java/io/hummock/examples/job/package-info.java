/**
 * The flights job: real input, all kinds of keyed state, timers and windows; killed, restored and
 * rescaled on a cluster inside this JVM, and its results checked against a plain computation that
 * shares no logic with it. {@link io.hummock.examples.job.FlightsJob} has the {@code main}.
 */
@NullMarked
package io.hummock.examples.job;

import org.jspecify.annotations.NullMarked;
