package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * Collects a small object and puts it with one call; begins to upload a large one in parts while it
 * is written.
 */
final class S3Writer implements ObjectWriter {
  /*
   * `part` collects bytes; `full` holds parts that wait because the object may still be a small one;
   * `uploads` are parts under way, the oldest first. Once there is an upload, `full` is empty.
   */
  private final S3Client client;
  private final S3Options options;
  private final S3Location target;
  private final Executor executor;

  private Part part = new Part();
  private final List<Part> full = new ArrayList<>();
  private @Nullable S3Upload upload;
  private final Deque<SharedTask<CompletedPart>> uploads = new ArrayDeque<>();
  private final List<CompletedPart> completed = new ArrayList<>();
  private int parts;
  private long length;
  private boolean committed;
  private boolean ended;

  /** Set when nobody wants the parts any more. */
  private volatile boolean abandoned;

  S3Writer(S3Client client, S3Options options, S3Location target, Executor executor) {
    this.client = client;
    this.options = options;
    this.target = target;
    this.executor = executor;
  }

  @Override
  public void write(Slice bytes) throws IOException {
    requireOpen();
    int partBytes = options.transfer().partBytes();
    int done = 0;
    while (done < bytes.length()) {
      if (part.length == partBytes) {
        full.add(part);
        part = new Part();
      }
      int count = Math.min(bytes.length() - done, partBytes - part.length);
      part.add(bytes.slice(done, count));
      done += count;
      length += count;
      if (length > options.transfer().multipartBytes()) {
        uploadFullParts();
      }
    }
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public void commit() throws IOException {
    requireOpen();
    ended = true;
    if (upload == null) {
      put();
    } else {
      uploadFullParts();
      begin(upload, part); // never empty: a part is only begun for a byte that goes into it
      part = new Part();
      while (!uploads.isEmpty()) {
        awaitOldest();
      }
      upload.complete(completed, length);
    }
    committed = true;
  }

  @Override
  public void close() throws IOException {
    S3Upload begun = committed || abandoned ? null : upload;
    ended = true;
    abandoned = true;
    full.clear();
    part = new Part();
    if (begun != null) {
      // An interrupt would make the abort fail, and the parts stay for ever.
      boolean interrupted = Thread.interrupted();
      try {
        // So would a part that arrives after the abort: wait for those under way.
        while (!uploads.isEmpty()) {
          try {
            awaitOldest();
          } catch (IOException e) {
            interrupted |= Thread.interrupted();
          }
        }
        begun.abort();
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private void uploadFullParts() throws IOException {
    if (full.isEmpty()) {
      return;
    }
    S3Upload begun = upload;
    if (begun == null) {
      begun = S3Upload.begin(client, options, target);
      upload = begun;
    }
    for (Part next : full) {
      begin(begun, next);
    }
    full.clear();
  }

  private void begin(S3Upload begun, Part next) throws IOException {
    if (parts == S3Upload.MAX_PARTS) {
      throw new IOException(
          target.path()
              + ": more than "
              + S3Upload.MAX_PARTS
              + " parts; raise "
              + options.nameOf(S3Options.Option.PART_BYTES));
    }
    int number = ++parts;
    while (uploads.size() >= options.transfer().concurrentParts()) {
      awaitOldest();
    }
    uploads.add(
        SharedTask.offer(
            executor,
            () -> {
              if (abandoned) {
                throw new IOException(target.path() + " is abandoned");
              }
              return begun.put(number, next.body());
            }));
  }

  private void awaitOldest() throws IOException {
    completed.add(uploads.remove().await());
  }

  private void put() throws IOException {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder().bucket(target.bucket()).key(target.key());
    options.encryption().apply(request);
    Part whole = new Part();
    full.forEach(whole::addAll);
    whole.addAll(part);
    try {
      PutObjectResponse unused =
          S3Denial.retry(options, () -> client.putObject(request.build(), whole.body()));
    } catch (SdkException e) {
      throw S3Failure.ofWrite("PutObject", target.path(), e, options);
    }
    full.clear();
    part = new Part();
  }

  private void requireOpen() {
    if (ended) {
      throw new IllegalStateException("writer of " + target.path() + " has ended");
    }
  }

  /** Bytes in chunks, so that they need not be copied to grow or to be sent. */
  private static final class Part {
    private static final int CHUNK_BYTES = 128 << 10;

    private final List<Slice> chunks = new ArrayList<>();
    private byte[] last = new byte[0];
    private int used;
    private int length;

    /** Copies bytes to the end. */
    void add(Slice bytes) {
      int done = 0;
      while (done < bytes.length()) {
        if (used == last.length) {
          seal();
          last = new byte[CHUNK_BYTES];
        }
        int count = Math.min(bytes.length() - done, last.length - used);
        System.arraycopy(bytes.array(), bytes.offset() + done, last, used, count);
        used += count;
        done += count;
      }
      length += bytes.length();
    }

    /** Takes the chunks of another part to the end; nothing may be copied here afterwards. */
    void addAll(Part other) {
      other.seal();
      chunks.addAll(other.chunks);
      length += other.length;
    }

    /** The bytes as often as the SDK wants them; nothing may be added afterwards. */
    RequestBody body() {
      seal();
      return RequestBody.fromContentProvider(
          () -> new Chunks(chunks), length, "application/octet-stream");
    }

    private void seal() {
      if (used > 0) {
        chunks.add(Slice.of(last, 0, used));
        last = new byte[0];
        used = 0;
      }
    }
  }

  /** Reads chunks from the first to the last. */
  private static final class Chunks extends InputStream {
    private final List<Slice> chunks;
    private int next;
    private Slice rest = Slice.EMPTY;
    private int markedNext;
    private Slice markedRest = Slice.EMPTY;

    Chunks(List<Slice> chunks) {
      this.chunks = chunks;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) {
      if (count == 0) {
        return 0;
      }
      if (rest.isEmpty()) {
        if (next == chunks.size()) {
          return -1;
        }
        rest = chunks.get(next++);
      }
      int moved = Math.min(count, rest.length());
      System.arraycopy(rest.array(), rest.offset(), bytes, offset, moved);
      rest = rest.from(moved);
      return moved;
    }

    @Override
    public int available() {
      return rest.length();
    }

    @Override
    public boolean markSupported() {
      return true;
    }

    @Override
    public synchronized void mark(int limit) {
      markedNext = next;
      markedRest = rest;
    }

    @Override
    public synchronized void reset() {
      next = markedNext;
      rest = markedRest;
    }
  }
}
