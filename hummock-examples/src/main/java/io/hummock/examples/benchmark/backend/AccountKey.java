package io.hummock.examples.benchmark.backend;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A key of two fields, as users write them for Flink's POJO serializer. */
public final class AccountKey {
  public long account;
  public int region;

  /** For the serializer. */
  public AccountKey() {}

  AccountKey(long account, int region) {
    this.account = account;
    this.region = region;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AccountKey that && account == that.account && region == that.region;
  }

  @Override
  public int hashCode() {
    return Objects.hash(account, region);
  }
}
