package io.hummock.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlightsSplitTest {
  private final FlightsSplit.ListSerializer serializer = new FlightsSplit.ListSerializer();

  @Test
  void splitsComeBackAsTheyWere() throws IOException {
    List<FlightsSplit> splits =
        List.of(new FlightsSplit("EWR", 0), new FlightsSplit("LGA", Integer.MAX_VALUE));
    assertThat(serializer.deserialize(1, serializer.serialize(splits))).isEqualTo(splits);
    assertThat(serializer.deserialize(1, serializer.serialize(List.of()))).isEmpty();
  }

  @Test
  void bytesCutOffAreRefusedWhereverTheyEnd() {
    byte[] bytes = serializer.serialize(List.of(new FlightsSplit("JFK", 77)));
    for (int length = 1; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> serializer.deserialize(1, cut))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cut off after " + length + " bytes");
    }
  }

  @Test
  void negativeLengthIsRefused() {
    byte[] bytes = serializer.serialize(List.of(new FlightsSplit("JFK", 77)));
    bytes[4] = (byte) 0x80;
    assertThatThrownBy(() -> serializer.deserialize(1, bytes)).isInstanceOf(IOException.class);
  }

  @Test
  void otherVersionIsRefused() {
    assertThatThrownBy(() -> serializer.deserialize(2, new byte[0]))
        .isInstanceOf(IOException.class)
        .hasMessage("flights split: expected version 1, found 2");
  }
}
