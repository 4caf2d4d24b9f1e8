package io.hummock.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server that gives the answers it was told to, one after the other, the last of them for
 * ever, and remembers what it was asked. It breaks in ways in which no real server can be made to
 * break.
 */
final class StubS3 implements AutoCloseable {
  /** Answers one request. */
  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  /**
   * What the server was asked: method, path with query, and headers by their names in lower case.
   */
  record Request(String method, String uri, Map<String, String> headers) {
    String line() {
      return method + " " + uri;
    }

    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private final HttpServer server;
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Deque<Answer> answers = new ArrayDeque<>();
  private final List<Request> requests = new ArrayList<>();

  StubS3() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The answers to come. */
  StubS3 answers(Answer... next) {
    synchronized (answers) {
      answers.clear();
      answers.addAll(List.of(next));
    }
    return this;
  }

  List<Request> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  /** Method and path with query of each request. */
  List<String> lines() {
    return requests().stream().map(Request::line).toList();
  }

  /** An answer of a status and a text. */
  static Answer answer(int status, String body, String... headers) {
    return exchange -> send(exchange, status, body, body.length(), headers);
  }

  /** The error of that code. */
  static Answer error(int status, String code, String message) {
    return answer(
        status,
        "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(code, message),
        "x-amz-request-id",
        "REQUEST-1");
  }

  /** A part of an object, from {@code offset}. */
  static Answer range(String part, long offset, long size) {
    return answer(206, part, "Content-Range", contentRange(part.length(), offset, size));
  }

  /** A part of an object, of which only the beginning comes before the connection breaks. */
  static Answer brokenRange(String part, long offset, long size, int sent) {
    return exchange ->
        send(
            exchange,
            206,
            part.substring(0, sent),
            part.length(),
            "Content-Range",
            contentRange(part.length(), offset, size));
  }

  /** No answer at all as long as the server runs. */
  Answer silence() {
    return exchange -> {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    executor.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
    exchange.getRequestBody().readAllBytes();
    synchronized (requests) {
      requests.add(
          new Request(exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers));
    }
    Answer answer;
    synchronized (answers) {
      answer = answers.size() > 1 ? answers.remove() : next();
    }
    try {
      answer.to(exchange);
    } finally {
      exchange.close(); // where less was sent than announced, that breaks the connection
    }
  }

  private Answer next() {
    @Nullable Answer last = answers.peek();
    return last != null ? last : error(500, "InternalError", "the stub has no answer");
  }

  private static void send(
      HttpExchange exchange, int status, String body, int announced, String... headers)
      throws IOException {
    for (int i = 0; i < headers.length; i += 2) {
      exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
    }
    boolean empty = announced == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, empty ? -1 : announced);
    if (!empty) {
      OutputStream out = exchange.getResponseBody();
      out.write(body.getBytes(UTF_8));
      out.flush();
    }
  }

  private static String contentRange(int length, long offset, long size) {
    return "bytes " + offset + "-" + (offset + length - 1) + "/" + size;
  }
}
