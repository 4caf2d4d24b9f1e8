package io.hummock.examples.benchmark.pipeline;

import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job. */
interface Pipeline {
  /** All of them. */
  List<Pipeline> ALL =
      List.of(new CountPipeline(), new HotItemsPipeline(), new JoinPipeline(), new TimerPipeline());

  String name();

  /** How many records it is given by default, in thousands. */
  int thousands();

  /**
   * Adds it to an environment; each result is a number that is made of all that the result says.
   */
  DataStream<Long> build(StreamExecutionEnvironment environment, long records);
}
