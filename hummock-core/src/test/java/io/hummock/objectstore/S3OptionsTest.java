package io.hummock.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hummock.objectstore.S3Options.Checksums;
import io.hummock.objectstore.S3Options.Option;
import java.net.URI;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3OptionsTest {
  @Test
  void endpointChangesTheDefaults() {
    S3Options amazon = S3Options.builder().build();
    assertThat(amazon.pathStyle()).isFalse();
    assertThat(amazon.checksums()).isEqualTo(Checksums.WHEN_SUPPORTED);
    assertThat(amazon.credentials()).isEqualTo(new S3Credentials.DefaultChain());

    S3Options other = S3Options.builder().endpoint("http://127.0.0.1:9000").build();
    assertThat(other.endpoint()).isEqualTo(URI.create("http://127.0.0.1:9000"));
    assertThat(other.pathStyle()).isTrue();
    assertThat(other.checksums()).isEqualTo(Checksums.WHEN_REQUIRED);

    S3Options said =
        S3Options.builder()
            .endpoint("minio.example:9000")
            .pathStyle(false)
            .checksums(Checksums.WHEN_SUPPORTED)
            .build();
    assertThat(said.endpoint()).isEqualTo(URI.create("https://minio.example:9000"));
    assertThat(said.pathStyle()).isFalse();
    assertThat(said.checksums()).isEqualTo(Checksums.WHEN_SUPPORTED);
  }

  @Test
  void blankIsNotSet() {
    S3Options options =
        S3Options.builder().endpoint(" ").region("").keys("", null).sessionToken("").build();

    assertThat(options).isEqualTo(S3Options.builder().build());
  }

  @Test
  void textShowsNoSecret() {
    S3Options options =
        S3Options.builder()
            .keys("hidden-0", "hidden-1")
            .sessionToken("hidden-2")
            .role("arn:aws:iam::1:role/r", "external", "session")
            .build();

    assertThat(options.toString()).contains("role/r").doesNotContain("hidden");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ftp://host", "http://", "http://host name", "http://user:password@host", "::"})
  void endpointThatIsNoneIsRefused(String endpoint) {
    assertRefused(Option.ENDPOINT, options -> options.endpoint(endpoint));
  }

  @Test
  void optionOutOfItsRangeIsRefusedByTheNameTheUserGaveIt() {
    assertRefused(Option.REGION, options -> options.region("eu west"));
    assertRefused(Option.SECRET_KEY, options -> options.keys("access", null));
    assertRefused(Option.ACCESS_KEY, options -> options.keys(null, "secret"));
    assertRefused(Option.ACCESS_KEY, options -> options.sessionToken("token"));
    assertRefused(Option.PART_BYTES, options -> options.partBytes((5 << 20) - 1));
    assertRefused(Option.PART_BYTES, options -> options.partBytes(1L << 31));
    assertRefused(Option.MULTIPART_BYTES, options -> options.multipartBytes((8 << 20) - 1));
    assertRefused(Option.MULTIPART_BYTES, options -> options.multipartBytes((5L << 30) + 1));
    assertRefused(Option.CONCURRENT_PARTS, options -> options.concurrentParts(0));
    assertRefused(Option.CONNECTIONS, options -> options.connections(0));
    assertRefused(Option.ATTEMPTS, options -> options.attempts(0));
    assertRefused(Option.ATTEMPT_TIMEOUT, options -> options.attemptTimeout(Duration.ZERO));
    assertRefused(Option.CALL_TIMEOUT, options -> options.callTimeout(Duration.ofSeconds(1)));
  }

  private static void assertRefused(Option option, UnaryOperator<S3Options.Builder> change) {
    S3Options.Builder options = change.apply(S3Options.builder().name(option, "its.name"));
    assertThatIllegalArgumentException()
        .isThrownBy(options::build)
        .withMessageStartingWith("its.name: ")
        .withMessageNotContaining("password");
  }
}
