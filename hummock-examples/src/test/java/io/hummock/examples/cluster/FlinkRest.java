package io.hummock.examples.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** What a JobManager tells by REST. Thread-safe. */
public final class FlinkRest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final URI address;
  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  FlinkRest(URI address) {
    this.address = address;
  }

  /**
   * A job at one moment.
   *
   * @param state as {@code JobStatus} names it
   * @param running whether each subtask runs, or has finished
   * @param sourceRecords what the present attempts of the source's subtasks have sent on; is late
   *     by up to a second, and may still be that of an earlier attempt
   * @param vertices ids by name
   * @param failure the first lines of the last failure; empty if there was none
   */
  public record Job(
      String state,
      boolean running,
      long sourceRecords,
      Map<String, String> vertices,
      String failure) {
    public Job {
      vertices = Map.copyOf(vertices);
    }
  }

  /**
   * The checkpoints of a job, all attempts counted.
   *
   * @param completed savepoints included
   * @param failed broken off, or not begun since a task did not run at the time
   * @param restores how often the job was restored from one, its start included
   * @param restored id of the one that the job was restored from last; 0 if there is none
   * @param completedPath of the last checkpoint; empty if there is none
   * @param medianMillis from trigger to completion
   */
  public record Checkpoints(
      long completed,
      long failed,
      long restores,
      long restored,
      String completedPath,
      long medianMillis) {}

  URI address() {
    return address;
  }

  /** Whether somebody answers there. */
  boolean answers() {
    try {
      get("/overview");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The ids of the TaskManagers that the JobManager believes in. */
  public List<String> taskManagers() throws IOException {
    List<String> ids = new ArrayList<>();
    get("/taskmanagers").get("taskmanagers").forEach(each -> ids.add(each.get("id").asText()));
    return ids;
  }

  public Job job(String id) throws IOException {
    JsonNode job = get("/jobs/" + id);
    boolean running = true;
    long records = 0;
    Map<String, String> vertices = new HashMap<>();
    for (JsonNode vertex : job.get("vertices")) {
      String status = vertex.get("status").asText();
      running &= status.equals("RUNNING") || status.equals("FINISHED");
      String name = vertex.get("name").asText();
      if (name.startsWith("Source")) {
        records += vertex.get("metrics").get("write-records").asLong();
      }
      vertices.put(name, vertex.get("id").asText());
    }
    JsonNode failures = get("/jobs/" + id + "/exceptions").get("exceptionHistory").get("entries");
    return new Job(
        job.get("state").asText(),
        running,
        records,
        vertices,
        failures.isEmpty() ? "" : failures.get(0).get("stacktrace").asText());
  }

  /** The TaskManagers that run the subtasks of a vertex, by subtask. */
  public List<String> taskManagers(String job, String vertex) throws IOException {
    List<String> ids = new ArrayList<>();
    for (JsonNode subtask : get("/jobs/" + job + "/vertices/" + vertex).get("subtasks")) {
      ids.add(subtask.get("taskmanager-id").asText());
    }
    return ids;
  }

  public Checkpoints checkpoints(String job) throws IOException {
    JsonNode all = get("/jobs/" + job + "/checkpoints");
    JsonNode counts = all.get("counts");
    JsonNode restored = all.get("latest").get("restored");
    JsonNode completed = all.get("latest").get("completed");
    return new Checkpoints(
        counts.get("completed").asLong(),
        counts.get("failed").asLong(),
        counts.get("restored").asLong(),
        restored.isNull() ? 0 : restored.get("id").asLong(),
        completed.isNull() ? "" : completed.get("external_path").asText(),
        all.get("summary").get("end_to_end_duration").get("p50").asLong());
  }

  private JsonNode get(String path) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(address.resolve(path)).timeout(TIMEOUT).build();
    HttpResponse<String> response;
    try {
      response = client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + address + " answers", e);
    }
    if (response.statusCode() != 200) {
      throw new IOException(request.uri() + ": " + response.statusCode() + " " + response.body());
    }
    return json.readTree(response.body());
  }
}
