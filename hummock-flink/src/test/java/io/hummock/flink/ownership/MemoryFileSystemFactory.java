package io.hummock.flink.ownership;

import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;

/** Makes {@link MemoryFileSystem} known to Flink. */
public final class MemoryFileSystemFactory implements FileSystemFactory {
  @Override
  public String getScheme() {
    return MemoryFileSystem.SCHEME;
  }

  @Override
  public FileSystem create(URI uri) {
    return new MemoryFileSystem();
  }
}
