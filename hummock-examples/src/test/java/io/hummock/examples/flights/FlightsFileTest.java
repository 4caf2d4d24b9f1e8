package io.hummock.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlightsFileTest {
  @Test
  void feedsHoldAllFlightsOfTheYear() {
    assertThat(FlightsFile.AIRPORTS.stream().mapToInt(airport -> rows(airport, 365)).sum())
        .isEqualTo(336_776);
    assertThat(FlightsFile.AIRPORTS.stream().mapToInt(airport -> rows(airport, 1)).sum())
        .isEqualTo(842);
  }

  @Test
  void firstFlightIsReadAsThePublishedFileHasIt() {
    // 2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z
    assertThat(FlightsFile.feed("EWR", 1).get(0))
        .isEqualTo(
            new Flight(
                Instant.parse("2013-01-01T05:17:00Z").toEpochMilli(),
                "UA",
                1545,
                "N14228",
                "EWR",
                "IAH",
                2,
                false));
  }

  @Test
  void daysFollowTheCalendarThoughTheFileHasOctoberAfterJanuary() {
    List<Flight> feed = FlightsFile.feed("JFK", 365);
    assertThat(feed.get(0).departure()).isLessThan(at("2013-01-02T00:00:00Z"));
    assertThat(feed.get(feed.size() / 2).departure())
        .isBetween(at("2013-06-01T00:00:00Z"), at("2013-08-01T00:00:00Z"));
    assertThat(feed.get(feed.size() - 1).departure()).isGreaterThan(at("2013-12-31T00:00:00Z"));
  }

  @Test
  void unknownAirportIsRefused() {
    assertThatThrownBy(() -> FlightsFile.feed("SFO", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("airport SFO is none of [EWR, JFK, LGA]");
  }

  private static int rows(String airport, int days) {
    return FlightsFile.feed(airport, days).size();
  }

  private static long at(String instant) {
    return Instant.parse(instant).toEpochMilli();
  }
}
