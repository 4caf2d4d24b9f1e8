package io.hummock.flink.switching;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * A job of many SQL queries over the numbers of {@link StatefulJob}, one for each stateful
 * operator.
 */
final class SqlJob {
  private static final Map<String, String> QUERIES = new LinkedHashMap<>();

  static {
    QUERIES.put(
        "group",
        "SELECT k, COUNT(*), SUM(v), MIN(v), MAX(number), AVG(v), COUNT(DISTINCT v) FROM events"
            + " GROUP BY k");
    QUERIES.put(
        "group of a group",
        "SELECT c, COUNT(*), SUM(s) FROM"
            + " (SELECT k, COUNT(*) AS c, SUM(v) AS s FROM events GROUP BY k) GROUP BY c");
    String windows =
        "SELECT k, window_start, window_end, COUNT(*), SUM(v), COUNT(DISTINCT v) FROM TABLE(%s)"
            + " GROUP BY k, window_start, window_end";
    QUERIES.put(
        "tumble", windows.formatted("TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' SECOND)"));
    QUERIES.put(
        "hop",
        windows.formatted(
            "HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '3' SECOND)"));
    QUERIES.put(
        "cumulate",
        windows.formatted(
            "CUMULATE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '4' SECOND)"));
    QUERIES.put(
        "session",
        windows.formatted(
            "SESSION(TABLE events PARTITION BY k, DESCRIPTOR(ts), INTERVAL '0.350' SECOND)"));
    QUERIES.put(
        "over rows",
        "SELECT number, SUM(v) OVER (PARTITION BY k ORDER BY ts"
            + " ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM events");
    QUERIES.put(
        "over range",
        "SELECT number, COUNT(v) OVER (PARTITION BY k ORDER BY ts"
            + " RANGE BETWEEN INTERVAL '2' SECOND PRECEDING AND CURRENT ROW) FROM events");
    QUERIES.put(
        "over unbounded", "SELECT number, MAX(v) OVER (PARTITION BY k ORDER BY ts) FROM events");
    String ranked =
        "SELECT k, v, number FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY %s ORDER BY %s) AS n"
            + " FROM events) WHERE n <= %d";
    QUERIES.put("top-n", ranked.formatted("k", "v DESC, number", 3));
    QUERIES.put(
        "top-n of a group",
        "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY m ORDER BY s DESC, k) AS n FROM"
            + " (SELECT k, v / 25 AS m, SUM(v) AS s FROM events GROUP BY k, v / 25)) WHERE n <= 4");
    QUERIES.put("deduplication, first row", ranked.formatted("k, v", "ts ASC", 1));
    QUERIES.put("deduplication, last row", ranked.formatted("k, v", "ts DESC", 1));
    QUERIES.put(
        "deduplication, first row by processing time", ranked.formatted("k, v", "pt ASC", 1));
    QUERIES.put(
        "regular join",
        "SELECT e.number, r.rate FROM events e JOIN rates r ON e.k = r.k WHERE e.v > 80");
    QUERIES.put(
        "regular outer join",
        "SELECT e.number, r.rate FROM events e"
            + " LEFT JOIN rates r ON e.k = r.k AND r.rate > e.number + 1500");
    QUERIES.put(
        "semi join",
        "SELECT number FROM events WHERE k IN (SELECT k FROM rates WHERE rate > 2000)");
    QUERIES.put(
        "interval join",
        "SELECT e.number, r.rate FROM events e, rates r WHERE e.k = r.k AND r.ts BETWEEN"
            + " e.ts - INTERVAL '2' SECOND AND e.ts + INTERVAL '2' SECOND");
    QUERIES.put(
        "temporal join",
        "SELECT e.number, r.rate FROM events e"
            + " LEFT JOIN versions FOR SYSTEM_TIME AS OF e.ts AS r ON e.k = r.k");
    QUERIES.put(
        "window top-n",
        "SELECT k, number, window_end FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start,"
            + " window_end ORDER BY v DESC, number) AS n FROM TABLE(TUMBLE(TABLE events,"
            + " DESCRIPTOR(ts), INTERVAL '1' SECOND))) WHERE n <= 3");
  }

  /** What the queries emitted so far: query, kind of change and row. */
  static final List<Change> CHANGES = Collections.synchronizedList(new ArrayList<>());

  /** A change of a query's result: a row that came, or went. */
  record Change(String query, boolean came, String row) {}

  private SqlJob() {}

  static Iterable<String> queries() {
    return QUERIES.keySet();
  }

  /** The rows of all queries that came and did not go again, and how often. */
  static Map<String, Integer> result() {
    Map<String, Integer> result = new TreeMap<>();
    for (Change change : CHANGES) {
      result.merge(change.query() + " " + change.row(), change.came() ? 1 : -1, Integer::sum);
    }
    result.values().removeIf(count -> count == 0);
    return result;
  }

  static void build(StreamExecutionEnvironment environment) {
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    DataStream<Long> numbers = StatefulJob.numbers(environment);
    TypeInformation<Row> event =
        Types.ROW_NAMED(new String[] {"number", "k", "v"}, Types.LONG, Types.STRING, Types.LONG);
    tables.createTemporaryView(
        "events",
        numbers
            .map(number -> Row.of(number, StatefulJob.key(number), number * 37 % 101))
            .returns(event),
        withTime("number", "k", "v"));
    DataStream<Row> rates =
        numbers
            .filter(number -> number % 7 == 0)
            .map(number -> Row.of(StatefulJob.key(number), number))
            .returns(Types.ROW_NAMED(new String[] {"k", "rate"}, Types.STRING, Types.LONG));
    tables.createTemporaryView("rates", rates, withTime("k", "rate"));
    tables.createTemporaryView(
        "versions",
        tables.fromChangelogStream(
            rates,
            Schema.newBuilder().fromSchema(withTime("k", "rate")).primaryKey("k").build(),
            ChangelogMode.insertOnly()));
    QUERIES.forEach(
        (name, query) ->
            tables
                .toChangelogStream(tables.sqlQuery(query))
                .map(
                    row -> {
                      RowKind kind = row.getKind();
                      boolean came = kind == RowKind.INSERT || kind == RowKind.UPDATE_AFTER;
                      row.setKind(RowKind.INSERT);
                      CHANGES.add(new Change(name, came, row.toString()));
                      return name;
                    })
                .returns(Types.STRING)
                .sinkTo(new DiscardingSink<>()));
  }

  private static Schema withTime(String... columns) {
    Schema.Builder schema = Schema.newBuilder();
    for (String column : columns) {
      schema.column(column, column.equals("k") ? DataTypes.STRING().notNull() : DataTypes.BIGINT());
    }
    return schema
        .columnByMetadata("ts", DataTypes.TIMESTAMP_LTZ(3), "rowtime")
        .columnByExpression("pt", "PROCTIME()")
        .watermark("ts", "SOURCE_WATERMARK()")
        .build();
  }
}
