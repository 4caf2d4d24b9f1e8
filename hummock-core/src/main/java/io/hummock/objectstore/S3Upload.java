package io.hummock.objectstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** An object that comes to S3 in parts: seen by nobody before it is complete. */
final class S3Upload {
  /** So many parts S3 takes for one object. */
  static final int MAX_PARTS = 10_000;

  private final S3Client client;
  private final S3Options options;
  private final S3Location target;
  private final String id;

  private S3Upload(S3Client client, S3Options options, S3Location target, String id) {
    this.client = client;
    this.options = options;
    this.target = target;
    this.id = id;
  }

  static S3Upload begin(S3Client client, S3Options options, S3Location target) throws IOException {
    CreateMultipartUploadRequest.Builder request =
        CreateMultipartUploadRequest.builder().bucket(target.bucket()).key(target.key());
    options.encryption().apply(request);
    try {
      return new S3Upload(
          client, options, target, client.createMultipartUpload(request.build()).uploadId());
    } catch (SdkException e) {
      throw S3Failure.ofWrite("CreateMultipartUpload", target.path(), e, options);
    }
  }

  /**
   * Uploads one part; from any thread.
   *
   * @param number counted from 1
   */
  CompletedPart put(int number, RequestBody bytes) throws IOException {
    UploadPartRequest.Builder request =
        UploadPartRequest.builder()
            .bucket(target.bucket())
            .key(target.key())
            .uploadId(id)
            .partNumber(number);
    options.encryption().apply(request);
    try {
      var response = client.uploadPart(request.build(), bytes);
      return CompletedPart.builder()
          .partNumber(number)
          .eTag(response.eTag())
          .checksumCRC32(response.checksumCRC32())
          .checksumCRC32C(response.checksumCRC32C())
          .checksumCRC64NVME(response.checksumCRC64NVME())
          .build();
    } catch (SdkException e) {
      throw S3Failure.ofWrite("UploadPart " + number, target.path(), e, options);
    }
  }

  /** Copies one part from another object, on the server; from any thread. */
  CompletedPart copy(int number, S3Location from, long offset, long length) throws IOException {
    UploadPartCopyRequest.Builder request =
        UploadPartCopyRequest.builder()
            .sourceBucket(from.bucket())
            .sourceKey(from.key())
            .copySourceRange("bytes=" + offset + "-" + (offset + length - 1))
            .destinationBucket(target.bucket())
            .destinationKey(target.key())
            .uploadId(id)
            .partNumber(number);
    options.encryption().apply(request);
    request.overrideConfiguration(c -> c.apiCallAttemptTimeout(options.limits().callTimeout()));
    try {
      var result = client.uploadPartCopy(request.build()).copyPartResult();
      return CompletedPart.builder()
          .partNumber(number)
          .eTag(result.eTag())
          .checksumCRC32(result.checksumCRC32())
          .checksumCRC32C(result.checksumCRC32C())
          .checksumCRC64NVME(result.checksumCRC64NVME())
          .build();
    } catch (SdkException e) {
      throw S3Failure.ofWrite(
          "UploadPartCopy " + number + " from " + from.path(), target.path(), e, options);
    }
  }

  /**
   * Makes the object appear.
   *
   * @param parts in ascending order
   * @param length of all parts together
   */
  void complete(List<CompletedPart> parts, long length) throws IOException {
    List<CompletedPart> all = new ArrayList<>(parts);
    try {
      client.completeMultipartUpload(
          request ->
              request
                  .bucket(target.bucket())
                  .key(target.key())
                  .uploadId(id)
                  .multipartUpload(upload -> upload.parts(all))
                  .overrideConfiguration(
                      c -> c.apiCallAttemptTimeout(options.limits().callTimeout())));
    } catch (SdkException e) {
      // An attempt whose answer was lost may have completed it: then there is no such upload now.
      if (S3Failure.code(e).equals("NoSuchUpload")
          && S3ObjectStore.lengthOf(client, options, target) == length) {
        return;
      }
      throw S3Failure.ofWrite("CompleteMultipartUpload", target.path(), e, options);
    }
  }

  /** Takes the parts away again. */
  void abort() throws IOException {
    try {
      client.abortMultipartUpload(
          request -> request.bucket(target.bucket()).key(target.key()).uploadId(id));
    } catch (SdkException e) {
      if (S3Failure.status(e) != 404) {
        throw S3Failure.ofWrite("AbortMultipartUpload", target.path(), e, options);
      }
    }
  }
}
