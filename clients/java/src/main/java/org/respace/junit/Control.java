package org.respace.junit;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Sends control calls to one server: the emulator, or one of its sandboxes. */
final class Control {
    /** How long a call may take beside what it waits for. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    /** Bytes of an answer. The journal of a sandbox takes at most 32 MiB. */
    private static final int MAX_ANSWER = 256 << 20;
    // Proxies of the JVM are for clients under test.
    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
        .proxy(ProxySelector.of(null)).connectTimeout(TIMEOUT).build();

    final String url;
    private final String token;

    Control(String url, String token) {
        this.url = url;
        this.token = token;
    }

    Control below(String path) {
        return new Control(url + path, token);
    }

    /** One segment of a path. */
    static String name(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Takes null, text as it is, or data as JSON. Answers in JSON are data, others text. */
    Object call(String verb, String path, Object body, Duration extra) {
        HttpRequest.BodyPublisher sent = body == null ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body instanceof String text ? text : Json.write(body));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT.plus(extra)).method(verb, sent);
        if (token != null) request.header("Authorization", "Bearer " + token);
        try {
            HttpResponse<InputStream> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            String text = read(response);
            if (response.statusCode() >= 300) throw refusal(verb, path, response.statusCode(), text);
            if (text.isEmpty()) return null;
            return response.headers().firstValue("content-type").orElse("").startsWith("application/json") ? Json.parse(text) : text;
        } catch (IOException error) {
            String reason = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
            throw new ControlException(verb + " " + url + path + ": the emulator does not answer: " + reason, 0, error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new ControlException(verb + " " + path + ": interrupted", 0, error);
        }
    }

    private static String read(HttpResponse<InputStream> response) throws IOException {
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(MAX_ANSWER + 1);
            if (bytes.length > MAX_ANSWER) throw new IOException("the answer has more than " + MAX_ANSWER + " bytes; clear the journal between tests");
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static RuntimeException refusal(String verb, String path, int status, String text) {
        Map<String, Object> problem = problemOf(text);
        String detail = String.valueOf(problem.getOrDefault("detail", "HTTP status " + status + " without an explanation: is this an emulator?"));
        List<Map<String, Object>> closest = Data.objects(problem.get("closest"));
        Object hint = problem.get("hint");
        String message = detail + (!closest.isEmpty() ? "; the nearest:\n" + describe(closest) : hint == null ? "" : "; " + hint);
        if (status == 406 || status == 408) throw new AssertionError(message);
        Object pointer = problem.get("pointer");
        String place = pointer == null || message.contains(pointer.toString()) ? "" : pointer + ": ";
        return new ControlException(verb + " " + path + ": " + place + message, status, null);
    }

    private static Map<String, Object> problemOf(String text) {
        try {
            return Data.object(Json.parse(text));
        } catch (IllegalArgumentException | ClassCastException notOne) {
            return Map.of();
        }
    }

    private static String describe(List<Map<String, Object>> misses) {
        return misses.stream().map(miss -> {
            Object what = miss.get("method") == null ? miss.get("phase") + " " + miss.get("verb") + " " + miss.get("path") : miss.get("method");
            String parts = Data.objects(miss.get("diff")).stream()
                .map(part -> "    expected " + part.get("expected") + ", got " + (part.get("actual") == null ? "none" : Json.write(part.get("actual"))))
                .collect(Collectors.joining("\n"));
            return "  exchange " + miss.get("id") + ", " + what + ":\n" + parts;
        }).collect(Collectors.joining("\n"));
    }
}
