package io.hummock.examples.job;

import io.hummock.examples.flights.Flight;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Follows each aircraft from departure to departure.
 *
 * <p>Flights arrive out of order. They wait in a map by departure time until a timer says that the
 * watermark has passed them, and are then taken in the order of their departures; so the results do
 * not depend on the order of arrival.
 */
@SuppressWarnings("NullAway.Init") // open() sets the states before anything else is called
final class AircraftHistory extends KeyedProcessFunction<String, Flight, String> {
  /** How many airports are remembered. */
  static final int AIRPORTS = 5;

  /** An aircraft that has not left for longer than this is quiet. */
  static final Duration QUIET = Duration.ofDays(14);

  private static final long serialVersionUID = 1;

  /** The list is cut when it has grown to this, so that most visits only append. */
  private static final int LONGEST_LIST = 4 * AIRPORTS;

  private static final Comparator<Flight> ORDER =
      Comparator.comparing(Flight::carrier)
          .thenComparingInt(Flight::number)
          .thenComparing(Flight::origin);

  private transient MapState<Long, List<Flight>> waiting;
  private transient AggregatingState<Integer, Double> rollingDelay;
  private transient ListState<String> lastAirports;
  private transient ReducingState<Integer> worstDelay;
  private transient ValueState<LateChain> chain;
  private transient ValueState<Long> quietAt;
  private transient MapState<String, Integer> visits;

  @Override
  public void open(OpenContext context) {
    var states = getRuntimeContext();
    waiting =
        states.getMapState(
            new MapStateDescriptor<>("waiting", Types.LONG, Types.LIST(Types.POJO(Flight.class))));
    rollingDelay =
        states.getAggregatingState(
            new AggregatingStateDescriptor<>(
                "rolling-delay", new RollingDelay(), RollingDelay.Last.class));
    lastAirports = states.getListState(new ListStateDescriptor<>("last-airports", Types.STRING));
    worstDelay =
        states.getReducingState(new ReducingStateDescriptor<>("worst-delay", Math::max, Types.INT));
    chain = states.getState(new ValueStateDescriptor<>("chain", LateChain.class));
    quietAt = states.getState(new ValueStateDescriptor<>("quiet-at", Types.LONG));
    visits = states.getMapState(new MapStateDescriptor<>("visits", Types.STRING, Types.INT));
  }

  @Override
  public void processElement(Flight flight, Context context, Collector<String> out)
      throws Exception {
    if (flight.departure() <= context.timerService().currentWatermark()) {
      out.collect(ResultLines.late(flight));
      return;
    }
    List<Flight> sameTime = waiting.get(flight.departure());
    List<Flight> all = sameTime == null ? new ArrayList<>() : new ArrayList<>(sameTime);
    all.add(flight);
    waiting.put(flight.departure(), all);
    context.timerService().registerEventTimeTimer(flight.departure());
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<String> out)
      throws Exception {
    List<Flight> departing = waiting.get(timestamp);
    if (departing != null) {
      waiting.remove(timestamp);
      List<Flight> ordered = new ArrayList<>(departing);
      ordered.sort(ORDER);
      for (Flight flight : ordered) {
        depart(flight, context, out);
      }
    }
    Long quiet = quietAt.value();
    if (quiet != null && quiet == timestamp) {
      fallQuiet(context.getCurrentKey(), timestamp - QUIET.toMillis(), out);
    }
  }

  private void depart(Flight flight, OnTimerContext context, Collector<String> out)
      throws Exception {
    rollingDelay.add(flight.delay());
    worstDelay.add(flight.delay());
    Integer before = visits.get(flight.destination());
    int visit = before == null ? 1 : before + 1;
    visits.put(flight.destination(), visit);
    LateChain running = nextInChain(flight, out);
    out.collect(
        ResultLines.departure(
            flight,
            rollingDelay.get(),
            visited(flight.destination()),
            running == null ? 0 : running.length(),
            worstDelay.get(),
            visit));

    Long quiet = quietAt.value();
    if (quiet != null && !waiting.contains(quiet)) {
      // Timers of one time are one timer: it stays if a flight waits for it too.
      context.timerService().deleteEventTimeTimer(quiet);
    }
    long next = flight.departure() + QUIET.toMillis();
    context.timerService().registerEventTimeTimer(next);
    quietAt.update(next);
  }

  private @org.jspecify.annotations.Nullable LateChain nextInChain(
      Flight flight, Collector<String> out) throws Exception {
    if (flight.delay() < LateChain.LATE) {
      endChain(flight.aircraft(), out);
      return null;
    }
    LateChain running = chain.value();
    if (running == null) {
      running = new LateChain(flight.departure(), flight.departure(), 0, 0);
    }
    running = running.longerBy(flight.departure(), flight.delay());
    chain.update(running);
    return running;
  }

  private void endChain(String aircraft, Collector<String> out) throws Exception {
    LateChain running = chain.value();
    if (running != null && running.length() >= LateChain.NOTABLE) {
      out.collect(ResultLines.chain(aircraft, running));
    }
    chain.clear();
  }

  private List<String> visited(String airport) throws Exception {
    lastAirports.add(airport);
    List<String> all = new ArrayList<>();
    lastAirports.get().forEach(all::add);
    List<String> last = all.subList(Math.max(0, all.size() - AIRPORTS), all.size());
    if (all.size() >= LONGEST_LIST) {
      lastAirports.update(new ArrayList<>(last));
    }
    return last;
  }

  private void fallQuiet(String aircraft, long since, Collector<String> out) throws Exception {
    endChain(aircraft, out);
    quietAt.clear();
    String favourite = "";
    int most = 0;
    for (Map.Entry<String, Integer> visit : visits.entries()) {
      int count = visit.getValue();
      if (count > most || (count == most && visit.getKey().compareTo(favourite) < 0)) {
        favourite = visit.getKey();
        most = count;
      }
    }
    out.collect(ResultLines.quiet(aircraft, since, favourite, most));
  }
}
