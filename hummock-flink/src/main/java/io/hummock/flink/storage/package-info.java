/**
 * Where the objects of a tree are: below Flink's checkpoint directory, in S3, in any file system of
 * Flink, or within a state handle. Uses hummock-core's public rooms.
 */
@NullMarked
package io.hummock.flink.storage;

import org.jspecify.annotations.NullMarked;
