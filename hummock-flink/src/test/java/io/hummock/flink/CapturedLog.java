package io.hummock.flink;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/** All that is logged while it is open: by Hummock at every level, by others from INFO on. */
final class CapturedLog implements AutoCloseable {
  private static final String HUMMOCK = "io.hummock";

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
  private final Configuration config = context.getConfiguration();
  private final Level rootLevel = config.getRootLogger().getLevel();
  private final AbstractAppender appender =
      new AbstractAppender("captured", null, null, true, Property.EMPTY_ARRAY) {
        @Override
        public void append(LogEvent event) {
          StringWriter text = new StringWriter();
          text.append(event.getLevel() + " " + event.getMessage().getFormattedMessage());
          if (event.getThrown() != null) {
            event.getThrown().printStackTrace(new PrintWriter(text));
          }
          lines.add(text.toString());
        }
      };

  CapturedLog() {
    appender.start();
    LoggerConfig hummock = new LoggerConfig(HUMMOCK, Level.ALL, false);
    hummock.addAppender(appender, null, null);
    config.addLogger(HUMMOCK, hummock);
    config.getRootLogger().setLevel(Level.INFO);
    config.getRootLogger().addAppender(appender, null, null);
    context.updateLoggers();
  }

  /** Each begins with its level; a stack trace belongs to its line. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    config.removeLogger(HUMMOCK);
    config.getRootLogger().removeAppender("captured");
    config.getRootLogger().setLevel(rootLevel);
    context.updateLoggers();
    appender.stop();
  }
}
