package org.respace.junit;

import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a sandbox as a parameter of the type {@link Respace}, and removes it after the test. Used by
 * {@code @ExtendWith(RespaceExtension.class)}, or as a field with {@code @RegisterExtension} when the sandbox has options.
 */
public final class RespaceExtension implements ParameterResolver, AfterTestExecutionCallback, AfterEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(RespaceExtension.class);

    private final Map<String, ?> options;
    private final Supplier<Emulator> open;
    /** Of the emulator in the store: all that open one in the same way share it. */
    private final Object key;

    /** Sandboxes have the demo accounts. */
    public RespaceExtension() {
        this(Map.of(), Emulator::open, "emulator");
    }

    private RespaceExtension(Map<String, ?> options, Supplier<Emulator> open, Object key) {
        this.options = options;
        this.open = open;
        this.key = key;
    }

    /** Sandboxes with options: seed, clock, ids and id, as POST /sandboxes takes them. */
    public static RespaceExtension with(Map<String, ?> options) {
        return new RespaceExtension(options, Emulator::open, "emulator");
    }

    /** Sandboxes of the emulator that this opens before the first test: {@code () -> Emulator.connect(url, token)}. */
    public static RespaceExtension in(Supplier<Emulator> open) {
        return new RespaceExtension(Map.of(), open, open);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Respace.class && context.getTestMethod().isPresent();
    }

    @Override
    public Respace resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Shared shared = context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(key, unused -> new Shared(open.get()), Shared.class);
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(Respace.class, unused -> shared.emulator.sandbox(options), Respace.class);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        Respace sandbox = context.getStore(NAMESPACE).get(Respace.class, Respace.class);
        if (sandbox == null || context.getExecutionException().isEmpty()) return;
        System.err.println("respace: the last calls of " + context.getDisplayName() + ":\n" + sandbox.lastCalls());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Respace sandbox = context.getStore(NAMESPACE).remove(Respace.class, Respace.class);
        // A test that fails says what it has to say; only one that passes is told that it has not tried its faults.
        if (sandbox != null) sandbox.close(context.getExecutionException().isEmpty());
    }

    /** Closed by JUnit at the end of all tests. */
    private record Shared(Emulator emulator) implements CloseableResource {
        @Override
        public void close() {
            emulator.close();
        }
    }
}
