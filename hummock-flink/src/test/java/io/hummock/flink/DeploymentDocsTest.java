package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Holds the examples in docs/deploy to what Docker, Kubernetes, Flink and this build know. */
class DeploymentDocsTest {
  private static final Path DEPLOY = Path.of("..", "docs", "deploy");

  private static final Set<String> INSTRUCTIONS =
      Set.of(
          "FROM",
          "ARG",
          "ENV",
          "RUN",
          "COPY",
          "ADD",
          "USER",
          "WORKDIR",
          "LABEL",
          "EXPOSE",
          "VOLUME",
          "ENTRYPOINT",
          "CMD",
          "HEALTHCHECK",
          "STOPSIGNAL",
          "SHELL");

  /** Whose options the example may set, beside S3's and the one of Kubernetes. */
  private static final List<Class<?>> OPTIONS =
      List.of(
          HummockConfigOptions.class,
          StateBackendOptions.class,
          CheckpointingOptions.class,
          HighAvailabilityOptions.class,
          TaskManagerOptions.class);

  private static final Set<String> OTHER_OPTIONS =
      Set.of("kubernetes.taskmanager.service-account", "s3.region");

  @Test
  void dockerfileHasInstructionsAndTheVersionsOfTheBuild() throws Exception {
    List<String> instructions = instructions();
    String plugin =
        " hummock-flink/target/hummock-flink-%s.jar /opt/flink/lib/".formatted(hummock());
    String s3 = "flink-s3-fs-native-%s.jar".formatted(flink());
    assertThat(instructions.get(0)).isEqualTo("FROM flink:" + flink() + "-java17");
    for (String instruction : instructions) {
      assertThat(INSTRUCTIONS).contains(instruction.split(" ", 2)[0]);
    }
    assertThat(instructions)
        .anyMatch(each -> each.startsWith("COPY ") && each.endsWith(plugin))
        .anyMatch(each -> each.startsWith("RUN ") && each.contains(s3));
    assertThat(instructions.get(instructions.size() - 1)).matches("USER [1-9][0-9]*:[1-9][0-9]*");
    assertThat(Files.readString(DEPLOY.resolve("Dockerfile"))).contains("-t " + image());
  }

  @Test
  void kubernetesObjectsAreCompleteAndFitEachOther() throws Exception {
    Set<String> kinds = new TreeSet<>();
    for (Map<String, Object> object : objects()) {
      assertThat(object).containsKeys("apiVersion", "kind", "metadata");
      assertThat(text(object, "metadata", "name")).matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
      kinds.add(text(object, "kind"));
    }
    assertThat(kinds).containsExactly("FlinkDeployment", "Role", "RoleBinding", "ServiceAccount");
    Set<String> accounts = names("ServiceAccount");
    Map<String, Object> deployment = deployment();
    assertThat(accounts)
        .containsExactlyInAnyOrder(
            text(deployment, "spec", "serviceAccount"),
            text(
                deployment,
                "spec",
                "flinkConfiguration",
                "kubernetes.taskmanager.service-account"));
    Map<String, Object> binding = ofKind("RoleBinding").get(0);
    assertThat(names("Role")).containsExactly(text(binding, "roleRef", "name"));
    assertThat(list(binding, "subjects").stream().map(subject -> text(subject, "name")))
        .containsExactlyInAnyOrderElementsOf(accounts);
  }

  @Test
  void flinkDeploymentHasWhatTheOperatorAsksForAndTheVersionsOfTheBuild() throws Exception {
    Map<String, Object> deployment = deployment();
    assertThat(text(deployment, "apiVersion")).isEqualTo("flink.apache.org/v1beta1");
    assertThat(text(deployment, "spec", "image")).isEqualTo(image());
    assertThat(text(deployment, "spec", "flinkVersion"))
        .isEqualTo("v" + flink().replaceFirst("\\.[0-9]+$", "").replace('.', '_'));
    assertThat(text(deployment, "spec", "jobManager", "resource", "memory")).matches("[0-9]+m");
    assertThat(text(deployment, "spec", "taskManager", "resource", "memory")).matches("[0-9]+m");
    assertThat(text(deployment, "spec", "job", "jarURI")).startsWith("local:///opt/flink/usrlib/");
    assertThat(text(deployment, "spec", "job", "upgradeMode")).isEqualTo("savepoint");
    assertThat(Integer.parseInt(text(deployment, "spec", "job", "parallelism"))).isPositive();

    Map<String, Object> pod = map(deployment, "spec", "podTemplate", "spec");
    Set<String> volumes = new TreeSet<>();
    list(pod, "volumes").forEach(volume -> volumes.add(text(volume, "name")));
    Map<String, Object> container = list(pod, "containers").get(0);
    assertThat(text(container, "name")).isEqualTo("flink-main-container");
    List<Map<String, Object>> mounts = list(container, "volumeMounts");
    assertThat(mounts).allSatisfy(mount -> assertThat(volumes).contains(text(mount, "name")));
    assertThat(mounts)
        .anyMatch(
            mount ->
                text(mount, "mountPath")
                    .equals(
                        text(
                            deployment,
                            "spec",
                            "flinkConfiguration",
                            "state.backend.hummock.cache.dir")));
  }

  @Test
  void flinkConfigurationHasOnlyKnownOptionsWithValuesThatFit() throws Exception {
    Map<String, ConfigOption<?>> known = new TreeMap<>();
    for (Class<?> options : OPTIONS) {
      for (Field field : options.getFields()) {
        if (field.getType() == ConfigOption.class) {
          ConfigOption<?> option = (ConfigOption<?>) field.get(null);
          known.put(option.key(), option);
        }
      }
    }
    Map<String, Object> settings = map(deployment(), "spec", "flinkConfiguration");
    Configuration configuration = new Configuration();
    settings.forEach((key, value) -> configuration.setString(key, value.toString()));
    for (String key : settings.keySet()) {
      if (OTHER_OPTIONS.contains(key)) {
        continue;
      }
      assertThat(known).containsKey(key);
      assertThat(configuration.getOptional(Objects.requireNonNull(known.get(key)))).isPresent();
    }
    assertThat(settings).containsEntry("state.backend.type", "hummock");
    assertThat(settings.keySet()).noneMatch(key -> key.contains("key") && key.startsWith("s3."));
    // What the backend itself makes of it.
    new HummockStateBackend().configure(configuration, getClass().getClassLoader());
  }

  private static List<String> instructions() throws IOException {
    List<String> lines =
        Files.readAllLines(DEPLOY.resolve("Dockerfile")).stream()
            .filter(line -> !line.startsWith("#"))
            .toList();
    return Arrays.stream(String.join("\n", lines).replaceAll("\\\\\n\\s*", "").split("\n"))
        .filter(line -> !line.isBlank())
        .toList();
  }

  @SuppressWarnings("unchecked") // else the test fails, which is what it is for
  private static List<Map<String, Object>> objects() throws IOException {
    List<Map<String, Object>> objects = new ArrayList<>();
    new Load(LoadSettings.builder().build())
        .loadAllFromString(Files.readString(DEPLOY.resolve("flinkdeployment.yaml")))
        .forEach(object -> objects.add((Map<String, Object>) object));
    return objects;
  }

  private static Map<String, Object> deployment() throws IOException {
    return ofKind("FlinkDeployment").get(0);
  }

  private static List<Map<String, Object>> ofKind(String kind) throws IOException {
    return objects().stream().filter(object -> text(object, "kind").equals(kind)).toList();
  }

  private static Set<String> names(String kind) throws IOException {
    return ofKind(kind).stream()
        .map(object -> text(object, "metadata", "name"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String text(Map<String, Object> object, String... path) {
    Object value = at(object, path);
    assertThat(value).as(String.join(".", path)).isNotNull();
    return value.toString();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Map<String, Object> object, String... path) {
    return (Map<String, Object>) at(object, path);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Map<String, Object> object, String... path) {
    return (List<Map<String, Object>>) at(object, path);
  }

  private static Object at(Map<String, Object> object, String... path) {
    @Nullable Object value = object;
    for (String key : path) {
      value = value instanceof Map<?, ?> map ? map.get(key) : null;
    }
    assertThat(value).as(String.join(".", path)).isNotNull();
    return Objects.requireNonNull(value);
  }

  private static String image() throws Exception {
    return "registry.example/flink-hummock:" + flink() + "-" + hummock();
  }

  private static String flink() throws Exception {
    return pom("flink.version");
  }

  private static String hummock() throws Exception {
    return pom("version");
  }

  /** The text of the first element of a name in the parent's pom. */
  private static String pom(String element) throws Exception {
    NodeList children =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("..", "pom.xml").toFile())
            .getDocumentElement()
            .getElementsByTagName(element);
    return ((Element) children.item(0)).getTextContent().strip();
  }
}
