package org.respace.junit;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A sandbox: a server of one test, with its own data, clock, faults and journal. Clients reach it at {@link #restUrl} by its
 * {@link #apiKey}, or at {@link #url}, which leads to nothing else. What control calls take and answer is data as docs/emulator.md describes
 * it: maps, lists, texts, numbers. Methods throw {@link ControlException} for what is refused.
 */
public final class Respace implements AutoCloseable {
    /** Exchanges that a failing test shows. */
    private static final int SHOWN = 10;
    /** How long {@link Journal#await} waits unless it is said. */
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

    private final Map<String, Object> described;
    private final Control control;
    private boolean isOpen = true;

    Respace(Map<String, Object> described, Control control) {
        this.described = described;
        this.control = control;
    }

    /** Its name in paths. */
    public String id() {
        return Data.text(described, "id");
    }

    /** Leads to this sandbox alone, by its path; without a final slash. */
    public String url() {
        return pathUrl().substring(0, pathUrl().length() - "/rest/".length());
    }

    /** The endpoint of the API; with {@link #apiKey} it leads to this sandbox. */
    public String restUrl() {
        return Data.text(described, "restUrl");
    }

    /** The endpoint for clients that cannot choose their key. */
    public String pathUrl() {
        return Data.text(described, "pathUrl");
    }

    /** Its control calls are below it. */
    public String controlUrl() {
        return control.url;
    }

    /** A key of this sandbox alone. */
    public String apiKey() {
        return Data.text(described, "apiKey");
    }

    /** The first account of the seed; null when it has none. */
    public String user() {
        return Data.text(described, "user");
    }

    /** Its password. */
    public String password() {
        return Data.text(described, "password");
    }

    /** Makes any control call of this sandbox, such as call("GET", "/health", null): JSON as data, other answers as text. */
    public Object call(String verb, String path, Object body) {
        return control.call(verb, path, body, Duration.ZERO);
    }

    /** What clients did against the guide, each once. */
    public List<String> lint() {
        return journal().lint();
    }

    /** What the client does right and wrong: counts, findings, rules, codes and more. */
    public Map<String, Object> judge() {
        return Data.object(call("GET", "/judge", null));
    }

    /** The same as html, junit or md. */
    public String judgeAs(String format) {
        return (String) call("GET", "/judge/" + Control.name(format), null);
    }

    /** All mails that were written, the oldest first. None leaves the emulator. */
    public List<Map<String, Object>> outbox() {
        return Data.objects(call("GET", "/outbox", null));
    }

    /** Replaces everything by demo, none, or a seed as YAML or JSON. */
    public void seed(String seed) {
        call("POST", "/seed", seed);
    }

    /** Restores what the seed created, with the same ids; removes faults and journal entries. */
    public void reset() {
        call("POST", "/reset", null);
    }

    /** Keys and ids are the same after each call with this seed, a text or a number; null makes them random. */
    public void repeatIds(Object seed) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("seed", seed);
        call("PUT", "/ids", body);
    }

    /** What the server is made to do wrong. */
    public Faults faults() {
        return new Faults();
    }

    /** The time of the server. */
    public Clock clock() {
        return new Clock();
    }

    /** All exchanges with clients. */
    public Journal journal() {
        return new Journal();
    }

    /** The state of accounts. */
    public Accounts accounts() {
        return new Accounts();
    }

    /** Files of all accounts. */
    public Files files() {
        return new Files();
    }

    /** Sessions of all accounts. */
    public Sessions sessions() {
        return new Sessions();
    }

    /** The state of the server as a whole. */
    public SystemState system() {
        return new SystemState();
    }

    /** Saved states. */
    public Snapshots snapshots() {
        return new Snapshots();
    }

    /** Removes the sandbox. Throws AssertionError if a fault was never applied: such a test has not tried what it says. */
    @Override
    public void close() {
        close(true);
    }

    void close(boolean isReported) {
        if (!isOpen) return;
        isOpen = false;
        String never = "";
        try {
            if (isReported) {
                never = faults().list().stream().filter(fault -> Long.valueOf(0).equals(fault.get("hits")))
                    .map(fault -> "fault " + fault.get("id") + " was never applied: " + Json.write(fault.get("rule"))).collect(Collectors.joining("; "));
            }
        } finally {
            call("DELETE", "", null);
        }
        if (!never.isEmpty()) throw new AssertionError("respace: " + never);
    }

    /** For a test that fails: its last exchanges, a line each. */
    String lastCalls() {
        List<Map<String, Object>> entries = journal().find(Map.of("last", SHOWN));
        if (entries.isEmpty()) return "nothing was called";
        return entries.stream().map(Respace::describe).collect(Collectors.joining("\n"));
    }

    private static String describe(Map<String, Object> entry) {
        String params = Data.object(entry.get("params")).entrySet().stream().filter(param -> !param.getKey().equals("method"))
            .map(param -> " " + param.getKey() + "=" + cut(param.getValue().toString())).collect(Collectors.joining());
        Object what = entry.get("method") == null ? entry.get("verb") + " " + cut(entry.get("path").toString()) : entry.get("method");
        Object status = Data.object(entry.get("response")).get("status");
        Object code = entry.get("code");
        return String.format("%4s %s%s -> %s%s%s", entry.get("id"), what, params, status == null ? entry.get("state") : status,
            code == null || code.equals(0L) ? "" : " error " + code, entry.get("fault") == null ? "" : " by fault " + entry.get("fault"));
    }

    private static String cut(String text) {
        return text.length() > 60 ? text.substring(0, 60) : text;
    }

    /** Faults, as POST /faults takes them. */
    public final class Faults {
        /** Arms a fault: {"match": {"method": "files.delete"}, "times": 1, "answer": "error:9"}. One that could never apply is refused. */
        public Map<String, Object> add(String json) {
            return Data.object(call("POST", "/faults", json));
        }

        /** The same as data. */
        public Map<String, Object> add(Map<String, ?> rule) {
            return Data.object(call("POST", "/faults", rule));
        }

        /** All of them, in the order in which they were added. */
        public List<Map<String, Object>> list() {
            return Data.objects(call("GET", "/faults", null));
        }

        /** How often it was applied, and how often it will be. */
        public Map<String, Object> get(String id) {
            return Data.object(call("GET", "/faults/" + Control.name(id), null));
        }

        /** Disarms one. */
        public void remove(String id) {
            call("DELETE", "/faults/" + Control.name(id), null);
        }

        /** Disarms all. */
        public void clear() {
            call("DELETE", "/faults", null);
        }
    }

    /** The time of the server. */
    public final class Clock {
        /** Its time. */
        public Instant now() {
            return Instant.parse(Data.text(Data.object(call("GET", "/clock", null)), "now"));
        }

        /** Stops it at a moment. */
        public void freeze(Instant at) {
            call("PUT", "/clock", Map.of("mode", "frozen", "now", at));
        }

        /** Lets it run at an offset from the real time. */
        public void shift(Duration by) {
            call("PUT", "/clock", Map.of("mode", "offset", "by", by.toMillis()));
        }

        /** Advances it; answers what fell due, which has happened in order. */
        public Map<String, Object> advance(Duration by) {
            return Data.object(call("POST", "/clock/advance", Map.of("by", by.toMillis())));
        }

        /** Sets the real time. */
        public void reset() {
            call("DELETE", "/clock", null);
        }
    }

    /** All exchanges. A query is data such as Map.of("method", "auth.login", "code", 0), or the same as JSON. */
    public final class Journal {
        /** Those that are kept, the oldest first. */
        public List<Map<String, Object>> list() {
            return entries(call("GET", "/journal", null));
        }

        /** Those that match; with "last" the newest of them only. */
        public List<Map<String, Object>> find(Map<String, ?> query) {
            return entries(call("POST", "/journal/find", query));
        }

        /** How many match. Throws AssertionError when so many were dropped that nobody knows. */
        public long count(Map<String, ?> query) {
            return (Long) Data.object(call("POST", "/journal/count", query)).get("count");
        }

        /** Throws AssertionError with the nearest exchanges unless as many match as "times", or "atLeast" and "atMost", say; without them at least one. */
        public void verify(Map<String, ?> expectation) {
            call("POST", "/journal/verify", expectation);
        }

        /** The same as JSON. */
        public void verify(String json) {
            call("POST", "/journal/verify", json);
        }

        /** Throws AssertionError unless exchanges began in this order; others may be between them. */
        @SafeVarargs
        @SuppressWarnings("varargs")
        public final void verifyOrder(Map<String, ?>... order) {
            call("POST", "/journal/verify-order", Map.of("order", Arrays.asList(order)));
        }

        /** Returns once "count" (1) exchanges match. Throws AssertionError after five seconds. */
        public List<Map<String, Object>> await(Map<String, ?> query) {
            return await(query, DEFAULT_WAIT);
        }

        /** The same with another timeout. */
        public List<Map<String, Object>> await(Map<String, ?> query, Duration timeout) {
            Map<String, Object> body = new LinkedHashMap<>(query);
            body.put("timeoutMs", timeout.toMillis());
            return entries(control.call("POST", "/journal/wait", body, timeout));
        }

        /** HAR 1.2. */
        public Map<String, Object> har() {
            return Data.object(call("GET", "/journal/har", null));
        }

        /** What clients did against the guide, each once. */
        public List<String> lint() {
            return Data.texts(call("GET", "/journal/lint", null));
        }

        /** Deletes all exchanges. */
        public void clear() {
            call("DELETE", "/journal", null);
        }

        private List<Map<String, Object>> entries(Object answer) {
            return Data.objects(Data.object(answer).get("entries"));
        }
    }

    /** The state of accounts. */
    public final class Accounts {
        /** All of them. */
        public List<Map<String, Object>> list() {
            return Data.objects(call("GET", "/accounts", null));
        }

        /** One of them. */
        public Map<String, Object> get(String user) {
            return Data.object(call("GET", "/accounts/" + Control.name(user), null));
        }

        /** Adds one, as a seed describes it. */
        public Map<String, Object> add(Map<String, ?> account) {
            return Data.object(call("POST", "/accounts", account));
        }

        /** Changes what is given: set("demo", Map.of("diskspace", Map.of("left", 0))). */
        public Map<String, Object> set(String user, Map<String, ?> state) {
            return Data.object(call("PATCH", "/accounts/" + Control.name(user), state));
        }
    }

    /** Files of all accounts. */
    public final class Files {
        /** All of them. */
        public List<Map<String, Object>> list() {
            return Data.objects(call("GET", "/files", null));
        }

        /** One of them. */
        public Map<String, Object> get(String id) {
            return Data.object(call("GET", "/files/" + Control.name(id), null));
        }

        /** Adds one to an account: add("demo", Map.of("name", "a.txt", "content", "hello")). */
        public Map<String, Object> add(String user, Map<String, ?> file) {
            return Data.object(call("POST", "/accounts/" + Control.name(user) + "/files", file));
        }

        /** With Map.of("available", false) its bytes can no longer be read. */
        public Map<String, Object> set(String id, Map<String, ?> state) {
            return Data.object(call("PATCH", "/files/" + Control.name(id), state));
        }
    }

    /** Sessions of all accounts. */
    public final class Sessions {
        /** User, version, when each was last used. */
        public List<Map<String, Object>> list() {
            return Data.objects(call("GET", "/sessions", null));
        }

        /** Ends one as if it had been idle. */
        public void expire(String key) {
            call("POST", "/sessions/" + Control.name(key) + "/expire", null);
        }
    }

    /** The state of the server as a whole. */
    public final class SystemState {
        /** maintenance, uploads, downloads and more. */
        public Map<String, Object> get() {
            return Data.object(call("GET", "/system", null));
        }

        /** Changes what is given: set(Map.of("maintenance", true)). */
        public Map<String, Object> set(Map<String, ?> state) {
            return Data.object(call("PATCH", "/system", state));
        }
    }

    /** Saved states: rows, bytes, clock, system. */
    public final class Snapshots {
        /** Saves the state under a name. */
        public void save(String name) {
            call("POST", "/snapshots", Map.of("name", name));
        }

        /** Restores that state, sessions included. */
        public void restore(String name) {
            call("POST", "/snapshots/" + Control.name(name) + "/restore", null);
        }

        /** Deletes one. */
        public void remove(String name) {
            call("DELETE", "/snapshots/" + Control.name(name), null);
        }
    }
}
