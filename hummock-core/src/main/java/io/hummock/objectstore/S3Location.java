package io.hummock.objectstore;

/**
 * Where an object lies.
 *
 * @param bucket its bucket
 * @param key its name in the bucket; for a prefix it may be empty
 */
record S3Location(String bucket, String key) {
  /** The location of an object of the path {@code bucket/key}. */
  static S3Location of(String path) {
    return split(ObjectPath.check(path));
  }

  /** The location that the paths of some objects begin with: {@code bucket/} and more. */
  static S3Location ofPrefix(String prefix) {
    return split(prefix);
  }

  private static S3Location split(String path) {
    int slash = path.indexOf('/');
    if (slash <= 0) {
      throw new IllegalArgumentException("'" + path + "' is not of the form bucket/key");
    }
    return new S3Location(path.substring(0, slash), path.substring(slash + 1));
  }

  String path() {
    return bucket + "/" + key;
  }
}
