package io.hummock;

/**
 * An object that a checkpoint needs.
 *
 * @param name {@code <uuid>.sst} or {@code <uuid>.meta}, as the manifest calls it
 * @param path where it lies in the object store
 * @param bytes its length
 * @param isNew whether no earlier checkpoint of this store had it
 */
public record CheckpointFile(String name, String path, long bytes, boolean isNew) {}
