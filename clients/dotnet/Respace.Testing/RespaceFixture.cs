using System.Collections.Generic;
using System.Threading.Tasks;
using Xunit;

namespace Respace.Testing
{
    /// <summary>The emulator of a class or a collection of tests: IClassFixture&lt;RespaceFixture&gt;. A class of its own decides how it is opened.</summary>
    public class RespaceFixture : IAsyncLifetime
    {
        /// <summary>The emulator; each test opens a sandbox in it.</summary>
        public Emulator Emulator { get; private set; }

        /// <summary>Opens the emulator: that of RESPACE_URL, or a new one.</summary>
        public async Task InitializeAsync()
        {
            Emulator = await OpenAsync().ConfigureAwait(false);
        }

        /// <summary>Ends it if it was started here.</summary>
        public virtual Task DisposeAsync()
        {
            if (Emulator != null) Emulator.Dispose();
            return Task.CompletedTask;
        }

        /// <summary>Another emulator than that of RESPACE_URL or a new one, such as in a container.</summary>
        protected virtual Task<Emulator> OpenAsync()
        {
            return Emulator.OpenAsync();
        }
    }

    /// <summary>The base of a class of tests: each has a sandbox of its own, which is removed after it. The class names its fixture: IClassFixture&lt;RespaceFixture&gt;.</summary>
    public abstract class RespaceTest : IAsyncLifetime
    {
        private readonly RespaceFixture fixture;

        /// <summary>xunit gives the fixture to the constructor of the class.</summary>
        protected RespaceTest(RespaceFixture fixture)
        {
            this.fixture = fixture;
        }

        /// <summary>The sandbox of this test.</summary>
        protected Sandbox Respace { get; private set; }

        /// <summary>How sandboxes begin: seed, clock, ids and id; the demo accounts unless it says otherwise.</summary>
        protected virtual IReadOnlyDictionary<string, object> Options
        {
            get { return null; }
        }

        /// <summary>Opens the sandbox.</summary>
        public async Task InitializeAsync()
        {
            Respace = await fixture.Emulator.OpenSandboxAsync(Options).ConfigureAwait(false);
        }

        /// <summary>Removes it; the test fails if a fault was never applied.</summary>
        public Task DisposeAsync()
        {
            return Respace == null ? Task.CompletedTask : Respace.CloseAsync();
        }
    }
}
