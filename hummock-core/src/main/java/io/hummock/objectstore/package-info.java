/**
 * A flat space of immutable objects: in memory, in a local directory, in S3. Uses {@code bytes} and
 * {@code metrics}.
 */
@NullMarked
package io.hummock.objectstore;

import org.jspecify.annotations.NullMarked;
