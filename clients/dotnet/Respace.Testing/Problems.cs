using System;

namespace Respace.Testing
{
    /// <summary>A control call was refused, or nothing answered. The message says why and what to do.</summary>
    public sealed class ControlException : Exception
    {
        /// <summary>The status is that of HTTP; 0 when nothing answered.</summary>
        public ControlException(string message, int status, Exception cause) : base(message, cause)
        {
            Status = status;
        }

        /// <summary>The status of HTTP; 0 when nothing answered.</summary>
        public int Status { get; }
    }

    /// <summary>The journal does not have what the test expected, or a fault was never applied. The message has the nearest exchanges.</summary>
    public sealed class VerificationException : Exception
    {
        /// <summary>With that message.</summary>
        public VerificationException(string message) : base(message)
        {
        }
    }

    /// <summary>There is no emulator: none was found, or it does not start. The message says what was tried.</summary>
    public sealed class StartException : Exception
    {
        /// <summary>With that message.</summary>
        public StartException(string message, Exception cause = null) : base(message, cause)
        {
        }
    }
}
