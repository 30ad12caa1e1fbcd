package org.respace.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Two tests that wait for each other, so that both sandboxes are open and used at the same time. */
@Execution(ExecutionMode.CONCURRENT)
class ParallelTest {
    private static final CyclicBarrier MEETING = new CyclicBarrier(2);

    @RegisterExtension
    static final RespaceExtension EMPTY = RespaceExtension.with(Map.of("seed", "none"));

    @Test
    void carol(Respace respace) throws Exception {
        isAlone(respace, "carol");
    }

    @Test
    void erin(Respace respace) throws Exception {
        isAlone(respace, "erin");
    }

    private static void isAlone(Respace respace, String name) throws Exception {
        respace.accounts().add(Map.of("user", name, "password", "secret"));
        respace.faults().add(Map.of("answer", Map.of("error", 27, "info", name)));
        MEETING.await(20, TimeUnit.SECONDS);
        assertTrue(RespaceExtensionTest.ask(respace.restUrl(), "&api_version=1.0&api_key=" + respace.apiKey()).contains(name));
        assertEquals(List.of(name), respace.accounts().list().stream().map(account -> account.get("user")).toList());
        respace.journal().verify(Map.of("times", 1));
    }
}
