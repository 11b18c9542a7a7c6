package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A page in a tab of a {@link Browser}, used as people do: by keys and by pointer. */
record BrowserPage(BiDi bidi, URI address, String tab) implements AutoCloseable {
  static final String TAB = "\uE004";
  static final String ENTER = "\uE007";
  static final String ARROW_DOWN = "\uE015";
  static final String ARROW_RIGHT = "\uE014";

  private static final JsonMapper JSON = new JsonMapper();

  static BrowserPage open(BiDi bidi, URI address, int width, int height) {
    String tab =
        bidi.call("browsingContext.create", Map.of("type", "tab")).get("context").asString();
    var page = new BrowserPage(bidi, address, tab);
    page.resize(width, height);
    bidi.call(
        "browsingContext.navigate",
        Map.of("context", tab, "url", address.toString(), "wait", "complete"));
    return page;
  }

  void resize(int width, int height) {
    var size = Map.of("width", width, "height", height);
    bidi.call("browsingContext.setViewport", Map.of("context", tab, "viewport", size));
  }

  /** The value of an expression of JavaScript, or of the promise that it gives. */
  JsonNode value(String expression) {
    JsonNode said =
        bidi.call(
            "script.evaluate",
            Map.of(
                "expression",
                "(async () => JSON.stringify(await (" + expression + ")))()",
                "target",
                Map.of("context", tab),
                "awaitPromise",
                true,
                "userActivation",
                true));
    if (!said.get("type").asString().equals("success")) {
      throw new AssertionError(expression + ": " + said.at("/exceptionDetails/text").asString());
    }
    return JSON.readTree(said.at("/result/value").asString());
  }

  String text(String expression) {
    return value(expression).asString();
  }

  double number(String expression) {
    return value(expression).asDouble();
  }

  /**
   * The accessible names, as the browser tells them to screen readers, of all elements of a role.
   */
  List<String> named(String role, String name) {
    var locator = Map.of("type", "accessibility", "value", Map.of("role", role, "name", name));
    JsonNode nodes =
        bidi.call("browsingContext.locateNodes", Map.of("context", tab, "locator", locator))
            .get("nodes");
    List<String> ids = new ArrayList<>();
    nodes.forEach(node -> ids.add(node.at("/value/localName").asString()));
    return ids;
  }

  /** Presses keys one after another: letters, or the constants of this class. */
  void press(String keys) {
    List<Object> actions = new ArrayList<>();
    keys.codePoints()
        .mapToObj(Character::toString)
        .forEach(
            key -> {
              actions.add(Map.of("type", "keyDown", "value", key));
              actions.add(Map.of("type", "keyUp", "value", key));
            });
    act(Map.of("type", "key", "id", "keys", "actions", actions));
  }

  /** Moves the pointer to a place of the window. */
  void point(double x, double y) {
    pointer(List.of(to(x, y)));
  }

  /** Clicks at a place of the window. */
  void click(double x, double y) {
    pointer(List.of(to(x, y), button("pointerDown"), button("pointerUp")));
  }

  /** Clicks into the middle of an element. */
  void click(String selector) {
    JsonNode box =
        value("document.querySelector('%s').getBoundingClientRect()".formatted(selector));
    click(
        box.get("x").asDouble() + box.get("width").asDouble() / 2,
        box.get("y").asDouble() + box.get("height").asDouble() / 2);
  }

  void drag(double x, double y, double byX, double byY) {
    pointer(List.of(to(x, y), button("pointerDown"), to(x + byX, y + byY), button("pointerUp")));
  }

  /** Turns the wheel with the pointer at a place of the window; towards the user is positive. */
  void wheel(double x, double y, int amount) {
    var turn =
        Map.of(
            "type",
            "scroll",
            "x",
            Math.round(x),
            "y",
            Math.round(y),
            "deltaX",
            0,
            "deltaY",
            amount);
    act(Map.of("type", "wheel", "id", "wheel", "actions", List.of(turn)));
  }

  /** Waits until what was asked for is drawn. */
  void settle() {
    value("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(() => d(0))))");
  }

  /** Checks that nothing was said on the console and that nothing was asked of others. */
  void assertQuiet() {
    List<String> said =
        bidi.events("log.entryAdded", tab).stream().map(e -> e.path("text").asString()).toList();
    assertEquals(List.of(), said, "the console");
    assertTrue(requests().anyMatch(address.toString()::equals), "requests are not told of");
    List<String> asked =
        requests()
            .filter(url -> !url.startsWith("data:") && !url.equals(address.toString()))
            .toList();
    assertEquals(List.of(), asked, "requests");
  }

  /** The addresses of all that was asked for. */
  Stream<String> requests() {
    return bidi.events("network.beforeRequestSent", tab).stream()
        .map(e -> e.at("/request/url").asString().replaceFirst("#.*", ""));
  }

  @Override
  public void close() {
    bidi.call("browsingContext.close", Map.of("context", tab));
  }

  private static Map<String, Object> to(double x, double y) {
    return Map.of("type", "pointerMove", "x", Math.round(x), "y", Math.round(y));
  }

  private static Map<String, Object> button(String type) {
    return Map.of("type", type, "button", 0);
  }

  private void pointer(List<Map<String, Object>> actions) {
    act(Map.of("type", "pointer", "id", "mouse", "actions", actions));
  }

  private void act(Map<String, Object> source) {
    bidi.call("input.performActions", Map.of("context", tab, "actions", List.of(source)));
  }
}
