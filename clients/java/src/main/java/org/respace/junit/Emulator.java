package org.respace.junit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The emulator as a process that ends with this JVM, or one that runs already. */
public final class Emulator implements AutoCloseable {
    /** Seconds until it answers: npx looks for the package first. */
    private static final int START_TIMEOUT = 60;
    /** Seconds until it has ended. */
    private static final int END_TIMEOUT = 20;
    /** Characters of what it says that are kept. */
    private static final int MAX_SAID = 8192;
    /** What npx says when there is no such package is about its registry. */
    private static final String HINT = "; if Respace is not installed in this folder, install it by npm, put respace on the PATH, or set RESPACE_COMMAND";
    private static final String CONTROL_PATH = "/_emulator/v1";
    private static final Pattern GREETING = Pattern.compile("Respace emulator on (http\\S+), .*");

    private final Control control;
    private final Process process;

    private Emulator(Control control, Process process) {
        this.control = control;
        this.process = process;
    }

    /** Uses the emulator that RESPACE_CONTROL_URL or RESPACE_URL names, with RESPACE_CONTROL_TOKEN; without them starts one. */
    public static Emulator open() {
        String address = variable("RESPACE_CONTROL_URL", variable("RESPACE_URL", null));
        return address == null ? start() : connect(address, variable("RESPACE_CONTROL_TOKEN", null));
    }

    /** Uses the emulator at an address: its own, or that of its control calls. The token may be null. */
    public static Emulator connect(String address, String token) {
        String url = address.replaceFirst("(" + CONTROL_PATH + ")?/*$", "");
        Control control = new Control(url + CONTROL_PATH, token);
        try {
            control.call("GET", "/health", null, Duration.ZERO);
        } catch (ControlException | IllegalArgumentException error) {
            throw new IllegalStateException("there is no emulator at " + url + ": " + error.getMessage(), error);
        }
        return new Emulator(control, null);
    }

    /** Starts respace dev on a free port with more options, such as --strict fail. */
    public static Emulator start(String... options) {
        List<String> words = new ArrayList<>(command());
        words.addAll(List.of("dev", "--port", "0", "--seed", "none", "--exit-on-stdin-close"));
        words.addAll(List.of(options));
        Process process;
        try {
            // Its input is a pipe, which the system closes when this JVM ends, also when it is killed.
            process = new ProcessBuilder(words).start();
        } catch (IOException error) {
            throw new IllegalStateException(String.join(" ", words) + ": " + error.getMessage(), error);
        }
        StringBuffer said = new StringBuffer();
        CompletableFuture<String> url = new CompletableFuture<>();
        Thread errors = read(process.errorReader(StandardCharsets.UTF_8), line -> keep(said, line), () -> { });
        read(process.inputReader(StandardCharsets.UTF_8), line -> {
            Matcher greeting = GREETING.matcher(line);
            if (greeting.matches()) url.complete(greeting.group(1));
        }, () -> url.complete(null));
        try {
            String found = url.get(START_TIMEOUT, TimeUnit.SECONDS);
            if (found != null) return new Emulator(new Control(found + CONTROL_PATH, null), process);
            end(process);
            errors.join(END_TIMEOUT * 1000L);
            throw new IllegalStateException(String.join(" ", words) + " ended with " + process.exitValue() + (words.contains("--no-install") ? HINT : "") + ": " + said.toString().strip());
        } catch (TimeoutException error) {
            end(process);
            throw new IllegalStateException(String.join(" ", words) + " did not answer within " + START_TIMEOUT + " s: " + said, error);
        } catch (InterruptedException | ExecutionException error) {
            end(process);
            throw new IllegalStateException(error);
        }
    }

    /** The address of the emulator, without a final slash. */
    public String url() {
        return control.url.substring(0, control.url.length() - CONTROL_PATH.length());
    }

    /** Opens a server of its own with the demo accounts. */
    public Respace sandbox() {
        return sandbox(Map.of());
    }

    /** Opens a server of its own; options are seed, clock, ids and id, as POST /sandboxes takes them. */
    public Respace sandbox(Map<String, ?> options) {
        Map<String, Object> body = new LinkedHashMap<>(Map.of("seed", "demo"));
        body.putAll(options);
        Map<String, Object> made = Data.object(control.call("POST", "/sandboxes", body, Duration.ZERO));
        return new Respace(made, control.below("/sandboxes/" + Control.name(Data.text(made, "id"))));
    }

    /** Ends the process that was started, and waits until it has ended. */
    @Override
    public void close() {
        if (process != null) end(process);
    }

    private static void end(Process process) {
        try {
            process.getOutputStream().close();
        } catch (IOException closed) {
            // It has ended.
        }
        try {
            if (!process.waitFor(END_TIMEOUT, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
        } catch (InterruptedException error) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** RESPACE_COMMAND, else respace on the PATH, else the package of this folder by npx. */
    private static List<String> command() {
        String written = variable("RESPACE_COMMAND", null);
        if (written != null) return List.of(written.trim().split("\\s+"));
        boolean isWindows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        for (String name : List.of("respace", "npx")) {
            for (String folder : variable("PATH", "").split(Pattern.quote(java.io.File.pathSeparator))) {
                Path program = Path.of(folder, isWindows ? name + ".cmd" : name);
                if (!Files.isExecutable(program) || Files.isDirectory(program)) continue;
                // Never a package that happens to have this name in a registry.
                return name.equals("npx") ? List.of(program.toString(), "--no-install", "respace") : List.of(program.toString());
            }
        }
        throw new IllegalStateException("found no emulator: set RESPACE_COMMAND, put respace on the PATH, or install it in this folder by npm");
    }

    private static String variable(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isBlank() ? otherwise : value;
    }

    /** What it says is always read: a full pipe would stop it. */
    private static Thread read(BufferedReader stream, java.util.function.Consumer<String> line, Runnable end) {
        Thread reader = new Thread(() -> {
            try (stream) {
                for (String next = stream.readLine(); next != null; next = stream.readLine()) line.accept(next);
            } catch (IOException closed) {
                // It has ended.
            }
            end.run();
        }, "respace");
        reader.setDaemon(true);
        reader.start();
        return reader;
    }

    private static void keep(StringBuffer said, String line) {
        said.append(line).append('\n');
        if (said.length() > MAX_SAID) said.delete(0, said.length() - MAX_SAID);
    }
}
