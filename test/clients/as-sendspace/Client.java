import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An anonymous upload to the built-in address by HTTPS, as if to sendspace, by both clients of the JDK: Client.java FILE */
public class Client {
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static String find(String pattern, String text) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        if (!found.find()) throw new IllegalStateException("no " + pattern + " in " + text);
        return found.group(1);
    }

    static String getByUrl(String url) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    public static void main(String[] words) throws Exception {
        Path file = Path.of(words[0]);
        String ticket = getByUrl("https://api.sendspace.com/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0");
        String form = "--b\r\nContent-Disposition: form-data; name=\"userfile\"; filename=\"" + file.getFileName() + "\"\r\n\r\n"
            + Files.readString(file) + "\r\n--b--\r\n";
        String url = find(" url=\"([^\"]+)\"", ticket).replace("&amp;", "&");
        String done = send(HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "multipart/form-data; boundary=b")
            .POST(HttpRequest.BodyPublishers.ofString(form))).body();
        String page = find("<download_url>(.*)</download_url>", done);
        System.out.println("page=" + page);
        System.out.println("title=" + find("<title>(.*)</title>", send(HttpRequest.newBuilder(URI.create(page))).body()));
        System.out.println("direct=" + send(HttpRequest.newBuilder(URI.create(System.getenv("RESPACE_URL") + "/_emulator/v1/journal"))).statusCode());
        System.out.println("proxied=" + send(HttpRequest.newBuilder(URI.create("https://api.sendspace.com/_emulator/v1/journal"))).statusCode());
        try {
            getByUrl("https://example.org/");
        } catch (IOException error) {
            System.out.println("other=" + find("\\b(403)\\b", error.toString()));
        }
    }
}
