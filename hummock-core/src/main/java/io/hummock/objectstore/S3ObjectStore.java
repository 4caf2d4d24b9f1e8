package io.hummock.objectstore;

import io.hummock.bytes.Slice;
import io.hummock.metrics.HummockMetrics;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.NonRetryableException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;

/**
 * Objects in S3, or in a service that is like it. A path is {@code bucket/key}, so that one store
 * serves all buckets of an endpoint.
 *
 * <p>Every call is tried again where that may help, and every attempt and every call has its time
 * limit: {@link S3Options.Limits}. An {@link IOException} names the call, the object, the status
 * and the request, never a secret. An upload that dies with its process leaves parts that no method
 * shows: a life-cycle rule of the bucket should abort incomplete uploads after some days.
 *
 * <p>Thread-safe. Time and chance in here are the SDK's own.
 */
public final class S3ObjectStore implements ObjectStore {
  /** How many bytes that nobody asked for may come with a fetch of many ranges. */
  private static final int MAX_GAP_BYTES = 64 << 10;

  /** How long a fetch of many ranges may be. */
  private static final int MAX_FETCH_BYTES = 8 << 20;

  /** How many objects S3 deletes by one call. */
  private static final int MAX_DELETES = 1000;

  /** How long an object S3 copies by one call. */
  private static final long MAX_COPY_BYTES = 5L << 30;

  private static final long COPY_PART_BYTES = 512L << 20;

  private final S3Options options;
  private final Executor executor;
  private final S3Clients clients;
  private final S3Client client;
  private final boolean ownsClients;

  /** Cleared when the service does not know how to delete many objects by one call. */
  private volatile boolean deletesMany = true;

  /**
   * Opens a store; does not call the service yet, so see {@link #verifyAccess}.
   *
   * @param executor uploads parts and fetches ranges beside the calling thread, which does not
   *     depend on it; belongs to the caller
   * @throws IOException if no region is set and none is found
   */
  public S3ObjectStore(S3Options options, Executor executor) throws IOException {
    this.options = options;
    this.executor = executor;
    try {
      this.clients = S3Clients.open(options);
    } catch (SdkClientException e) {
      throw new IOException(
          "S3: no region: set " + options.nameOf(S3Options.Option.REGION) + ": " + e.getMessage(),
          e);
    }
    this.client = clients.s3();
    this.ownsClients = true;
  }

  private S3ObjectStore(S3ObjectStore shared, HummockMetrics metrics) {
    this.options = shared.options;
    this.executor = shared.executor;
    this.clients = shared.clients;
    this.client = S3Requests.reporting(shared.client, metrics);
    this.ownsClients = false;
  }

  /**
   * A store of the same objects by the same connections that reports its requests, see {@link
   * HummockMetrics#storeRequest}. It can be used as long as this one is open; closing it does
   * nothing.
   */
  public S3ObjectStore reportingTo(HummockMetrics metrics) {
    return new S3ObjectStore(this, metrics);
  }

  /**
   * Asks the service whether objects can be read and written there, and says within 30 seconds what
   * to change if not.
   *
   * @param location a bucket, or a bucket and the beginning of the keys: {@code bucket/some/prefix}
   * @throws IOException naming the option that is wrong
   */
  public void verifyAccess(String location) throws IOException {
    S3AccessCheck.run(options, ObjectPath.check(location));
  }

  @Override
  public ObjectWriter create(String path) {
    return new S3Writer(client, options, S3Location.of(path), executor);
  }

  /** The slice is over a fresh array. */
  @Override
  public Slice read(String path, long offset, int length) throws IOException {
    Range range = new Range(offset, length);
    S3Location location = S3Location.of(path);
    if (length == 0) { // there is no way to ask for no byte
      long size = lengthOf(client, options, location);
      if (offset > size) {
        throw new EOFException(path + " @" + offset + ": has " + size + " bytes");
      }
      return Slice.EMPTY;
    }
    long last = offset > Long.MAX_VALUE - length ? Long.MAX_VALUE : offset + length - 1;
    GetObjectRequest.Builder request =
        GetObjectRequest.builder()
            .bucket(location.bucket())
            .key(location.key())
            .range("bytes=" + offset + "-" + last);
    options.encryption().apply(request);
    byte[] bytes;
    try {
      bytes = client.getObject(request.build(), (response, body) -> body(range, response, body));
    } catch (SdkException e) {
      throw S3Failure.of("GetObject @" + offset + " +" + length, path, e, options);
    }
    if (bytes.length < length) {
      throw new EOFException(
          path + " @" + offset + ": expected " + length + " bytes, found " + bytes.length);
    }
    return Slice.of(bytes);
  }

  /**
   * Ranges that lie near each other come with one fetch and share an array; fetches run beside each
   * other.
   */
  @Override
  public List<Slice> read(String path, List<Range> ranges) throws IOException {
    S3Location.of(path);
    RangePlan plan = RangePlan.of(ranges, MAX_GAP_BYTES, MAX_FETCH_BYTES);
    List<Callable<Slice>> fetches = new ArrayList<>(plan.fetches().size());
    for (Range fetch : plan.fetches()) {
      fetches.add(() -> read(path, fetch.offset(), fetch.length()));
    }
    return plan.cut(SharedTask.all(executor, fetches));
  }

  /**
   * {@inheritDoc}
   *
   * @param prefix begins with {@code bucket/}; objects whose key is no path, as the directories
   *     that some tools make, are left out
   */
  @Override
  public List<String> list(String prefix) throws IOException {
    S3Location location = S3Location.ofPrefix(prefix);
    List<String> paths = new ArrayList<>();
    String token = null;
    do {
      ListObjectsV2Response response = listPage(location, token);
      for (var object : response.contents()) {
        String path = location.bucket() + "/" + object.key();
        if (ObjectPath.isValid(path)) {
          paths.add(path);
        }
      }
      token = Boolean.TRUE.equals(response.isTruncated()) ? response.nextContinuationToken() : null;
    } while (token != null);
    paths.sort(ObjectPath.ORDER); // some kinds of buckets list in no order
    return paths;
  }

  @Override
  public void copy(String from, String to) throws IOException {
    S3Location source = S3Location.of(from);
    S3Location target = S3Location.of(to);
    CopyObjectRequest.Builder request =
        CopyObjectRequest.builder()
            .sourceBucket(source.bucket())
            .sourceKey(source.key())
            .destinationBucket(target.bucket())
            .destinationKey(target.key());
    options.encryption().apply(request);
    request.overrideConfiguration(c -> c.apiCallAttemptTimeout(options.limits().callTimeout()));
    try {
      client.copyObject(request.build());
    } catch (SdkException e) {
      // Only what is refused as too long is worth asking for its length.
      if (S3Failure.status(e) == 400) {
        long length = lengthOf(client, options, source);
        if (length > MAX_COPY_BYTES) {
          copyInParts(source, target, length, COPY_PART_BYTES);
          return;
        }
      }
      throw S3Failure.of("CopyObject to " + to, from, e, options);
    }
  }

  /** Copies an object that is too long for one call. */
  void copyInParts(S3Location source, S3Location target, long length, long partBytes)
      throws IOException {
    S3Upload upload = S3Upload.begin(client, options, target);
    boolean done = false;
    try {
      List<Callable<CompletedPart>> copies = new ArrayList<>();
      for (long offset = 0; offset < length; offset += partBytes) {
        int number = copies.size() + 1;
        long start = offset;
        long count = Math.min(partBytes, length - offset);
        copies.add(() -> upload.copy(number, source, start, count));
      }
      upload.complete(SharedTask.all(executor, copies), length);
      done = true;
    } finally {
      if (!done) {
        upload.abort();
      }
    }
  }

  @Override
  public void delete(Collection<String> paths) throws IOException {
    Map<String, Set<String>> keys = new LinkedHashMap<>();
    for (String path : paths) {
      S3Location location = S3Location.of(path);
      keys.computeIfAbsent(location.bucket(), bucket -> new LinkedHashSet<>()).add(location.key());
    }
    IOException failure = null;
    for (Map.Entry<String, Set<String>> bucket : keys.entrySet()) {
      List<String> all = List.copyOf(bucket.getValue());
      for (int from = 0; from < all.size(); from += MAX_DELETES) {
        List<String> some = all.subList(from, Math.min(all.size(), from + MAX_DELETES));
        try {
          deleteSome(bucket.getKey(), some);
        } catch (IOException e) {
          failure = first(failure, e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() {
    if (ownsClients) {
      clients.close();
    }
  }

  @Override
  public String toString() {
    return "S3ObjectStore(" + options + ")";
  }

  static long lengthOf(S3Client client, S3Options options, S3Location location) throws IOException {
    HeadObjectRequest.Builder request =
        HeadObjectRequest.builder().bucket(location.bucket()).key(location.key());
    options.encryption().apply(request);
    try {
      return client.headObject(request.build()).contentLength();
    } catch (SdkException e) {
      throw S3Failure.of("HeadObject", location.path(), e, options);
    }
  }

  /**
   * The bytes of an answer, fewer than asked for only if the object ends there. Runs inside of an
   * attempt, so that a body that breaks off is asked for again.
   */
  private static byte[] body(Range range, GetObjectResponse response, AbortableInputStream body) {
    Long length = response.contentLength();
    String contentRange = response.contentRange();
    boolean asked =
        contentRange == null
            ? range.offset() == 0
            : contentRange.startsWith("bytes " + range.offset() + "-");
    if (length == null || length > range.length() || !asked) {
      body.abort();
      throw NonRetryableException.create(
          "answer of " + length + " bytes, range " + contentRange + ", is not the range asked for");
    }
    try {
      byte[] bytes = new byte[Math.toIntExact(length)];
      int found = body.readNBytes(bytes, 0, bytes.length);
      if (found < bytes.length || body.read() >= 0) { // reading the end frees the connection
        throw RetryableException.create("body of " + length + " bytes broke off after " + found);
      }
      return bytes;
    } catch (IOException e) {
      throw RetryableException.create("body of " + length + " bytes broke off", e);
    }
  }

  private ListObjectsV2Response listPage(S3Location prefix, @Nullable String token)
      throws IOException {
    ListObjectsV2Request request =
        ListObjectsV2Request.builder()
            .bucket(prefix.bucket())
            .prefix(prefix.key())
            .continuationToken(token)
            .build();
    try {
      return client.listObjectsV2(request);
    } catch (SdkException e) {
      throw S3Failure.of("ListObjectsV2", prefix.path(), e, options);
    }
  }

  private void deleteSome(String bucket, List<String> keys) throws IOException {
    if (keys.size() == 1 || !deletesMany) {
      deleteSingly(bucket, keys);
      return;
    }
    List<ObjectIdentifier> objects =
        keys.stream().map(key -> ObjectIdentifier.builder().key(key).build()).toList();
    DeleteObjectsResponse response;
    try {
      response =
          client.deleteObjects(
              request -> request.bucket(bucket).delete(d -> d.objects(objects).quiet(true)));
    } catch (SdkException e) {
      int status = S3Failure.status(e);
      if (status == 400 || status == 405 || status == 411 || status == 501) {
        deleteSingly(bucket, keys);
        deletesMany = false; // as single calls do what this one does not
        return;
      }
      throw S3Failure.of(
          "DeleteObjects of " + keys.size() + " objects", bucket + "/" + keys.get(0), e, options);
    }
    if (response.hasErrors()) {
      // The SDK does not try these again; a single call does, and has a status if it fails.
      deleteSingly(bucket, response.errors().stream().map(S3Error::key).toList());
    }
  }

  private void deleteSingly(String bucket, List<String> keys) throws IOException {
    IOException failure = null;
    for (String key : keys) {
      try {
        client.deleteObject(request -> request.bucket(bucket).key(key));
      } catch (SdkException e) {
        if (!S3Failure.isNotFound(e)) {
          failure = first(failure, S3Failure.of("DeleteObject", bucket + "/" + key, e, options));
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static IOException first(@Nullable IOException first, IOException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
