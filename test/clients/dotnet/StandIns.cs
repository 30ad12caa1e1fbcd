// What the .NET helper takes of xunit and of System.Text.Json, which Mono does not have.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using System.Web.Script.Serialization;

namespace Xunit
{
    public interface IAsyncLifetime
    {
        Task InitializeAsync();
        Task DisposeAsync();
    }

    public interface IClassFixture<T>
    {
    }

    public sealed class FactAttribute : Attribute
    {
    }

    public static class Assert
    {
        public static void Contains(string expected, string actual)
        {
            if (!actual.Contains(expected)) throw new Exception("expected " + expected + ", got " + actual);
        }
    }
}

namespace System.Text.Json
{
    public class JsonException : Exception
    {
    }

    public enum JsonValueKind { Undefined, Object, Array, String, Number, True, False, Null }

    public struct JsonElement
    {
        internal readonly object Value;
        private readonly bool isDefined;

        internal JsonElement(object value)
        {
            Value = value;
            isDefined = true;
        }

        public JsonValueKind ValueKind
        {
            get
            {
                if (!isDefined) return JsonValueKind.Undefined;
                if (Value == null) return JsonValueKind.Null;
                if (Value is IDictionary) return JsonValueKind.Object;
                if (Value is string) return JsonValueKind.String;
                if (Value is ICollection) return JsonValueKind.Array;
                return Value is bool ? (bool)Value ? JsonValueKind.True : JsonValueKind.False : JsonValueKind.Number;
            }
        }

        public JsonElement GetProperty(string name)
        {
            JsonElement found;
            if (!TryGetProperty(name, out found)) throw new KeyNotFoundException(name);
            return found;
        }

        public bool TryGetProperty(string name, out JsonElement found)
        {
            object value;
            var isThere = ((Dictionary<string, object>)Value).TryGetValue(name, out value);
            found = isThere ? new JsonElement(value) : default(JsonElement);
            return isThere;
        }

        public IEnumerable<JsonElement> EnumerateArray() { return ((IEnumerable)Value).Cast<object>().Select(each => new JsonElement(each)); }
        public int GetArrayLength() { return ((ICollection)Value).Count; }
        public string GetString() { return (string)Value; }
        public int GetInt32() { return Convert.ToInt32(Value); }
        public bool GetBoolean() { return (bool)Value; }
        public JsonElement Clone() { return this; }
    }

    public sealed class JsonDocument : IDisposable
    {
        public JsonElement RootElement { get; private set; }

        public static JsonDocument Parse(string text)
        {
            try
            {
                return new JsonDocument { RootElement = new JsonElement(text == "null" ? null : new JavaScriptSerializer { MaxJsonLength = int.MaxValue }.DeserializeObject(text)) };
            }
            catch (ArgumentException)
            {
                throw new JsonException();
            }
        }

        public void Dispose()
        {
        }
    }

    public static class JsonSerializer
    {
        public static string Serialize(object value) { return new JavaScriptSerializer().Serialize(value is JsonElement ? ((JsonElement)value).Value : value); }
    }
}
