package io.hummock.objectstore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.hummock.bytes.Slice;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** How the server encrypts what it stores. */
public sealed interface S3Encryption {
  /** As the bucket is set up. */
  record BucketDefault() implements S3Encryption {}

  /** With keys that S3 manages (SSE-S3, AES-256). */
  record ManagedByS3() implements S3Encryption {}

  /**
   * With a key of the key management service (SSE-KMS).
   *
   * @param keyId id or ARN of the key; null for the account's default key
   */
  record ManagedByKms(@Nullable String keyId) implements S3Encryption {}

  /**
   * With a key that comes with every request and that S3 does not keep (SSE-C). Endpoints accept it
   * over https only. Whoever else reads or copies these objects needs the key too.
   */
  final class CustomerKey implements S3Encryption {
    private static final String ALGORITHM = "AES256";

    private final String key;
    private final String md5;

    /**
     * @param key 32 bytes; copied
     */
    public CustomerKey(Slice key) {
      if (key.length() != 32) {
        throw new IllegalArgumentException(
            "a customer's encryption key has 32 bytes, not " + key.length());
      }
      byte[] bytes = key.toByteArray();
      this.key = Base64.getEncoder().encodeToString(bytes);
      try {
        this.md5 =
            Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has MD5", e);
      }
    }

    String base64() {
      return key;
    }

    @Override
    public boolean equals(@Nullable Object object) {
      return object instanceof CustomerKey other && key.equals(other.key);
    }

    @Override
    public int hashCode() {
      return key.hashCode();
    }

    /** Never the key. */
    @Override
    public String toString() {
      return "CustomerKey[]";
    }
  }

  /** Adds what a new object of one call needs. */
  default void apply(PutObjectRequest.Builder request) {
    if (this instanceof CustomerKey customer) {
      request
          .sseCustomerAlgorithm(CustomerKey.ALGORITHM)
          .sseCustomerKey(customer.key)
          .sseCustomerKeyMD5(customer.md5);
    } else {
      request.serverSideEncryption(algorithm()).ssekmsKeyId(kmsKeyId());
    }
  }

  /** Adds what a new object of many parts needs. */
  default void apply(CreateMultipartUploadRequest.Builder request) {
    if (this instanceof CustomerKey customer) {
      request
          .sseCustomerAlgorithm(CustomerKey.ALGORITHM)
          .sseCustomerKey(customer.key)
          .sseCustomerKeyMD5(customer.md5);
    } else {
      request.serverSideEncryption(algorithm()).ssekmsKeyId(kmsKeyId());
    }
  }

  /** Adds what a copy needs, of an object that is encrypted in the same way. */
  default void apply(CopyObjectRequest.Builder request) {
    if (this instanceof CustomerKey customer) {
      request
          .sseCustomerAlgorithm(CustomerKey.ALGORITHM)
          .sseCustomerKey(customer.key)
          .sseCustomerKeyMD5(customer.md5)
          .copySourceSSECustomerAlgorithm(CustomerKey.ALGORITHM)
          .copySourceSSECustomerKey(customer.key)
          .copySourceSSECustomerKeyMD5(customer.md5);
    } else {
      request.serverSideEncryption(algorithm()).ssekmsKeyId(kmsKeyId());
    }
  }

  /** Adds what a part needs; what is managed elsewhere was said when the upload began. */
  default void apply(UploadPartRequest.Builder request) {
    if (this instanceof CustomerKey customer) {
      request
          .sseCustomerAlgorithm(CustomerKey.ALGORITHM)
          .sseCustomerKey(customer.key)
          .sseCustomerKeyMD5(customer.md5);
    }
  }

  /** Adds what a part copied from an object that is encrypted in the same way needs. */
  default void apply(UploadPartCopyRequest.Builder request) {
    if (this instanceof CustomerKey customer) {
      request
          .sseCustomerAlgorithm(CustomerKey.ALGORITHM)
          .sseCustomerKey(customer.key)
          .sseCustomerKeyMD5(customer.md5)
          .copySourceSSECustomerAlgorithm(CustomerKey.ALGORITHM)
          .copySourceSSECustomerKey(customer.key)
          .copySourceSSECustomerKeyMD5(customer.md5);
    }
  }

  /** Adds what reading needs. */
  default void apply(GetObjectRequest.Builder request) {
    if (this instanceof CustomerKey customer) {
      request
          .sseCustomerAlgorithm(CustomerKey.ALGORITHM)
          .sseCustomerKey(customer.key)
          .sseCustomerKeyMD5(customer.md5);
    }
  }

  /** Adds what asking for an object's length needs. */
  default void apply(HeadObjectRequest.Builder request) {
    if (this instanceof CustomerKey customer) {
      request
          .sseCustomerAlgorithm(CustomerKey.ALGORITHM)
          .sseCustomerKey(customer.key)
          .sseCustomerKeyMD5(customer.md5);
    }
  }

  /** The text without the customer's key in it, encoded or not. */
  default String redact(String text) {
    if (this instanceof CustomerKey customer) {
      String plain = new String(Base64.getDecoder().decode(customer.key), ISO_8859_1);
      return text.replace(customer.key, S3Credentials.MASK).replace(plain, S3Credentials.MASK);
    }
    return text;
  }

  private @Nullable ServerSideEncryption algorithm() {
    return this instanceof ManagedByS3
        ? ServerSideEncryption.AES256
        : this instanceof ManagedByKms ? ServerSideEncryption.AWS_KMS : null;
  }

  private @Nullable String kmsKeyId() {
    return this instanceof ManagedByKms kms ? kms.keyId() : null;
  }
}
