package io.hummock.flink.storage;

/**
 * Where a keyed backend has its working objects.
 *
 * @param objects all objects, by URI; belongs to whoever made the placement
 * @param directory the URI of the directory of this attempt's own objects
 * @param shared whether that lies below the checkpoint storage's shared directory, so that a
 *     checkpoint refers to the objects themselves; else each checkpoint copies them
 * @param maxObjectBytes the longest object that a checkpoint can copy
 */
public record Placement(
    UriObjectStore objects, String directory, boolean shared, long maxObjectBytes) {}
