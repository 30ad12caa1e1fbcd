using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace Respace.Testing
{
    /// <summary>The emulator as a process that ends with this one, or one that runs already.</summary>
    public sealed class Emulator : IDisposable
    {
        /// <summary>Until it answers: npx looks for the package first.</summary>
        private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

        /// <summary>Until it has ended.</summary>
        private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(20);

        /// <summary>Characters of what it says that are kept.</summary>
        private const int MaxSaid = 8192;

        /// <summary>What npx says when there is no such package is about its registry.</summary>
        private const string Hint = "; if Respace is not installed in this folder, install it by npm, put respace on the PATH, or set RESPACE_COMMAND";

        private const string ControlPath = "/_emulator/v1";
        private static readonly Regex Greeting = new Regex(@"^Respace emulator on (http\S+), ");

        private readonly Control control;
        private readonly Process process;

        private Emulator(Control control, Process process)
        {
            this.control = control;
            this.process = process;
        }

        /// <summary>The address of the emulator, without a final slash.</summary>
        public string Url
        {
            get { return control.Url.Substring(0, control.Url.Length - ControlPath.Length); }
        }

        /// <summary>Uses the emulator that RESPACE_CONTROL_URL or RESPACE_URL names, with RESPACE_CONTROL_TOKEN; without them starts one.</summary>
        public static Task<Emulator> OpenAsync()
        {
            var address = Variable("RESPACE_CONTROL_URL") ?? Variable("RESPACE_URL");
            return address == null ? StartAsync() : ConnectAsync(address, Variable("RESPACE_CONTROL_TOKEN"));
        }

        /// <summary>Uses the emulator at an address: its own, or that of its control calls.</summary>
        public static async Task<Emulator> ConnectAsync(string address, string token = null)
        {
            var url = Regex.Replace(address, "(" + ControlPath + ")?/*$", "");
            var found = new Control(url + ControlPath, token);
            try
            {
                await found.AskAsync("GET", "/health").ConfigureAwait(false);
            }
            catch (ControlException error)
            {
                throw new StartException($"there is no emulator at {url}: {error.Message}", error);
            }
            return new Emulator(found, null);
        }

        /// <summary>Starts respace dev on a free port with more options, such as "--strict", "fail".</summary>
        public static async Task<Emulator> StartAsync(params string[] options)
        {
            var words = FindCommand().Concat(new[] { "dev", "--port", "0", "--seed", "none", "--exit-on-stdin-close" }).Concat(options).ToList();
            var line = string.Join(" ", words);
            var started = new Process
            {
                StartInfo = new ProcessStartInfo(words[0], string.Join(" ", words.Skip(1).Select(Quoted)))
                {
                    UseShellExecute = false,
                    // The system closes the pipe when this process ends, also when it is killed.
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                }
            };
            var url = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            var said = new StringBuilder();
            // What it says is always read: a full pipe would stop it.
            started.OutputDataReceived += (_, output) => Read(output.Data, url);
            started.ErrorDataReceived += (_, output) => Keep(said, output.Data);
            try
            {
                started.Start();
            }
            catch (Exception error) when (error is System.ComponentModel.Win32Exception || error is FileNotFoundException)
            {
                throw new StartException(line + ": " + error.Message, error);
            }
            started.BeginOutputReadLine();
            started.BeginErrorReadLine();
            var isInTime = await Task.WhenAny(url.Task, Task.Delay(StartTimeout)).ConfigureAwait(false) == url.Task;
            var found = isInTime ? await url.Task.ConfigureAwait(false) : null;
            if (found != null) return new Emulator(new Control(found + ControlPath, null), started);
            End(started);
            lock (said) throw new StartException(line + (isInTime ? $" ended with {started.ExitCode}{(words.Contains("--no-install") ? Hint : "")}: " : $" did not answer within {StartTimeout.TotalSeconds} s: ") + said.ToString().Trim());
        }

        /// <summary>Opens a server of its own, with the demo accounts or what the options say: seed, clock, ids and id, as POST /sandboxes takes them.</summary>
        public async Task<Sandbox> OpenSandboxAsync(IReadOnlyDictionary<string, object> options = null)
        {
            var body = new Dictionary<string, object> { ["seed"] = "demo" };
            foreach (var option in options ?? new Dictionary<string, object>()) body[option.Key] = option.Value;
            var made = await control.AskAsync("POST", "/sandboxes", body).ConfigureAwait(false);
            return new Sandbox(made, control.Below("/sandboxes/" + Control.Name(made.GetProperty("id").GetString())));
        }

        /// <summary>Ends the process that was started, and waits until it has ended.</summary>
        public void Dispose()
        {
            if (process != null) End(process);
        }

        private static void End(Process process)
        {
            try
            {
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has ended.
            }
            if (!process.WaitForExit((int)EndTimeout.TotalMilliseconds)) process.Kill();
            // Without a limit it also waits until all that was said has been read.
            process.WaitForExit();
        }

        private static void Read(string line, TaskCompletionSource<string> url)
        {
            var greeting = line == null ? null : Greeting.Match(line);
            if (greeting == null) url.TrySetResult(null);
            else if (greeting.Success) url.TrySetResult(greeting.Groups[1].Value);
        }

        private static void Keep(StringBuilder said, string line)
        {
            lock (said)
            {
                said.Append(line).Append('\n');
                if (said.Length > MaxSaid) said.Remove(0, said.Length - MaxSaid);
            }
        }

        /// <summary>RESPACE_COMMAND, else respace on the PATH, else the package of this folder by npx.</summary>
        private static IReadOnlyList<string> FindCommand()
        {
            var written = Variable("RESPACE_COMMAND");
            if (written != null) return written.Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries);
            var ending = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? ".cmd" : "";
            var folders = (Variable("PATH") ?? "").Split(Path.PathSeparator);
            foreach (var name in new[] { "respace", "npx" })
            {
                var program = folders.Select(folder => Path.Combine(folder, name + ending)).FirstOrDefault(File.Exists);
                // Never a package that happens to have this name in a registry.
                if (program != null) return name == "npx" ? new[] { program, "--no-install", "respace" } : new[] { program };
            }
            throw new StartException("found no emulator: set RESPACE_COMMAND, put respace on the PATH, or install it in this folder by npm");
        }

        private static string Variable(string name)
        {
            var value = Environment.GetEnvironmentVariable(name);
            return string.IsNullOrWhiteSpace(value) ? null : value;
        }

        private static string Quoted(string word)
        {
            return word.Length > 0 && !word.Any(c => char.IsWhiteSpace(c) || c == '"') ? word : "\"" + word.Replace("\"", "\\\"") + "\"";
        }
    }
}
