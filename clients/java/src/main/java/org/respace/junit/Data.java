package org.respace.junit;

import java.util.List;
import java.util.Map;

/** Reads what control calls answer. */
final class Data {
    private Data() {
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> objects(Object value) {
        return value == null ? List.of() : (List<Map<String, Object>>) value;
    }

    @SuppressWarnings("unchecked")
    static List<String> texts(Object value) {
        return value == null ? List.of() : (List<String>) value;
    }

    static String text(Map<String, Object> data, String name) {
        Object value = data.get(name);
        return value == null ? null : value.toString();
    }
}
