// Runs tests as xunit does: each has an object of its own, a fixture, and the calls before and after it.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Http;
using System.Threading.Tasks;
using Respace.Testing;

internal sealed class Members : RespaceTest, Xunit.IClassFixture<RespaceFixture>
{
    public Members(RespaceFixture fixture) : base(fixture)
    {
    }

    public async Task AFaultIsSeenByAPlainClient()
    {
        await Respace.Faults.AddAsync(new { match = new { method = "auth.createToken" }, times = 1, answer = "error:15" });
        IsTrue((await AskAsync()).Contains("code=\"15\""));
        IsTrue((await AskAsync()).Contains("<token>"));
        await Respace.Journal.VerifyAsync(new { method = "auth.createToken", times = 2 });
        await Respace.Journal.VerifyOrderAsync(new { code = 15 }, new { code = 0 });
        await FailsAsync<VerificationException>("; the nearest:\n  exchange 2, auth.createToken:\n    expected api_version=1.2, got \"1.0\"",
            () => Respace.Journal.VerifyAsync("{\"method\":\"auth.createToken\",\"params\":{\"api_version\":\"1.2\"}}"));
        IsTrue((await Respace.Journal.WaitAsync(new { method = "auth.createToken", count = 2 })).GetArrayLength() == 2);
        IsTrue((await Respace.Journal.FindAsync(new { last = 1 })).GetArrayLength() == 1);
        IsTrue(await Respace.Journal.CountAsync(new { }) == 2);
        IsTrue((await Respace.JudgeAsync()).GetProperty("exchanges").GetInt32() == 2);
        IsTrue((await Respace.JudgeAsAsync("md")).Contains("in 2 exchanges"));
        IsTrue((await Respace.LintAsync()).Count == 0);
        IsTrue((await Respace.Journal.HarAsync()).GetProperty("log").GetProperty("entries").GetArrayLength() == 2);
        await Respace.Journal.ClearAsync();
        IsTrue((await Respace.Journal.ListAsync()).GetArrayLength() == 0);
    }

    public async Task StateIsSetAndReset()
    {
        await Respace.Clock.FreezeAsync(new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.FromHours(1)));
        await Respace.Clock.AdvanceAsync(TimeSpan.FromHours(25));
        IsTrue(await Respace.Clock.NowAsync() == new DateTimeOffset(2026, 1, 2, 1, 0, 0, TimeSpan.Zero));
        await Respace.Clock.ShiftAsync(TimeSpan.FromHours(-1));
        await Respace.Clock.ResetAsync();
        var file = await Respace.Files.AddAsync("demo", new { name = "a.txt", content = "hello" });
        var changed = await Respace.Files.SetAsync(file.GetProperty("id").GetString(), new { available = false });
        IsTrue(!changed.GetProperty("available").GetBoolean());
        IsTrue((await Respace.System.SetAsync(new { maintenance = true })).GetProperty("maintenance").GetBoolean());
        await Respace.Snapshots.SaveAsync("before");
        await Respace.ResetAsync();
        IsTrue(!(await Respace.System.GetAsync()).GetProperty("maintenance").GetBoolean());
        await Respace.Snapshots.RestoreAsync("before");
        await Respace.Snapshots.RemoveAsync("before");
        await Respace.SeedAsync("none");
        await Respace.Accounts.AddAsync(new { user = "carol", password = "secret" });
        IsTrue((await Respace.Accounts.ListAsync()).GetArrayLength() == 1);
        await Respace.RepeatIdsAsync(null);
        IsTrue((await Respace.OutboxAsync()).GetArrayLength() + (await Respace.Sessions.ListAsync()).GetArrayLength() == 0);
        IsTrue((await Respace.CallAsync("GET", "/health")).GetProperty("status").GetString() == "ok");
        await FailsAsync<ControlException>("did you mean maxSessions", () => Respace.Accounts.SetAsync("carol", new { maxSesions = 1 }));
        await FailsAsync<ControlException>("there is no account \"a/b c\"", () => Respace.Accounts.GetAsync("a/b c"));
    }

    public async Task AFaultIsNeverApplied()
    {
        await Respace.Faults.AddAsync(new { answer = "reset" });
        await FailsAsync<VerificationException>("respace: fault f1 was never applied: {", () => DisposeAsync());
    }

    public async Task IsAlone(string name, TaskCompletionSource<bool> mine, Task other)
    {
        await Respace.SeedAsync("accounts: [{ user: " + name + ", password: secret }]");
        await Respace.Faults.AddAsync(new { answer = new { error = 27, info = name } });
        mine.SetResult(true);
        await other;
        IsTrue((await AskAsync()).Contains(name));
        IsTrue((await Respace.Accounts.ListAsync()).GetArrayLength() == 1);
        await Respace.Journal.VerifyAsync(new { times = 1 });
    }

    private Task<string> AskAsync()
    {
        return new HttpClient().GetStringAsync(Respace.RestUrl + "?method=auth.createToken&api_version=1.0&api_key=" + Respace.ApiKey);
    }

    internal static void IsTrue(bool isTrue)
    {
        if (!isTrue) throw new Exception("it is not true");
    }

    internal static async Task FailsAsync<T>(string text, Func<Task> work) where T : Exception
    {
        try
        {
            await work();
        }
        catch (T error)
        {
            if (error.Message.Contains(text)) return;
            throw new Exception("expected " + text + ", got " + error.Message);
        }
        throw new Exception("nothing failed with " + text);
    }
}

internal static class Program
{
    private static int Main(string[] words)
    {
        var fixture = new RespaceFixture();
        fixture.InitializeAsync().Wait();
        if (words.Length > 0)
        {
            File.Create(Path.Combine(Environment.GetEnvironmentVariable("TMPDIR"), "running")).Close();
            Task.Delay(TimeSpan.FromMinutes(1)).Wait();
        }
        ExampleAsync(fixture).Wait();
        TestAsync(fixture, test => test.AFaultIsSeenByAPlainClient()).Wait();
        TestAsync(fixture, test => test.StateIsSetAndReset()).Wait();
        TestAsync(fixture, test => test.AFaultIsNeverApplied()).Wait();
        var carol = new TaskCompletionSource<bool>();
        var erin = new TaskCompletionSource<bool>();
        Task.WaitAll(TestAsync(fixture, test => test.IsAlone("carol", carol, erin.Task)), TestAsync(fixture, test => test.IsAlone("erin", erin, carol.Task)));
        BadStartsAsync(fixture.Emulator.Url).Wait();
        fixture.DisposeAsync().Wait();
        Console.WriteLine("passed");
        return 0;
    }

    private static async Task TestAsync(RespaceFixture fixture, Func<Members, Task> work)
    {
        var test = new Members(fixture);
        await test.InitializeAsync();
        await work(test);
        await test.DisposeAsync();
    }

    /// <summary>The first test of the README, which is compiled beside this file.</summary>
    private static async Task ExampleAsync(RespaceFixture fixture)
    {
        var test = new ClientTest(fixture);
        await test.InitializeAsync();
        await test.Maintenance();
        await test.DisposeAsync();
    }

    private static async Task BadStartsAsync(string url)
    {
        var emulator = await Emulator.ConnectAsync(url + "/");
        var sandbox = await emulator.OpenSandboxAsync(new Dictionary<string, object> { ["seed"] = "none" });
        Members.IsTrue(sandbox.User == null && sandbox.Url + "/rest/" == sandbox.PathUrl);
        await sandbox.CloseAsync();
        await Members.FailsAsync<StartException>("there is no emulator at http://127.0.0.1:1: ", () => Emulator.ConnectAsync("http://127.0.0.1:1"));
        await Members.FailsAsync<StartException>("ended with 1: respace: a seed is", () => Emulator.StartAsync("--seed", "/no such file"));
    }
}
