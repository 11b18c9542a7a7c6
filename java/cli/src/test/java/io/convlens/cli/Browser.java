package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A browser of this machine without a window, steered in WebDriver BiDi, which Firefox speaks
 * itself and Chromium through its driver. It starts when a test first needs it and ends with the
 * tests' process. Chromium shows pages in light colours, Firefox in dark ones.
 */
final class Browser implements AutoCloseable {
  /** The browsers that pages are tested in. */
  enum Kind {
    /** Debian's packages chromium and chromium-driver. */
    CHROMIUM("chromium", "chromedriver"),
    /** Debian's package firefox-esr. */
    FIREFOX("firefox-esr", "firefox-esr");

    private final String program;
    private final String starter;

    Kind(String program, String starter) {
      this.program = program;
      this.starter = starter;
    }

    boolean isInstalled() {
      return onPath(program) && onPath(starter);
    }

    private static boolean onPath(String name) {
      return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
          .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    private List<String> command(Path home) {
      return switch (this) {
        case CHROMIUM -> List.of(starter, "--port=0");
        case FIREFOX ->
            List.of(
                starter,
                "--headless",
                "--no-remote",
                "--remote-debugging-port",
                "0",
                "--profile",
                home.toString());
      };
    }
  }

  private static final Pattern READY =
      Pattern.compile("(?:successfully on port |BiDi listening on ws://127.0.0.1:)(\\d+)");

  /** Firefox: dark colours, and one process for pages, which starts in a third of the time. */
  private static final String PREFERENCES =
      """
      user_pref("layout.css.prefers-color-scheme.content-override", 0);
      user_pref("fission.autostart", false);
      user_pref("dom.ipc.processCount", 1);
      user_pref("dom.ipc.processPrelaunch.enabled", false);
      user_pref("browser.startup.page", 0);
      user_pref("browser.newtabpage.enabled", false);
      user_pref("browser.newtab.preload", false);
      user_pref("extensions.enabledScopes", 0);
      """;

  private static final Map<Kind, Browser> STARTED = new EnumMap<>(Kind.class);
  private static final JsonMapper JSON = new JsonMapper();

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final BiDi bidi;

  private Browser(Kind kind) throws IOException {
    Path home = Files.createTempDirectory(kind.program);
    Files.writeString(home.resolve("user.js"), PREFERENCES);
    var builder = new ProcessBuilder(kind.command(home)).redirectErrorStream(true);
    builder.environment().putAll(Map.of("HOME", home.toString(), "TMPDIR", home.toString()));
    process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    int port = port(process.inputReader(StandardCharsets.UTF_8).lines().iterator());
    bidi =
        switch (kind) {
          case CHROMIUM -> BiDi.connect(http, chromium(port));
          case FIREFOX -> BiDi.connect(http, URI.create("ws://127.0.0.1:" + port + "/session"));
        };
    if (kind == Kind.FIREFOX) {
      bidi.call("session.new", Map.of("capabilities", Map.of()));
    }
    bidi.call(
        "session.subscribe",
        Map.of("events", List.of("log.entryAdded", "network.beforeRequestSent")));
  }

  /** The browser; the test is skipped where it is not installed. */
  static synchronized Browser need(Kind kind) {
    assumeTrue(kind.isInstalled(), "no browser: " + kind.program + " is not installed");
    return STARTED.computeIfAbsent(
        kind,
        k -> {
          try {
            return new Browser(k);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /**
   * Opens a file in a tab of its own and waits until it has loaded. It comes from a server of this
   * process: Firefox tells of no requests for files.
   */
  BrowserPage open(Path file, int width, int height) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] page = Files.readAllBytes(file);
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    server.start();
    try {
      URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
      return BrowserPage.open(bidi, address, width, height);
    } finally {
      server.stop(0);
    }
  }

  @Override
  public void close() {
    // The driver's children first: they would outlive it.
    List<ProcessHandle> all = process.descendants().toList();
    all.forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int port(Iterator<String> output) throws IOException {
    var said = new StringBuilder();
    while (output.hasNext()) {
      String line = output.next();
      said.append(line).append('\n');
      Matcher m = READY.matcher(line);
      if (m.find()) {
        // Somebody must go on reading, or the browser would wait for it.
        Thread.ofVirtual().start(() -> output.forEachRemaining(_ -> {}));
        return Integer.parseInt(m.group(1));
      }
    }
    throw new IOException("the browser ended: " + said);
  }

  /**
   * Has the driver start a browser. Root may not use Chromium's sandbox, and containers run as
   * root.
   */
  private URI chromium(int port) throws IOException {
    var options = Map.of("args", List.of("--headless", "--no-sandbox", "--disable-gpu"));
    var wanted = Map.of("webSocketUrl", true, "goog:chromeOptions", options);
    String body = JSON.writeValueAsString(Map.of("capabilities", Map.of("alwaysMatch", wanted)));
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/session"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      JsonNode answer =
          JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
      JsonNode address = answer.at("/value/capabilities/webSocketUrl");
      assertTrue(address.isString(), answer.toString());
      return URI.create(address.asString().replace("localhost", "127.0.0.1"));
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
