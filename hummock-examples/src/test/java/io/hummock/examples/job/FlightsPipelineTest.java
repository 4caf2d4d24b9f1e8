package io.hummock.examples.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.hummock.examples.flights.Flight;
import io.hummock.examples.flights.FlightsFile;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlightsPipelineTest {
  @ParameterizedTest
  @ValueSource(strings = {"EWR", "JFK", "LGA"})
  void feedsFallBackByMoreThanADayButNeverBehindTheWatermark(String airport) {
    long latest = Long.MIN_VALUE;
    long furthest = 0;
    for (Flight flight : FlightsFile.feed(airport, 365)) {
      latest = Math.max(latest, flight.departure());
      furthest = Math.max(furthest, latest - flight.departure());
    }
    assertThat(Duration.ofMillis(furthest))
        .isBetween(Duration.ofDays(1), FlightsPipeline.OUT_OF_ORDER.minusMillis(1));
  }
}
