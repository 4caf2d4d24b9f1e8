package io.hummock.examples.benchmark.pipeline;

import io.hummock.examples.benchmark.backend.KeyKind;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A stream of events: a key, a time in milliseconds, and the number of the event. The n-th event is
 * always the same, and event times ascend, one millisecond an event.
 */
final class Events {
  private static final long SEED = 20260103;

  /** What an event consists of: key, time, number. */
  static final TypeInformation<Tuple3<Long, Long, Long>> TYPE =
      Types.TUPLE(Types.LONG, Types.LONG, Types.LONG);

  private Events() {}

  /** As many events as asked for, from one reader. */
  static DataStream<Tuple3<Long, Long, Long>> of(
      StreamExecutionEnvironment environment,
      long count,
      GeneratorFunction<Long, Tuple3<Long, Long, Long>> generator) {
    return environment
        .fromSource(
            new DataGeneratorSource<>(generator, count, TYPE),
            WatermarkStrategy.<Tuple3<Long, Long, Long>>forMonotonousTimestamps()
                .withTimestampAssigner((event, unused) -> event.f1),
            "events")
        .setParallelism(1);
  }

  /** Events over so many keys, all equally often. */
  static GeneratorFunction<Long, Tuple3<Long, Long, Long>> uniform(long keys) {
    return number -> Tuple3.of(Math.floorMod(random(number), keys), number, number);
  }

  /** Events over so many keys, some few far more often than others. */
  static GeneratorFunction<Long, Tuple3<Long, Long, Long>> hot(long keys) {
    return number -> {
      double uniform = (random(number) >>> 11) * 0x1.0p-53;
      return Tuple3.of((long) (keys * uniform * uniform * uniform * uniform), number, number);
    };
  }

  /** A number that is random, and the same for the same event. */
  static long random(long number) {
    return KeyKind.scatter(number ^ SEED);
  }
}
