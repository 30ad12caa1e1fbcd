using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;

namespace Respace.Testing
{
    /// <summary>
    /// A server of one test, with its own data, clock, faults and journal. Clients reach it at RestUrl by its ApiKey, or at Url, which leads to
    /// nothing else. Control calls take data such as new { method = "auth.login" }, or JSON as text, as docs/emulator.md describes it.
    /// </summary>
    public sealed class Sandbox
    {
        private readonly JsonElement described;
        private readonly Control control;
        private bool isOpen = true;

        internal Sandbox(JsonElement described, Control control)
        {
            this.described = described;
            this.control = control;
            Faults = new Faults(control);
            Clock = new Clock(control);
            Journal = new Journal(control);
            Accounts = new Accounts(control);
            Files = new Files(control);
            Sessions = new Sessions(control);
            System = new SystemState(control);
            Snapshots = new Snapshots(control);
        }

        /// <summary>Its name in paths.</summary>
        public string Id { get { return described.GetProperty("id").GetString(); } }

        /// <summary>Leads to this sandbox alone, by its path; without a final slash.</summary>
        public string Url { get { return PathUrl.Substring(0, PathUrl.Length - "/rest/".Length); } }

        /// <summary>The endpoint of the API; with ApiKey it leads to this sandbox.</summary>
        public string RestUrl { get { return described.GetProperty("restUrl").GetString(); } }

        /// <summary>The endpoint for clients that cannot choose their key.</summary>
        public string PathUrl { get { return described.GetProperty("pathUrl").GetString(); } }

        /// <summary>Its control calls are below it.</summary>
        public string ControlUrl { get { return control.Url; } }

        /// <summary>A key of this sandbox alone.</summary>
        public string ApiKey { get { return described.GetProperty("apiKey").GetString(); } }

        /// <summary>The first account of the seed; null when it has none.</summary>
        public string User { get { return described.GetProperty("user").GetString(); } }

        /// <summary>Its password.</summary>
        public string Password { get { return described.GetProperty("password").GetString(); } }

        /// <summary>What the server is made to do wrong.</summary>
        public Faults Faults { get; }

        /// <summary>The time of the server.</summary>
        public Clock Clock { get; }

        /// <summary>All exchanges with clients.</summary>
        public Journal Journal { get; }

        /// <summary>The state of accounts.</summary>
        public Accounts Accounts { get; }

        /// <summary>Files of all accounts.</summary>
        public Files Files { get; }

        /// <summary>Sessions of all accounts.</summary>
        public Sessions Sessions { get; }

        /// <summary>The state of the server as a whole.</summary>
        public SystemState System { get; }

        /// <summary>Saved states.</summary>
        public Snapshots Snapshots { get; }

        /// <summary>Makes any control call of this sandbox, such as CallAsync("GET", "/health").</summary>
        public Task<JsonElement> CallAsync(string verb, string path, object body = null)
        {
            return control.AskAsync(verb, path, body);
        }

        /// <summary>What clients did against the guide, each once.</summary>
        public Task<IReadOnlyList<string>> LintAsync() { return Journal.LintAsync(); }

        /// <summary>What the client does right and wrong: counts, findings, rules, codes and more.</summary>
        public Task<JsonElement> JudgeAsync() { return control.AskAsync("GET", "/judge"); }

        /// <summary>The same as html, junit or md.</summary>
        public Task<string> JudgeAsAsync(string format) { return control.CallAsync("GET", "/judge/" + Control.Name(format), null, TimeSpan.Zero); }

        /// <summary>All mails that were written, the oldest first. None leaves the emulator.</summary>
        public Task<JsonElement> OutboxAsync() { return control.AskAsync("GET", "/outbox"); }

        /// <summary>Replaces everything by demo, none, a seed as data, or one as YAML.</summary>
        public Task SeedAsync(object seed) { return control.AskAsync("POST", "/seed", seed); }

        /// <summary>Restores what the seed created, with the same ids; removes faults and journal entries.</summary>
        public Task ResetAsync() { return control.AskAsync("POST", "/reset"); }

        /// <summary>Keys and ids are the same after each call with this seed, a text or a number; null makes them random.</summary>
        public Task RepeatIdsAsync(object seed) { return control.AskAsync("PUT", "/ids", new { seed }); }

        /// <summary>Removes the sandbox. Throws VerificationException if a fault was never applied, unless it is told not to.</summary>
        public async Task CloseAsync(bool ignoreUnfired = false)
        {
            if (!isOpen) return;
            isOpen = false;
            var never = new List<string>();
            try
            {
                if (!ignoreUnfired) never.AddRange((await Faults.ListAsync().ConfigureAwait(false)).EnumerateArray().Where(fault => fault.GetProperty("hits").GetInt32() == 0)
                    .Select(fault => $"fault {fault.GetProperty("id").GetString()} was never applied: {JsonSerializer.Serialize(fault.GetProperty("rule"))}"));
            }
            finally
            {
                await control.AskAsync("DELETE", "").ConfigureAwait(false);
            }
            if (never.Count > 0) throw new VerificationException("respace: " + string.Join("; ", never));
        }
    }

    /// <summary>Faults, as POST /faults takes them.</summary>
    public sealed class Faults
    {
        private readonly Control control;

        internal Faults(Control control) { this.control = control; }

        /// <summary>Arms a fault: new { match = new { method = "files.delete" }, times = 1, answer = "error:9" }. One that could never apply is refused.</summary>
        public Task<JsonElement> AddAsync(object rule) { return control.AskAsync("POST", "/faults", rule); }

        /// <summary>All of them, in the order in which they were added.</summary>
        public Task<JsonElement> ListAsync() { return control.AskAsync("GET", "/faults"); }

        /// <summary>How often it was applied, and how often it will be.</summary>
        public Task<JsonElement> GetAsync(string id) { return control.AskAsync("GET", "/faults/" + Control.Name(id)); }

        /// <summary>Disarms one.</summary>
        public Task RemoveAsync(string id) { return control.AskAsync("DELETE", "/faults/" + Control.Name(id)); }

        /// <summary>Disarms all.</summary>
        public Task ClearAsync() { return control.AskAsync("DELETE", "/faults"); }
    }

    /// <summary>The time of the server.</summary>
    public sealed class Clock
    {
        private readonly Control control;

        internal Clock(Control control) { this.control = control; }

        /// <summary>Its time.</summary>
        public async Task<DateTimeOffset> NowAsync()
        {
            var clock = await control.AskAsync("GET", "/clock").ConfigureAwait(false);
            return DateTimeOffset.Parse(clock.GetProperty("now").GetString(), CultureInfo.InvariantCulture);
        }

        /// <summary>Stops it at a moment.</summary>
        public Task FreezeAsync(DateTimeOffset at)
        {
            return control.AskAsync("PUT", "/clock", new { mode = "frozen", now = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture) });
        }

        /// <summary>Lets it run at an offset from the real time.</summary>
        public Task ShiftAsync(TimeSpan by) { return control.AskAsync("PUT", "/clock", new { mode = "offset", by = (long)by.TotalMilliseconds }); }

        /// <summary>Advances it; answers what fell due, which has happened in order.</summary>
        public Task<JsonElement> AdvanceAsync(TimeSpan by) { return control.AskAsync("POST", "/clock/advance", new { by = (long)by.TotalMilliseconds }); }

        /// <summary>Sets the real time.</summary>
        public Task ResetAsync() { return control.AskAsync("DELETE", "/clock"); }
    }

    /// <summary>All exchanges. A query is data such as new { method = "auth.login", code = 0 }, or JSON as text.</summary>
    public sealed class Journal
    {
        private readonly Control control;

        internal Journal(Control control) { this.control = control; }

        /// <summary>Those that are kept, the oldest first.</summary>
        public Task<JsonElement> ListAsync() { return EntriesAsync("GET", "/journal", null); }

        /// <summary>Those that match; with last the newest of them only.</summary>
        public Task<JsonElement> FindAsync(object query) { return EntriesAsync("POST", "/journal/find", query); }

        /// <summary>How many match. Throws VerificationException when so many were dropped that nobody knows.</summary>
        public async Task<int> CountAsync(object query)
        {
            var counted = await control.AskAsync("POST", "/journal/count", query).ConfigureAwait(false);
            return counted.GetProperty("count").GetInt32();
        }

        /// <summary>Throws VerificationException with the nearest exchanges unless as many match as times, or atLeast and atMost, say; without them at least one.</summary>
        public Task VerifyAsync(object expectation) { return control.AskAsync("POST", "/journal/verify", expectation); }

        /// <summary>Throws VerificationException unless exchanges began in this order; others may be between them.</summary>
        public Task VerifyOrderAsync(params object[] order) { return control.AskAsync("POST", "/journal/verify-order", new { order }); }

        /// <summary>Returns once count (1) exchanges match. Throws VerificationException after timeoutMs (5000).</summary>
        public Task<JsonElement> WaitAsync(object query) { return EntriesAsync("POST", "/journal/wait", query); }

        /// <summary>HAR 1.2.</summary>
        public Task<JsonElement> HarAsync() { return control.AskAsync("GET", "/journal/har"); }

        /// <summary>What clients did against the guide, each once.</summary>
        public async Task<IReadOnlyList<string>> LintAsync()
        {
            var lint = await control.AskAsync("GET", "/journal/lint").ConfigureAwait(false);
            return lint.EnumerateArray().Select(sentence => sentence.GetString()).ToList();
        }

        /// <summary>Deletes all exchanges.</summary>
        public Task ClearAsync() { return control.AskAsync("DELETE", "/journal"); }

        private async Task<JsonElement> EntriesAsync(string verb, string path, object query)
        {
            // A wait ends by its own timeout, which the emulator limits.
            var found = await control.AskAsync(verb, path, query, path.EndsWith("/wait", StringComparison.Ordinal) ? TimeSpan.FromMinutes(10) : TimeSpan.Zero).ConfigureAwait(false);
            return found.GetProperty("entries");
        }
    }

    /// <summary>The state of accounts.</summary>
    public sealed class Accounts
    {
        private readonly Control control;

        internal Accounts(Control control) { this.control = control; }

        /// <summary>All of them.</summary>
        public Task<JsonElement> ListAsync() { return control.AskAsync("GET", "/accounts"); }

        /// <summary>One of them.</summary>
        public Task<JsonElement> GetAsync(string user) { return control.AskAsync("GET", "/accounts/" + Control.Name(user)); }

        /// <summary>Adds one, as a seed describes it.</summary>
        public Task<JsonElement> AddAsync(object account) { return control.AskAsync("POST", "/accounts", account); }

        /// <summary>Changes what is given: SetAsync("demo", new { diskspace = new { left = 0 } }).</summary>
        public Task<JsonElement> SetAsync(string user, object state) { return control.AskAsync("PATCH", "/accounts/" + Control.Name(user), state); }
    }

    /// <summary>Files of all accounts.</summary>
    public sealed class Files
    {
        private readonly Control control;

        internal Files(Control control) { this.control = control; }

        /// <summary>All of them.</summary>
        public Task<JsonElement> ListAsync() { return control.AskAsync("GET", "/files"); }

        /// <summary>One of them.</summary>
        public Task<JsonElement> GetAsync(string id) { return control.AskAsync("GET", "/files/" + Control.Name(id)); }

        /// <summary>Adds one to an account: AddAsync("demo", new { name = "a.txt", content = "hello" }).</summary>
        public Task<JsonElement> AddAsync(string user, object file) { return control.AskAsync("POST", "/accounts/" + Control.Name(user) + "/files", file); }

        /// <summary>With new { available = false } its bytes can no longer be read.</summary>
        public Task<JsonElement> SetAsync(string id, object state) { return control.AskAsync("PATCH", "/files/" + Control.Name(id), state); }
    }

    /// <summary>Sessions of all accounts.</summary>
    public sealed class Sessions
    {
        private readonly Control control;

        internal Sessions(Control control) { this.control = control; }

        /// <summary>User, version, when each was last used.</summary>
        public Task<JsonElement> ListAsync() { return control.AskAsync("GET", "/sessions"); }

        /// <summary>Ends one as if it had been idle.</summary>
        public Task ExpireAsync(string key) { return control.AskAsync("POST", "/sessions/" + Control.Name(key) + "/expire"); }
    }

    /// <summary>The state of the server as a whole.</summary>
    public sealed class SystemState
    {
        private readonly Control control;

        internal SystemState(Control control) { this.control = control; }

        /// <summary>maintenance, uploads, downloads and more.</summary>
        public Task<JsonElement> GetAsync() { return control.AskAsync("GET", "/system"); }

        /// <summary>Changes what is given: SetAsync(new { maintenance = true }).</summary>
        public Task<JsonElement> SetAsync(object state) { return control.AskAsync("PATCH", "/system", state); }
    }

    /// <summary>Saved states: rows, bytes, clock, system.</summary>
    public sealed class Snapshots
    {
        private readonly Control control;

        internal Snapshots(Control control) { this.control = control; }

        /// <summary>Saves the state under a name.</summary>
        public Task SaveAsync(string name) { return control.AskAsync("POST", "/snapshots", new { name }); }

        /// <summary>Restores that state, sessions included.</summary>
        public Task RestoreAsync(string name) { return control.AskAsync("POST", "/snapshots/" + Control.Name(name) + "/restore"); }

        /// <summary>Deletes one.</summary>
        public Task RemoveAsync(string name) { return control.AskAsync("DELETE", "/snapshots/" + Control.Name(name)); }
    }
}
