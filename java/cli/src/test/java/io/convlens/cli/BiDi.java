package io.convlens.cli;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A connection in WebDriver BiDi (W3C): commands with answers, and events that come by themselves.
 */
final class BiDi implements WebSocket.Listener {
  private static final JsonMapper JSON = new JsonMapper();

  /** A stalled machine must not look like a broken page. */
  private static final long PATIENCE_SECONDS = 600;

  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final List<JsonNode> events = new CopyOnWriteArrayList<>();
  private final AtomicLong last = new AtomicLong();
  private final StringBuilder partial = new StringBuilder();
  private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();

  private BiDi() {}

  static BiDi connect(HttpClient http, URI address) {
    var connection = new BiDi();
    connection.socket.complete(http.newWebSocketBuilder().buildAsync(address, connection).join());
    return connection;
  }

  /** What the browser answers to a command; an error of it is thrown. */
  JsonNode call(String method, Map<String, ?> parameters) {
    long id = last.incrementAndGet();
    var answer = new CompletableFuture<JsonNode>();
    waiting.put(id, answer);
    String text = JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters));
    socket.join().sendText(text, true).join();
    JsonNode said = answer.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    if (said.path("type").asString().equals("error")) {
      throw new AssertionError(method + ": " + said.path("message").asString());
    }
    return said.get("result");
  }

  /** The parameters of all events of a name so far that happened in a tab. */
  List<JsonNode> events(String method, String tab) {
    return events.stream()
        .filter(e -> e.get("method").asString().equals(method))
        .map(e -> e.get("params"))
        .filter(p -> tab.equals(p.path("context").asString(p.at("/source/context").asString(""))))
        .toList();
  }

  @Override
  public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean isLast) {
    partial.append(data);
    if (isLast) {
      JsonNode message = JSON.readTree(partial.toString());
      partial.setLength(0);
      if (message.has("id")) {
        waiting.remove(message.get("id").asLong()).complete(message);
      } else {
        events.add(message);
      }
    }
    webSocket.request(1);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    waiting.values().forEach(answer -> answer.completeExceptionally(error));
  }
}
