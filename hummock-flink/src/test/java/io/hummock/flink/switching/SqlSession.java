package io.hummock.flink.switching;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.gateway.api.SqlGatewayService;
import org.apache.flink.table.gateway.api.operation.OperationHandle;
import org.apache.flink.table.gateway.api.results.OperationInfo;
import org.apache.flink.table.gateway.api.results.ResultSet;
import org.apache.flink.table.gateway.api.session.SessionEnvironment;
import org.apache.flink.table.gateway.api.session.SessionHandle;
import org.apache.flink.table.gateway.rest.util.SqlGatewayRestAPIVersion;
import org.apache.flink.table.gateway.service.SqlGatewayServiceImpl;
import org.apache.flink.table.gateway.service.context.DefaultContext;
import org.apache.flink.table.gateway.service.session.SessionManager;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/** A user's session at Flink's SQL gateway, which runs its statements on a {@link Cluster}. */
final class SqlSession implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int MAX_ROWS = 1000;

  private final SessionManager sessions;
  private final SqlGatewayService gateway;
  private final SessionHandle session;

  SqlSession(Cluster cluster) throws Exception {
    Configuration configuration = cluster.clientConfiguration();
    configuration.set(DeploymentOptions.TARGET, "remote");
    sessions = SessionManager.create(new DefaultContext(configuration, List.of()));
    sessions.start();
    gateway = new SqlGatewayServiceImpl(sessions);
    session =
        gateway.openSession(
            SessionEnvironment.newBuilder()
                .setSessionEndpointVersion(SqlGatewayRestAPIVersion.getDefaultVersion())
                .build());
  }

  /** Executes a statement that has no rows to wait for, such as SET or CREATE TABLE. */
  void execute(String statement) {
    gateway.closeOperation(session, start(statement));
  }

  /** Starts a job for a query, which runs until it is cancelled. */
  Query query(String statement) {
    return new Query(start(statement));
  }

  private OperationHandle start(String statement) {
    OperationHandle operation =
        gateway.executeStatement(session, statement, -1, new Configuration());
    await()
        .atMost(TIMEOUT)
        .until(() -> gateway.getOperationInfo(session, operation).getStatus().isTerminalStatus());
    OperationInfo info = gateway.getOperationInfo(session, operation);
    info.getException()
        .ifPresent(
            e -> {
              throw new AssertionError(statement, e);
            });
    return operation;
  }

  /** A query's result as far as it has been fetched. */
  final class Query {
    private final OperationHandle operation;
    private final Map<List<Long>, Integer> rows = new HashMap<>();
    private @Nullable JobID job;
    private long token;

    private Query(OperationHandle operation) {
      this.operation = operation;
    }

    JobID job() {
      if (job == null) {
        fetch();
      }
      return Objects.requireNonNull(job, "not a query");
    }

    /** Fetches what there is, and gives the rows of BIGINTs that came and did not go again. */
    Set<List<Long>> fetch() {
      ResultSet results;
      do {
        results = gateway.fetchResults(session, operation, token, MAX_ROWS);
        job = results.getJobID();
        results.getData().forEach(this::add);
        token = Objects.requireNonNull(results.getNextToken(), "the query has ended");
      } while (!results.getData().isEmpty());
      rows.values().removeIf(count -> count == 0);
      return Set.copyOf(rows.keySet());
    }

    private void add(RowData row) {
      RowKind kind = row.getRowKind();
      boolean came = kind == RowKind.INSERT || kind == RowKind.UPDATE_AFTER;
      List<Long> values = IntStream.range(0, row.getArity()).mapToObj(row::getLong).toList();
      rows.merge(values, came ? 1 : -1, Integer::sum);
    }
  }

  @Override
  public void close() {
    gateway.closeSession(session);
    sessions.stop();
  }
}
