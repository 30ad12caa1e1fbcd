<?php
// An anonymous upload to the built-in address by HTTPS, as if to sendspace: client.php FILE
function ask(string $url, ?array $form = null): array {
    $curl = curl_init($url);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    if ($form !== null) curl_setopt($curl, CURLOPT_POSTFIELDS, $form);
    $text = curl_exec($curl);
    return [$text, curl_getinfo($curl, CURLINFO_HTTP_CODE) ?: curl_getinfo($curl, CURLINFO_HTTP_CONNECTCODE), curl_error($curl)];
}

[$ticket, , $error] = ask('https://api.sendspace.com/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0');
if ($error !== '') exit("$error\n");
[$done] = ask((string) simplexml_load_string($ticket)->upload['url'], ['userfile' => new CURLFile($argv[1])]);
$page = (string) simplexml_load_string($done)->download_url;
echo "page=$page\n";
preg_match('/<title>(.*)<\/title>/', ask($page)[0], $title);
echo "title=$title[1]\n";
echo 'direct=', ask(getenv('RESPACE_URL') . '/_emulator/v1/journal')[1], "\n";
echo 'proxied=', ask('https://api.sendspace.com/_emulator/v1/journal')[1], "\n";
echo 'other=', ask('https://example.org/')[1], "\n";
