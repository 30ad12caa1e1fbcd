using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Respace.Testing
{
    /// <summary>Sends control calls to one server: the emulator, or one of its sandboxes.</summary>
    internal sealed class Control
    {
        /// <summary>How long a call may take beside what it waits for.</summary>
        private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

        /// <summary>Bytes of an answer. The journal of a sandbox takes at most 32 MiB.</summary>
        private const int MaxAnswer = 256 << 20;

        /// <summary>Proxies of the environment are for clients under test.</summary>
        private static readonly HttpClient Client = new HttpClient(new HttpClientHandler { UseProxy = false })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswer
        };

        private readonly string token;

        internal Control(string url, string token)
        {
            Url = url;
            this.token = token;
        }

        internal string Url { get; }

        internal Control Below(string path)
        {
            return new Control(Url + path, token);
        }

        /// <summary>One segment of a path.</summary>
        internal static string Name(string text)
        {
            return Uri.EscapeDataString(text);
        }

        /// <summary>Takes null, text as it is, or data as JSON. Returns what was answered as text.</summary>
        internal async Task<string> CallAsync(string verb, string path, object body, TimeSpan extra)
        {
            using (var request = new HttpRequestMessage(new HttpMethod(verb), Url + path))
            using (var patience = new CancellationTokenSource(Timeout + extra))
            {
                if (body != null) request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
                if (token != null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
                try
                {
                    using (var response = await Client.SendAsync(request, patience.Token).ConfigureAwait(false))
                    {
                        var text = await response.Content.ReadAsStringAsync().ConfigureAwait(false);
                        if (!response.IsSuccessStatusCode) throw RefusalOf(verb, path, (int)response.StatusCode, text);
                        return text;
                    }
                }
                catch (HttpRequestException error)
                {
                    throw new ControlException($"{verb} {Url}{path}: the emulator does not answer: {(error.InnerException ?? error).Message}", 0, error);
                }
                catch (OperationCanceledException error)
                {
                    throw new ControlException($"{verb} {Url}{path}: the emulator did not answer within {(Timeout + extra).TotalSeconds} s", 0, error);
                }
            }
        }

        /// <summary>The same; null for an empty answer.</summary>
        internal async Task<JsonElement> AskAsync(string verb, string path, object body = null, TimeSpan extra = default(TimeSpan))
        {
            var text = await CallAsync(verb, path, body, extra).ConfigureAwait(false);
            using (var document = JsonDocument.Parse(text.Length == 0 ? "null" : text)) return document.RootElement.Clone();
        }

        private static Exception RefusalOf(string verb, string path, int status, string text)
        {
            var problem = ProblemOf(text);
            var detail = TextOf(problem, "detail") ?? $"HTTP status {status} without an explanation: is this an emulator?";
            var closest = DescribeClosest(problem);
            var hint = TextOf(problem, "hint");
            var message = detail + (closest.Length > 0 ? "; the nearest:\n" + closest : hint == null ? "" : "; " + hint);
            if (status == 406 || status == 408) return new VerificationException(message);
            var pointer = TextOf(problem, "pointer");
            var place = string.IsNullOrEmpty(pointer) || message.Contains(pointer) ? "" : pointer + ": ";
            return new ControlException($"{verb} {path}: {place}{message}", status, null);
        }

        private static JsonElement ProblemOf(string text)
        {
            try
            {
                using (var document = JsonDocument.Parse(text)) return document.RootElement.Clone();
            }
            catch (JsonException)
            {
                return default(JsonElement);
            }
        }

        private static string TextOf(JsonElement data, string name)
        {
            JsonElement value;
            return data.ValueKind == JsonValueKind.Object && data.TryGetProperty(name, out value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }

        private static string DescribeClosest(JsonElement problem)
        {
            JsonElement closest;
            if (problem.ValueKind != JsonValueKind.Object || !problem.TryGetProperty("closest", out closest)) return "";
            var lines = new List<string>();
            foreach (var miss in closest.EnumerateArray())
            {
                lines.Add($"  exchange {miss.GetProperty("id").GetInt32()}, {TextOf(miss, "method") ?? TextOf(miss, "phase") + " " + TextOf(miss, "verb") + " " + TextOf(miss, "path")}:");
                lines.AddRange(miss.GetProperty("diff").EnumerateArray().Select(part => $"    expected {TextOf(part, "expected")}, got {Quoted(TextOf(part, "actual"))}"));
            }
            return string.Join("\n", lines);
        }

        private static string Quoted(string text)
        {
            return text == null ? "none" : "\"" + text + "\"";
        }
    }
}
