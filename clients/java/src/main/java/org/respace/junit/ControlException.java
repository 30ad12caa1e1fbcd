package org.respace.junit;

/** A control call was refused, or nothing answered. The message says why and what to do. */
public final class ControlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    ControlException(String message, int status, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The status of HTTP; 0 when nothing answered. */
    public int status() {
        return status;
    }
}
