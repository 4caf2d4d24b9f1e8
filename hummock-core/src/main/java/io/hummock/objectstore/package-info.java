/**
 * A flat space of immutable objects: in memory, in a local directory, in S3 and what is like it;
 * and stores in front of stores, which count calls or keep copies on a local disk. Uses {@code
 * bytes} and {@code metrics}.
 *
 * <p>Every store passes the same contract test. What fails is an {@link java.io.IOException} that
 * names the object and may be tried again, but for {@link
 * io.hummock.objectstore.ObjectNotFoundException} and {@link java.io.EOFException}, which will not
 * go away.
 */
@NullMarked
package io.hummock.objectstore;

import org.jspecify.annotations.NullMarked;
