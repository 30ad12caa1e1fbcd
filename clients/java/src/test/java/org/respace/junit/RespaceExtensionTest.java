package org.respace.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RespaceExtension.class)
class RespaceExtensionTest {
    private Respace given;

    /** Calls the API as any client does. */
    static String ask(String url, String more) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "?method=auth.createToken" + more)).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    @BeforeEach
    void keep(Respace respace) {
        given = respace;
    }

    @Test
    void beforeEachHasTheSandboxOfItsTest(Respace respace) {
        assertEquals(given, respace);
        assertEquals("demo demo", respace.user() + " " + respace.password());
        assertTrue(respace.controlUrl().endsWith("/sandboxes/" + respace.id()));
    }

    @Test
    void aFaultIsSeenByAPlainClient(Respace respace) throws Exception {
        Map<String, Object> fault = respace.faults().add("""
            { "match": { "method": "auth.createToken" }, "times": 1, "answer": "error:15" }
            """);
        String query = "&api_version=1.0&api_key=" + respace.apiKey();
        assertTrue(ask(respace.restUrl(), query).contains("code=\"15\""));
        assertTrue(ask(respace.restUrl(), query).contains("<token>"));
        assertEquals("spent", respace.faults().get(fault.get("id").toString()).get("state"));
        respace.journal().verify(Map.of("method", "auth.createToken", "times", 2));
        respace.journal().verify("{\"code\":15}");
        respace.journal().verifyOrder(Map.of("code", 15), Map.of("code", 0));
        assertThrows(AssertionError.class, () -> respace.journal().verifyOrder(Map.of("code", 0), Map.of("code", 15)));
    }

    @Test
    void theClockIsSet(Respace respace) {
        respace.clock().freeze(Instant.parse("2026-01-01T00:00:00Z"));
        assertEquals("2026-01-02T01:00:00.000Z", respace.clock().advance(Duration.ofHours(25)).get("now"));
        assertEquals(Instant.parse("2026-01-02T01:00:00Z"), respace.clock().now());
        respace.clock().shift(Duration.ofHours(-1));
        respace.clock().reset();
        assertTrue(Duration.between(respace.clock().now(), Instant.now()).abs().compareTo(Duration.ofMinutes(1)) < 0);
    }

    @Test
    void stateIsSetAndReset(Respace respace) {
        assertEquals(10L, Data.object(respace.accounts().set("demo", Map.of("diskspace", Map.of("left", 10))).get("diskspace")).get("left"));
        respace.accounts().add(Map.of("user", "carol", "password", "secret"));
        assertEquals("carol", respace.accounts().get("carol").get("user"));
        String id = respace.files().add("carol", Map.of("name", "Grüße \"a b\".txt", "content", "hello")).get("id").toString();
        assertEquals(false, respace.files().set(id, Map.of("available", false)).get("available"));
        assertEquals("Grüße \"a b\".txt", respace.files().get(id).get("name"));
        assertEquals(true, respace.system().set(Map.of("maintenance", true)).get("maintenance"));
        assertEquals(true, respace.system().get().get("maintenance"));
        respace.snapshots().save("before");
        respace.reset();
        assertThrows(ControlException.class, () -> respace.accounts().get("carol"));
        respace.snapshots().restore("before");
        respace.snapshots().remove("before");
        assertNotNull(respace.accounts().get("carol"));
        respace.seed("accounts: [{ user: erin, password: secret }]");
        assertEquals(1, respace.accounts().list().size());
        respace.seed("none");
        respace.repeatIds(42);
        respace.repeatIds(null);
        assertEquals(List.of(), respace.files().list());
        assertEquals(List.of(), respace.sessions().list());
        assertEquals(List.of(), respace.outbox());
    }

    @Test
    void theJournalIsAsked(Respace respace) throws Exception {
        ask(respace.url() + "/rest/", "&api_key=OTHER00001&api_version=1.0&app_verson=1");
        ask(respace.pathUrl(), "&api_key=OTHER00001&api_version=9.9");
        assertEquals(2, respace.journal().await(Map.of("method", "auth.createToken", "count", 2)).size());
        assertEquals(respace.journal().list().subList(1, 2), respace.journal().find(Map.of("code", 5)));
        assertEquals(2, respace.journal().count(Map.of()));
        assertEquals(List.of("auth.createToken knows no app_verson; did you mean app_version?"), respace.lint());
        assertEquals(1L, Data.object(respace.judge().get("counts")).get("wrong"));
        assertTrue(respace.judgeAs("md").contains("1 wrong"));
        assertTrue(respace.journal().har().containsKey("log"));
        assertTrue(assertThrows(AssertionError.class, () -> respace.journal().await(Map.of("method", "files.delete"), Duration.ofMillis(10))).getMessage().contains("within 10 ms, saw 0"));
        respace.journal().clear();
        assertEquals(List.of(), respace.journal().list());
    }

    @Test
    void badInputIsExplained(Respace respace) {
        ControlException refused = assertThrows(ControlException.class, () -> respace.accounts().set("demo", Map.of("maxSesions", 1)));
        assertEquals(400, refused.status());
        assertTrue(refused.getMessage().contains("did you mean maxSessions"), refused.getMessage());
        assertTrue(assertThrows(ControlException.class, () -> respace.accounts().get("a/b c")).getMessage().contains("there is no account \"a/b c\""));
        assertTrue(assertThrows(IllegalStateException.class, () -> Emulator.connect("http://127.0.0.1:1", null)).getMessage().startsWith("there is no emulator at http://127.0.0.1:1: "));
        respace.faults().remove(respace.faults().add(Map.of("answer", "reset")).get("id").toString());
        respace.faults().add(Map.of("answer", "reset"));
        respace.faults().clear();
        assertEquals(List.of(), respace.faults().list());
    }

    @Test
    void aFaultThatWasNeverAppliedIsReported() {
        try (Emulator emulator = Emulator.open()) {
            Respace sandbox = emulator.sandbox(Map.of("seed", "none"));
            sandbox.faults().add(Map.of("answer", "reset"));
            assertTrue(assertThrows(AssertionError.class, sandbox::close).getMessage().contains("fault f1 was never applied"));
            assertThrows(ControlException.class, () -> sandbox.faults().list());
            sandbox.close();
        }
    }

    @Test
    void jsonIsReadAsItIsWritten() {
        List<Object> items = new ArrayList<>(List.of("a\"\\\n\u0001ü\uD83D\uDE00", 1L, -2.5, true, Map.of("a", List.of()), Map.of()));
        items.add(null);
        assertEquals(items, Json.parse(Json.write(items)));
        assertEquals(Map.of("a/b", "\t\u00fc"), Json.parse(" { \"a\\/b\" : \"\\t\\u00FC\" } "));
        for (String wrong : List.of("", "{", "[1,]", "{\"a\"}", "\"a", "\"\\x\"", "1 2", "tru", "-", "[".repeat(1000))) {
            assertThrows(IllegalArgumentException.class, () -> Json.parse(wrong), wrong);
        }
    }
}
