package io.hummock.sstable;

import io.hummock.bytes.Checksum;
import io.hummock.bytes.Slice;
import io.hummock.bytes.SliceBuilder;
import io.hummock.objectstore.ObjectStore;
import io.hummock.objectstore.ObjectWriter;
import java.io.Closeable;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@code .meta} object, drawn at {@link SstableMeta}: groups as they come, kept in memory
 * up to a megabyte and streamed to the store above that.
 */
final class SstableMetaWriter implements Closeable {
  private static final int MAX_BUFFERED_BYTES = 1 << 20;

  private final ObjectStore objects;
  private final UUID id;
  private final String path;
  private final Executor puts;

  private final SliceBuilder buffer = new SliceBuilder(4 << 10);
  private final SliceBuilder directory = new SliceBuilder();
  private final SliceBuilder partitions = new SliceBuilder();
  private volatile @Nullable ObjectWriter writer;
  private int groupCount;
  private int partitionCount;
  private int lastPartition = -1;
  private int lastPartitionBlock;
  private long length;
  private int checksum;

  SstableMetaWriter(ObjectStore objects, UUID id, String path, Executor puts) {
    this.objects = objects;
    this.id = id;
    this.path = path;
    this.puts = puts;
  }

  String path() {
    return path;
  }

  /** The bytes of the object. */
  long length() {
    return length;
  }

  /** The footer's checksum, once finished. */
  int checksum() {
    return checksum;
  }

  /** Notes the block of a partition's first entry, and whether it is the block's first. */
  void addPartition(int partition, int block, boolean startsBlock) {
    partitions.writeVarint(partition - lastPartition);
    partitions.writeVarint(2L * (block - lastPartitionBlock) + (startsBlock ? 1 : 0));
    partitionCount++;
    lastPartition = partition;
    lastPartitionBlock = block;
  }

  /**
   * Appends a group.
   *
   * @param base where its first block begins
   * @param fence that of its last block
   */
  void addGroup(@Nullable BloomFilter filter, BlockIndex index, long base, Slice fence)
      throws IOException {
    int start = buffer.length();
    int filterLength = filter == null ? 0 : filter.writeTo(buffer);
    index.writeTo(buffer, base);
    int indexLength = buffer.length() - start - filterLength;
    Slice group = buffer.slice().from(start);
    directory.writeInt(filterLength).writeInt(Checksum.crc32c(group.slice(0, filterLength)));
    directory.writeInt(indexLength).writeInt(Checksum.crc32c(group.from(filterLength)));
    directory.writeInt(index.count()).writeLengthPrefixed(fence);
    groupCount++;
    length += group.length();
    if (buffer.length() >= MAX_BUFFERED_BYTES) {
      writeBuffer();
    }
  }

  /**
   * Puts the object, and beside that runs {@code commitData}; returns when both are done, and
   * throws the first failure.
   */
  void finish(Slice properties, long dataBytes, Commit commitData) throws IOException {
    SliceBuilder sections = new SliceBuilder(directory.length() + partitions.length() + 256);
    sections.writeInt(groupCount).write(directory.slice());
    int directoryLength = sections.length();
    sections.writeVarint(partitionCount).write(partitions.slice());
    int partitionsLength = sections.length() - directoryLength;
    sections.write(properties);
    Slice all = sections.slice();
    SstableFooter footer =
        new SstableFooter(
            id,
            dataBytes,
            length,
            directoryLength,
            Checksum.crc32c(all.slice(0, directoryLength)),
            partitionsLength,
            Checksum.crc32c(all.slice(directoryLength, partitionsLength)),
            properties.length(),
            Checksum.crc32c(all.from(directoryLength + partitionsLength)));
    buffer.write(all);
    checksum = footer.writeTo(buffer);
    length += all.length() + SstableFormat.FOOTER_BYTES;

    putBeside(commitData);
  }

  /* The data is committed in the calling thread. The put of the rest is offered to the executor,
   * and done here if by then no other thread has begun with it: so it cannot wait in vain behind
   * callers that wait themselves. Whatever fails, nothing runs any more when this returns. */
  private void putBeside(Commit commitData) throws IOException {
    FutureTask<@Nullable Void> put =
        new FutureTask<>(
            () -> {
              writeBuffer().commit();
              return null;
            });
    try {
      puts.execute(put);
    } catch (RejectedExecutionException e) {
      // Done below.
    }
    IOException failure = null;
    try {
      commitData.commit();
    } catch (IOException e) {
      failure = e;
    }
    put.run();
    try {
      await(put);
    } catch (IOException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Waits to the end even when interrupted, so that no write goes on behind the caller's back. */
  private static void await(FutureTask<?> task) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof IOException cause) {
            throw cause;
          }
          throw new IllegalStateException("putting a .meta object failed", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private ObjectWriter writeBuffer() throws IOException {
    ObjectWriter opened = writer;
    if (opened == null) {
      opened = objects.create(path);
      writer = opened;
    }
    opened.write(buffer.slice());
    buffer.clear();
    return opened;
  }

  /** Ends the writer; an object that was not committed does not appear. */
  @Override
  public void close() throws IOException {
    ObjectWriter opened = writer;
    if (opened != null) {
      opened.close();
    }
  }

  /** Makes an object appear. */
  interface Commit {
    void commit() throws IOException;
  }
}
