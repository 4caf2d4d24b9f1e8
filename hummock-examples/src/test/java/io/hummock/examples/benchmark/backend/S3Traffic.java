package io.hummock.examples.benchmark.backend;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Stands between a client and an S3 service on plain HTTP, and notes what is asked of it. */
final class S3Traffic implements Closeable {
  /** What a request does. */
  enum Kind {
    READ,
    COPY,
    WRITE,
    OTHER
  }

  /**
   * A request.
   *
   * @param bytes of the body that the client sends
   */
  record Request(Kind kind, String path, long bytes) {}

  private interface Forwarding {
    void run() throws IOException;
  }

  private final ServerSocket server;
  private final URI service;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  // Guarded by itself.
  private final List<Request> requests = new ArrayList<>();

  S3Traffic(URI service) throws IOException {
    this.service = service;
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** What was asked since the last call. */
  List<Request> take() {
    synchronized (requests) {
      List<Request> taken = List.copyOf(requests);
      requests.clear();
      return taken;
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket target = new Socket(service.getHost(), service.getPort());
        threads.execute(() -> run(client, target, () -> forwardRequests(client, target)));
        threads.execute(
            () ->
                run(
                    client,
                    target,
                    () -> target.getInputStream().transferTo(client.getOutputStream())));
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private static void run(Socket client, Socket target, Forwarding forwarding) {
    try (client;
        target) {
      forwarding.run();
    } catch (IOException ended) {
      // One side has closed the connection, so both are.
    }
  }

  private void forwardRequests(Socket client, Socket target) throws IOException {
    InputStream in = client.getInputStream();
    OutputStream out = target.getOutputStream();
    byte[] buffer = new byte[8192];
    for (byte[] head = readHead(in); head.length > 0; head = readHead(in)) {
      String text = new String(head, StandardCharsets.ISO_8859_1);
      long left = length(text);
      note(text, left);
      out.write(head);
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          return;
        }
        out.write(buffer, 0, count);
        left -= count;
      }
      out.flush();
    }
  }

  /** Up to the empty line; empty at the end. */
  private static byte[] readHead(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int ends = 0;
    while (ends < 2) {
      int next = in.read();
      if (next < 0) {
        return new byte[0];
      }
      head.write(next);
      if (next == '\n') {
        ends++;
      } else if (next != '\r') {
        ends = 0;
      }
    }
    return head.toByteArray();
  }

  private static long length(String head) throws IOException {
    for (String line : head.toLowerCase(Locale.ROOT).lines().toList()) {
      if (line.startsWith("content-length:")) {
        return Long.parseLong(line.substring("content-length:".length()).trim());
      }
      if (line.startsWith("transfer-encoding:")) {
        throw new IOException("body of unknown length: " + head);
      }
    }
    return 0;
  }

  private void note(String head, long length) {
    String[] words = head.split(" ", 3);
    boolean copies = head.toLowerCase(Locale.ROOT).contains("\nx-amz-copy-source:");
    Kind kind =
        switch (words[0]) {
          case "GET" -> Kind.READ;
          case "PUT" -> copies ? Kind.COPY : Kind.WRITE;
          default -> Kind.OTHER;
        };
    synchronized (requests) {
      requests.add(new Request(kind, words[1], length));
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
