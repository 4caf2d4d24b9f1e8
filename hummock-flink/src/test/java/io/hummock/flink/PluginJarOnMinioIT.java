package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.testing.MinioServer;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The bundled AWS SDK under its new names, which shows only where it runs. */
@Tag("minio")
class PluginJarOnMinioIT {

  @Test
  void bundledSdkReachesAnS3Server() throws Exception {
    URL jar = Path.of(System.getProperty("hummock.jar", "missing")).toUri().toURL();
    URL tests = S3RoundTrip.class.getProtectionDomain().getCodeSource().getLocation();
    try (MinioServer server = MinioServer.start();
        URLClassLoader loader = new URLClassLoader(new URL[] {jar, tests}, new OnlyFlink())) {
      @SuppressWarnings("unchecked") // the class of another loader, seen by its interface
      Function<Map<String, String>, String> roundTrip =
          (Function<Map<String, String>, String>)
              Class.forName(S3RoundTrip.class.getName(), true, loader)
                  .asSubclass(Function.class)
                  .getDeclaredConstructor()
                  .newInstance();
      String origin =
          roundTrip.apply(
              Map.of(
                  "endpoint",
                  server.endpoint().toString(),
                  "accessKey",
                  server.accessKey(),
                  "secretKey",
                  server.secretKey(),
                  "bucket",
                  server.createBucket("packaged")));
      assertThat(origin).isEqualTo(jar.toString());
    }
  }
}
