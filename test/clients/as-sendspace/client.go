// An anonymous upload to the built-in address by HTTPS, as if to sendspace: client FILE
package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func textOf(response *http.Response, err error) string {
	check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	return string(body)
}

func find(pattern, text string) string {
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		panic("no " + pattern + " in " + text)
	}
	return found[len(found)-1]
}

func status(url string) int {
	response, err := http.Get(url)
	check(err)
	response.Body.Close()
	return response.StatusCode
}

func main() {
	path := os.Args[1]
	content, err := os.ReadFile(path)
	check(err)
	ticket := textOf(http.Get("https://api.sendspace.com/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0"))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("userfile", filepath.Base(path))
	check(err)
	part.Write(content)
	form.Close()
	done := textOf(http.Post(html.UnescapeString(find(` url="([^"]+)"`, ticket)), form.FormDataContentType(), &body))
	page := find("<download_url>(.*)</download_url>", done)
	fmt.Printf("page=%s\n", page)
	fmt.Printf("title=%s\n", find("<title>(.*)</title>", textOf(http.Get(page))))
	fmt.Printf("direct=%d\n", status(os.Getenv("RESPACE_URL")+"/_emulator/v1/journal"))
	fmt.Printf("proxied=%d\n", status("https://api.sendspace.com/_emulator/v1/journal"))
	_, err = http.Get("https://example.org/")
	fmt.Printf("other=%s\n", map[bool]string{true: "403", false: fmt.Sprint(err)}[err != nil && regexp.MustCompile("Forbidden").MatchString(err.Error())])
}
